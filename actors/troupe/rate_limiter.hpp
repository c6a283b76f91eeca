#pragma once

#include "troupe/core/time.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/task.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace troupe {

/// How a rate limiter lets tasks pass. Setters chain.
class rate_limiter_options {
public:
  // NOLINTNEXTLINE(modernize-use-equals-default): no aggregate
  rate_limiter_options() {}

  /// How many may pass at once after nobody did for a while, as with a new
  /// limiter; 1 lets all pass evenly. Default: as many as in a period.
  rate_limiter_options& burst(std::uint64_t x) {
    burst_ = x;
    return *this;
  }

  /// For people who look at what waits for it; see `tree`. Default: none.
  rate_limiter_options& name(std::string x) {
    name_ = std::move(x);
    return *this;
  }

  [[nodiscard]] std::optional<std::uint64_t> burst() const { return burst_; }
  [[nodiscard]] const std::string& name() const { return name_; }

private:
  std::optional<std::uint64_t> burst_;
  std::string name_;
};

/// Lets tasks pass at a rate, each key on its own. Cheap to copy: all copies
/// mean the same rate limiter.
///
///     troupe::rate_limiter per_host{10, 1s};
///     co_await per_host.acquire(host);
///
/// A key that is new, or that nobody used for long enough, has its whole burst:
/// of `{10, 1s}` 10 pass at once and then one each 100 ms, which makes 19 in
/// the first second. Where no second may ever see more than 10, the burst is 1:
///
///     troupe::rate_limiter evenly{10, 1s, rate_limiter_options{}.burst(1)};
///
/// In any time `t` at most the burst and `count * t / period` pass, and as many
/// do while enough tasks wait: who waited counts from when its turn came,
/// however late its task is told. A key costs memory only until it has its
/// whole burst again.
///
/// Order:   first come, first served, each key on its own.
/// Threads: from any task of its system.
class rate_limiter {
public:
  /// Inside a task: the burst may pass at once, and then `count` in each
  /// `period`, evenly.
  ///
  /// Fails: throws `failure`: `invalid_argument` where one is not positive, for
  ///        more than one in a nanosecond, and for a burst that takes longer
  ///        than 146 years to come back; `no_running_system` outside of any
  ///        task.
  rate_limiter(std::uint64_t count, duration period,
               const rate_limiter_options& options = rate_limiter_options{});
  rate_limiter(caf::actor_system& system, std::uint64_t count, duration period,
               const rate_limiter_options& options = rate_limiter_options{});
  /// The same with this burst.
  rate_limiter(std::uint64_t count, duration period, std::uint64_t burst);
  rate_limiter(caf::actor_system& system, std::uint64_t count, duration period,
               std::uint64_t burst);

  /// The rate limiter of an actor that somebody else spawned, by
  /// `spawn_rate_limiter`.
  template <class... Signatures>
  explicit rate_limiter(const caf::typed_actor<Signatures...>& actor)
    : actor_(actor->ctrl()) {}

  /// Waits until it is this task's turn.
  ///
  /// @param count As how many it counts.
  /// Fails:  throws `failure` (`invalid_argument`) for more than the burst.
  /// Cancel: safe: loses its place in line. What was granted is spent.
  [[nodiscard]] task<void> acquire(std::string key = {},
                                   std::uint64_t count = 1) const;

private:
  detail::actor_ref actor_;
};

} // namespace troupe
