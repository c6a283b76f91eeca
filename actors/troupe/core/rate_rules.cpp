#include "troupe/core/rate_rules.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace troupe {

namespace {

constexpr auto most = std::numeric_limits<std::uint64_t>::max();

} // namespace

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
  auto [at, is_new] = buckets_.try_emplace(key);
  auto& from = at->second;
  catch_up(key, from, now);
  if (from.line.empty() && ready(from, count) <= now) {
    take(from, what, now);
  } else if (place.until <= now) {
    refuse(what, errc::busy);
  } else {
    from.line.push(what);
    spots_.emplace(spot_of(place), at);
  }
  note(key, from);
  if (is_new)
    forget_some(now);
  return out_;
}

std::span<const line::output> rate_rules::withdraw(line::client_id client,
                                                   std::uint64_t ticket,
                                                   time_point now) {
  auto next = [&](auto& line) { return line.withdraw(client, ticket); };
  return serve({client, ticket, 0}, {client, ticket, most}, next,
               errc::cancelled, now);
}

std::span<const line::output> rate_rules::gone(line::client_id client,
                                               time_point now) {
  auto next = [&](auto& line) { return line.remove(client); };
  return serve({client, 0, 0}, {client, most, most}, next, errc::lost, now);
}

std::span<const line::output> rate_rules::tick(time_point now) {
  out_.clear();
  while (wakeup() <= now) {
    auto& [key, from] = *buckets_.find(due_.begin()->second);
    catch_up(key, from, now);
  }
  return out_;
}

time_point rate_rules::wakeup() const noexcept {
  return due_.empty() ? never : due_.begin()->first;
}

time_point rate_rules::ready(const std::string& key) const {
  auto at = buckets_.find(key);
  return at == buckets_.end() ? time_point::min() : ready(at->second, 1);
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

/// What became due at a bucket until now happens, one after the other and as of
/// when it was due: that the timer is late costs nothing of the rate, nor does
/// it let more than a burst pass.
void rate_rules::catch_up(const std::string& key, bucket& from,
                          time_point now) {
  while (from.due <= now) {
    auto then = from.due;
    pass(from, then); // before those whose time is over at the same moment
    while (auto late = from.line.expire(then)) {
      spots_.erase(spot_of(late->place));
      refuse(*late, errc::timed_out);
    }
    pass(from, then);
    note(key, from);
  }
}

/// Lets those pass whose turn it is.
void rate_rules::pass(bucket& from, time_point now) {
  while (!from.line.empty() && ready(from, from.line.front().count) <= now) {
    auto what = from.line.pop();
    spots_.erase(spot_of(what.place));
    take(from, what, now);
  }
}

void rate_rules::refuse(const claim& what, errc why) {
  out_.push_back(line::refused{what.place.request, what.place.client, why});
}

rate_rules::spot rate_rules::spot_of(const line::place& x) noexcept {
  return {x.client, x.ticket, x.request};
}

/// Some leave: `next` takes one of them out of a line. Then others may pass.
template <class Next>
std::span<const line::output> rate_rules::serve(const spot& first,
                                                const spot& last, Next next,
                                                errc why, time_point now) {
  out_.clear();
  for (auto at = spots_.lower_bound(first);
       at != spots_.end() && at->first <= last;
       at = spots_.lower_bound(first)) {
    auto& [key, from] = *at->second;
    catch_up(key, from, now);
    while (auto leaves = next(from.line)) {
      spots_.erase(spot_of(leaves->place));
      refuse(*leaves, why);
    }
    pass(from, now);
    note(key, from);
  }
  return out_;
}

/// Forgets buckets that are full again, which are as new ones. Each new one has
/// two looked at, in turn: so those that are kept are about twice as many as
/// are in use at most, and nobody waits until all have been looked at.
void rate_rules::forget_some(time_point now) {
  for (int looks = 2; looks != 0; --looks) {
    auto at = look_at_ ? *look_at_ : buckets_.begin();
    auto full = at->second.line.empty() && at->second.full <= now;
    at = full ? buckets_.erase(at) : std::next(at);
    look_at_.reset();
    if (at != buckets_.end())
      look_at_ = at;
  }
}

/// Something happened to a bucket.
void rate_rules::note(const std::string& key, bucket& from) {
  auto due = from.line.empty() ? never
                               : std::min(ready(from, from.line.front().count),
                                          from.line.first_limit());
  if (due == from.due)
    return;
  due_.erase({std::exchange(from.due, due), key});
  if (due != never)
    due_.emplace(due, key);
}

} // namespace troupe
