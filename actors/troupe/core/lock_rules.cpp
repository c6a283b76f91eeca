#include "troupe/core/lock_rules.hpp"

#include <iterator>
#include <utility>

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
  : lends_(options.cached() && !options.reentrant()),
    permits_(options_of(options)) {}

std::span<const line::output> lock_rules::acquire(const claim& what,
                                                  time_point now) {
  start(now);
  take(permits_.acquire({what.place, what.task, what.shared ? 1 : all_permits,
                         false, what.keeps && lends_},
                        now));
  return finish();
}

std::span<const line::output> lock_rules::release(std::uint64_t token,
                                                  time_point now) {
  start(now);
  if (permits_.holds(token)) {
    told(token);
    take(permits_.release(token, now));
  }
  return finish();
}

std::span<const line::output> lock_rules::wait(const line::place& place,
                                               std::uint64_t token,
                                               condition_id condition,
                                               time_point now) {
  start(now);
  if (!permits_.holds(token)) {
    out_.push_back(
      line::refused{place.request, place.client, errc::stale_token});
    return out_;
  }
  auto what = permits_.claim_of(token);
  what.place = place;
  what.place.until = never;
  what.always = true;
  conditions_[condition].push(what);
  waits_.insert({wait_of(place), condition});
  told(token);
  take(permits_.release(token, now));
  return finish();
}

std::span<const line::output> lock_rules::notify(condition_id condition,
                                                 std::uint64_t count,
                                                 time_point now) {
  start(now);
  notify_some(condition, count, now);
  return finish();
}

std::span<const line::output> lock_rules::withdraw(line::client_id client,
                                                   std::uint64_t ticket,
                                                   time_point now) {
  start(now);
  if (auto at = woken_.find({client, ticket}); at != woken_.end()) {
    if (auto told = std::exchange(at->second, std::nullopt))
      notify_some(*told, 1, now);
    return finish();
  }
  const wait_id which{client, ticket};
  if (auto at = waits_.lower_bound({which, 0});
      at != waits_.end() && at->first == which) {
    acquire_again(leave_condition(at), std::nullopt, now);
    return finish();
  }
  take(permits_.withdraw(client, ticket, now));
  return finish();
}

std::span<const line::output> lock_rules::gone(line::client_id client,
                                               time_point now) {
  start(now);
  for (auto at = waits_.lower_bound({{client, 0}, 0});
       at != waits_.end() && at->first.first == client;) {
    auto what = leave_condition(at++);
    out_.push_back(line::refused{what.place.request, client, errc::lost});
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
  return finish();
}

std::span<const line::output> lock_rules::tick(time_point now) {
  start(now);
  take(permits_.tick(now));
  return finish();
}

bool lock_rules::holds(std::uint64_t token) const {
  if (leased_ == 0)
    return permits_.holds(token);
  auto [last, held] = lease_->peek();
  return held && last == token;
}

bool lock_rules::holds_alone(std::uint64_t token) const {
  return holds(token)
         && (leased_ != 0
             || (permits_.claim_of(token).count == all_permits
                 && permits_.depth(token) == 1));
}

bool lock_rules::locked() const noexcept {
  return leased_ != 0 ? lease_->peek().held : permits_.held() != 0;
}

std::size_t lock_rules::waiting_for(condition_id condition) const {
  auto at = conditions_.find(condition);
  return at == conditions_.end() ? 0 : at->second.size();
}

void lock_rules::start(time_point now) {
  out_.clear();
  if (leased_ == 0)
    return;
  auto first = std::exchange(leased_, 0);
  auto [token, held] = lease_->recall();
  if (!held || token != first)
    told(first);
  permits_.renew(first, token);
  if (!held)
    take(permits_.release(token, now));
}

void lock_rules::take(std::span<const line::output> outputs) {
  out_.insert(out_.end(), outputs.begin(), outputs.end());
}

std::span<const line::output> lock_rules::finish() {
  if (permits_.waiting() == 0)
    for (const auto& out : out_)
      if (const auto* granted = std::get_if<line::granted>(&out))
        lend(granted->value);
  return out_;
}

void lock_rules::lend(std::uint64_t token) {
  const auto& what = permits_.claim_of(token);
  // A cancel of a wait for a condition may be on its way, and has to come
  // before the release.
  if (!what.keeps || what.always || what.count != all_permits)
    return;
  lease_->grant(token, {what.place.client, what.task});
  leased_ = token;
}

/// Its holder has got the answer.
void lock_rules::told(std::uint64_t token) {
  const auto& of = permits_.claim_of(token);
  if (!of.always)
    return;
  if (auto at = woken_.find(wait_of(of.place)); at != woken_.end())
    woken_.erase(at);
}

permit_rules::claim lock_rules::leave_condition(waits::iterator which) {
  auto [who, condition] = *which;
  auto at = conditions_.find(condition);
  waits_.erase(which);
  auto result = *at->second.withdraw(who.first, who.second);
  if (at->second.empty())
    conditions_.erase(at);
  return result;
}

void lock_rules::notify_some(condition_id condition, std::uint64_t count,
                             time_point now) {
  auto at = conditions_.find(condition);
  if (at == conditions_.end())
    return;
  auto& queue = at->second;
  for (; count > 0 && !queue.empty(); --count) {
    auto what = queue.pop();
    waits_.erase(waits_.find({wait_of(what.place), condition}));
    acquire_again(what, condition, now);
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
