#include "troupe/core/lock_rules.hpp"

#include <iterator>

namespace troupe {

namespace {

// One holder alone takes all of them.
constexpr std::uint64_t all_permits = std::uint64_t{1} << 32;

permit_options options_of(const lock_options& options) {
  using again = permit_options::again;
  return permit_options{}
    .permits(all_permits)
    .on_again(options.reentrant() ? again::nests : again::fails)
    .max_waiting(options.max_waiting())
    .cooldown(options.cooldown());
}

} // namespace

lock_rules::lock_rules(const lock_options& options)
  : permits_(options_of(options)) {}

std::span<const line::output> lock_rules::acquire(const claim& what,
                                                  time_point now) {
  start();
  return take(permits_.acquire(
    {what.place, what.task, what.shared ? 1 : all_permits}, now));
}

std::span<const line::output> lock_rules::release(std::uint64_t token,
                                                  time_point now) {
  start();
  const auto& of = permits_.claim_of(token);
  if (of.always)
    if (auto at = woken_.find(wait_of(of.place)); at != woken_.end())
      woken_.erase(at);
  return take(permits_.release(token, now));
}

std::span<const line::output> lock_rules::wait(const line::place& place,
                                               std::uint64_t token,
                                               condition_id condition,
                                               time_point now) {
  auto what = permits_.claim_of(token);
  what.place = place;
  what.place.until = never;
  what.always = true;
  conditions_[condition].push(what);
  return release(token, now);
}

std::span<const line::output> lock_rules::notify(condition_id condition,
                                                 std::uint64_t count,
                                                 time_point now) {
  start();
  notify_some(condition, count, now);
  return out_;
}

std::span<const line::output> lock_rules::withdraw(line::client_id client,
                                                   std::uint64_t ticket,
                                                   time_point now) {
  start();
  if (auto at = woken_.find({client, ticket}); at != woken_.end()) {
    if (auto told = std::exchange(at->second, std::nullopt))
      notify_some(*told, 1, now);
    return out_;
  }
  for (auto& [condition, queue] : conditions_) {
    auto what = queue.withdraw(client, ticket);
    if (!what)
      continue;
    if (queue.empty())
      conditions_.erase(condition);
    acquire_again(*what, std::nullopt, now);
    return out_;
  }
  return take(permits_.withdraw(client, ticket, now));
}

std::span<const line::output> lock_rules::gone(line::client_id client,
                                               time_point now) {
  start();
  for (auto at = conditions_.begin(); at != conditions_.end();) {
    while (auto what = at->second.remove(client))
      out_.push_back(line::refused{what->place.request, client, errc::lost});
    at = at->second.empty() ? conditions_.erase(at) : std::next(at);
  }
  // What it was told is for others: it may not have known, though it had the
  // lock again.
  std::vector<condition_id> untold;
  for (auto at = woken_.lower_bound({client, 0});
       at != woken_.end() && at->first.first == client; at = woken_.erase(at))
    if (at->second)
      untold.push_back(*at->second);
  take(permits_.gone(client, now));
  for (auto condition : untold)
    notify_some(condition, 1, now);
  return out_;
}

std::span<const line::output> lock_rules::tick(time_point now) {
  start();
  return take(permits_.tick(now));
}

bool lock_rules::holds_alone(std::uint64_t token) const {
  return holds(token) && permits_.claim_of(token).count == all_permits
         && permits_.depth(token) == 1;
}

std::size_t lock_rules::waiting_for(condition_id condition) const {
  auto at = conditions_.find(condition);
  return at == conditions_.end() ? 0 : at->second.size();
}

void lock_rules::start() {
  out_.clear();
}

std::span<const line::output>
lock_rules::take(std::span<const line::output> outputs) {
  out_.insert(out_.end(), outputs.begin(), outputs.end());
  return out_;
}

void lock_rules::notify_some(condition_id condition, std::uint64_t count,
                             time_point now) {
  auto at = conditions_.find(condition);
  if (at == conditions_.end())
    return;
  auto& queue = at->second;
  for (; count > 0 && !queue.empty(); --count) {
    acquire_again(queue.pop(), condition, now);
  }
  if (queue.empty())
    conditions_.erase(at);
}

void lock_rules::acquire_again(const permit_rules::claim& what,
                               std::optional<condition_id> told,
                               time_point now) {
  woken_.emplace(wait_of(what.place), told);
  take(permits_.acquire(what, now));
}

} // namespace troupe
