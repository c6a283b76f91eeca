#include "troupe/core/permit_rules.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

std::span<const line::output> permit_rules::acquire(const claim& what,
                                                    time_point now) {
  out_.clear();
  auto held = what.always || options_.on_again() == permit_options::again::waits
                ? holds_.end()
                : find(what.place.client,
                       [&](const hold& x) { return x.of.task == what.task; });
  if (is_too_many(what.count)) {
    refuse(what, errc::invalid_argument);
  } else if (held != holds_.end()) {
    // It nests in what it has, not in what others have as well.
    if (options_.on_again() == permit_options::again::nests
        && what.count <= held->second.left) {
      held->second.tickets.push_back(what.place.ticket);
      out_.push_back(line::granted{what.place.request, held->first});
    } else {
      refuse(what, errc::already_held);
    }
  } else if (line_.empty() && free_for(what, now)) {
    grant(what);
  } else if (what.place.until <= now) {
    refuse(what, errc::busy);
  } else if (!what.always && line_.size() >= options_.max_waiting()) {
    refuse(what, errc::overloaded);
  } else {
    line_.push(what);
  }
  return out_;
}

std::span<const line::output> permit_rules::release(std::uint64_t token,
                                                    time_point now,
                                                    std::uint64_t count) {
  out_.clear();
  auto at = holds_.find(token);
  auto& [of, tickets, left] = at->second;
  if (tickets.size() > 1) {
    tickets.erase(tickets.begin()); // the last one may not have arrived
    out_.push_back(line::ended{of.place.client});
  } else if (count < left) {
    left -= count;
    give_back(count);
  } else {
    end(at);
  }
  serve(now);
  return out_;
}

std::span<const line::output> permit_rules::add(std::uint64_t count,
                                                time_point now) {
  out_.clear();
  kept_ -= std::min(kept_, count);
  free(count);
  serve(now);
  return out_;
}

std::span<const line::output> permit_rules::keep(std::uint64_t token) {
  out_.clear();
  auto at = holds_.find(token);
  auto client = at->second.of.place.client;
  kept_ += at->second.left;
  taken_ -= at->second.left;
  out_.push_back(line::ended{client});
  tokens_.erase({client, token});
  holds_.erase(at);
  return out_;
}

void permit_rules::renew(std::uint64_t token, std::uint64_t to) {
  auto node = holds_.extract(token);
  auto client = node.mapped().of.place.client;
  node.key() = to;
  holds_.insert(std::move(node));
  tokens_.erase({client, token});
  tokens_.emplace(client, to);
  last_token_ = to;
}

std::span<const line::output> permit_rules::resize(std::uint64_t permits,
                                                   time_point now) {
  out_.clear();
  auto taken = taken_ + kept_;
  available_ = permits > taken ? permits - taken : 0;
  debt_ = taken > permits ? taken - permits : 0;
  if (options_.bound() != permit_options::unlimited)
    options_.bound(permits);
  // Everybody else would wait behind those for ever.
  for (const auto& what :
       line_.remove_if([this](const claim& x) { return is_too_many(x.count); }))
    refuse(what, errc::invalid_argument);
  serve(now);
  return out_;
}

std::span<const line::output> permit_rules::withdraw(line::client_id client,
                                                     std::uint64_t ticket,
                                                     time_point now) {
  out_.clear();
  auto held = holds_.end();
  if (auto waiting = line_.withdraw(client, ticket))
    refuse(*waiting, errc::cancelled);
  else
    held = find(client, [&](hold& x) { return std::erase(x.tickets, ticket); });
  if (held != holds_.end()) {
    if (held->second.tickets.empty())
      end(held);
    else
      out_.push_back(line::ended{client});
  }
  serve(now);
  return out_;
}

std::span<const line::output> permit_rules::gone(line::client_id client,
                                                 time_point now) {
  out_.clear();
  while (auto waiting = line_.remove(client))
    refuse(*waiting, errc::lost);
  auto any = [](const hold&) { return true; };
  for (auto at = find(client, any); at != holds_.end();
       at = find(client, any)) {
    end(at);
    if (looks_at_time())
      cool_until_ = after(now, options_.cooldown());
  }
  serve(now);
  return out_;
}

std::span<const line::output> permit_rules::tick(time_point now) {
  out_.clear();
  serve(now);
  return out_;
}

time_point permit_rules::wakeup() const noexcept {
  auto result = line_.first_limit();
  // Somebody waits for the end of the cooldown, or may.
  if (!line_.empty() && cool_until_ != time_point::min()
      && line_.front().count <= available_)
    result = std::min(result, cool_until_);
  return result;
}

void permit_rules::grant(const claim& what) {
  available_ -= what.count;
  taken_ += what.count;
  holds_.emplace(++last_token_, hold{what, {what.place.ticket}, what.count});
  tokens_.emplace(what.place.client, last_token_);
  out_.push_back(line::granted{what.place.request, last_token_});
}

void permit_rules::refuse(const claim& what, errc why) {
  out_.push_back(line::refused{what.place.request, what.place.client, why});
}

void permit_rules::refuse_late(time_point now) {
  while (auto late = line_.expire(now))
    refuse(*late, errc::timed_out);
}

/// Whoever is first gets what it waits for, or nobody does.
void permit_rules::serve(time_point now) {
  refuse_late(now);
  while (!line_.empty() && free_for(line_.front(), now))
    grant(line_.pop());
}

void permit_rules::give_back(std::uint64_t count) {
  taken_ -= count;
  free(count);
}

/// Nobody has them any more, unless they are to vanish.
void permit_rules::free(std::uint64_t count) {
  auto paid = std::min(debt_, count);
  debt_ -= paid;
  available_ += count - paid;
}

void permit_rules::end(holds_map::iterator at) {
  give_back(at->second.left);
  auto granted = std::max<std::size_t>(at->second.tickets.size(), 1);
  for (std::size_t i = 0; i < granted; ++i)
    out_.push_back(line::ended{at->second.of.place.client});
  tokens_.erase({at->second.of.place.client, at->first});
  holds_.erase(at);
}

/// The first grant of a client that meets a condition.
template <class Condition>
permit_rules::holds_map::iterator permit_rules::find(line::client_id client,
                                                     Condition condition) {
  for (auto token = tokens_.lower_bound({client, 0});
       token != tokens_.end() && token->first == client; ++token) {
    auto at = holds_.find(token->second);
    if (condition(at->second))
      return at;
  }
  return holds_.end();
}

bool permit_rules::free_for(const claim& what, time_point now) const noexcept {
  return what.count <= available_ && now >= cool_until_;
}

} // namespace troupe
