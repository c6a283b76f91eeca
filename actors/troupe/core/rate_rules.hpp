#pragma once

#include "troupe/core/line.hpp"
#include "troupe/core/time.hpp"
#include "troupe/core/waiting_line.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace troupe {

/// The rules of a token bucket for each key: `burst` at once, and `count` more
/// in each `period`, evenly. Who waited passes as of when its turn came,
/// however late it is told: over any time `t`, at most `burst` and `t / period
/// * count` pass, and as many do while enough wait.
///
/// A pure state machine: each input says what to do, in this order; valid until
/// the next input. The client of a grant has nothing then.
///
/// Order:   first come, first served, each key on its own.
/// Threads: none of its own; one caller at a time.
class rate_rules {
public:
  /// @pre All are positive, `count` is no more than the nanoseconds of the
  ///      period, and `burst` times `period / count` no more than 146 years.
  rate_rules(std::uint64_t count, duration period, std::uint64_t burst)
    : interval_(period / static_cast<duration::rep>(count)), burst_(burst) {}

  /// Refuses: `busy`, `timed_out`, and `invalid_argument` for more than
  /// `burst`.
  std::span<const line::output> acquire(const line::place& place,
                                        const std::string& key,
                                        std::uint64_t count, time_point now);
  std::span<const line::output> withdraw(line::client_id client,
                                         std::uint64_t ticket, time_point now);
  std::span<const line::output> gone(line::client_id client, time_point now);
  std::span<const line::output> tick(time_point now);

  /// When `tick` is wanted next; `never` if it is not.
  [[nodiscard]] time_point wakeup() const noexcept;

  /// When one may pass for which nobody waits in line.
  [[nodiscard]] time_point ready(const std::string& key) const;

  /// How many keys are remembered: those in use, and no more than about as many
  /// of those that are as new again.
  [[nodiscard]] std::size_t keys() const noexcept { return buckets_.size(); }

private:
  struct claim {
    line::place place;
    std::uint64_t count;
  };
  struct bucket {
    // When it will be full again: what is missing takes until then.
    time_point full = time_point::min();
    line::waiting_line<claim> line;
    time_point due = never; // as in `due_`
  };
  using buckets = std::map<std::string, bucket>;
  using spot = std::tuple<line::client_id, std::uint64_t, line::request_id>;

  [[nodiscard]] time_point ready(const bucket& from,
                                 std::uint64_t count) const noexcept;
  void take(bucket& from, const claim& what, time_point now);
  void catch_up(const std::string& key, bucket& from, time_point now);
  void pass(bucket& from, time_point now);
  void forget_some(time_point now);
  void refuse(const claim& what, errc why);
  [[nodiscard]] static spot spot_of(const line::place& x) noexcept;
  template <class Next>
  std::span<const line::output> serve(const spot& first, const spot& last,
                                      Next next, errc why, time_point now);
  void note(const std::string& key, bucket& from);

  duration interval_; // in which one more comes
  std::uint64_t burst_;
  buckets buckets_;
  std::optional<buckets::iterator> look_at_; // next; unset at the first one
  // Where those are that wait, with their tickets.
  std::map<spot, buckets::iterator> spots_;
  // When something happens to those with somebody in line, and their keys.
  std::set<std::pair<time_point, std::string>> due_;
  std::vector<line::output> out_;
};

} // namespace troupe
