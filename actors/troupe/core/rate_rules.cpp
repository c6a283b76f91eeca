#include "troupe/core/rate_rules.hpp"

#include <algorithm>

namespace troupe {

std::span<const line::output> rate_rules::acquire(const line::place& place,
                                                  const std::string& key,
                                                  std::uint64_t count,
                                                  time_point now) {
  out_.clear();
  claim what{place, count};
  if (count > burst_) {
    refuse(what, errc::invalid_argument);
    return out_;
  }
  if (++acquired_ % 256 == 0) // those that are full are as new ones
    std::erase_if(buckets_, [now](const auto& x) {
      return x.second.line.empty() && x.second.full <= now;
    });
  auto& from = buckets_[key];
  if (from.line.empty() && ready(from, count) <= now)
    take(from, what, now);
  else if (place.until <= now)
    refuse(what, errc::busy);
  else
    from.line.push(what);
  return out_;
}

std::span<const line::output> rate_rules::withdraw(line::client_id client,
                                                   std::uint64_t ticket,
                                                   time_point now) {
  auto next = [&](auto& line) { return line.withdraw(client, ticket); };
  return serve(next, errc::cancelled, now);
}

std::span<const line::output> rate_rules::gone(line::client_id client,
                                               time_point now) {
  auto next = [&](auto& line) { return line.remove(client); };
  return serve(next, errc::lost, now);
}

std::span<const line::output> rate_rules::tick(time_point now) {
  auto next = [&](auto& line) { return line.expire(now); };
  return serve(next, errc::timed_out, now);
}

time_point rate_rules::wakeup() const noexcept {
  auto result = never;
  for (const auto& [key, from] : buckets_) {
    if (!from.line.empty())
      result = std::min(result, ready(from, from.line.front().count));
    result = std::min(result, from.line.first_limit());
  }
  return result;
}

/// When there are so many.
time_point rate_rules::ready(const bucket& from,
                             std::uint64_t count) const noexcept {
  auto spare = static_cast<duration::rep>(burst_ - count) * interval_;
  return from.full == time_point::min() ? from.full : from.full - spare;
}

void rate_rules::take(bucket& from, const claim& what, time_point now) {
  from.full = std::max(from.full, now)
              + static_cast<duration::rep>(what.count) * interval_;
  out_.push_back(line::granted{what.place.request, 0});
  out_.push_back(line::ended{what.place.client});
}

/// Lets those pass whose turn it is.
void rate_rules::pass(bucket& from, time_point now) {
  while (!from.line.empty() && ready(from, from.line.front().count) <= now)
    take(from, from.line.pop(), now);
}

void rate_rules::refuse(const claim& what, errc why) {
  out_.push_back(line::refused{what.place.request, what.place.client, why});
}

/// Those whose turn it is pass, and some leave: `next` takes out one of them.
template <class Next>
std::span<const line::output> rate_rules::serve(Next next, errc why,
                                                time_point now) {
  out_.clear();
  for (auto& [key, from] : buckets_) {
    if (why == errc::timed_out) // after what happens at the same time
      pass(from, now);
    while (auto leaves = next(from.line))
      refuse(*leaves, why);
    pass(from, now);
  }
  return out_;
}

} // namespace troupe
