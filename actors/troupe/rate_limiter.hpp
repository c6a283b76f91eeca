#pragma once

#include "troupe/core/time.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/task.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <string>

namespace troupe {

/// Lets tasks pass at a rate, each key on its own. Cheap to copy: all copies
/// mean the same rate limiter.
///
///     troupe::rate_limiter per_host{10, 1s};
///     co_await per_host.acquire(host);
///
/// Order:   first come, first served, each key on its own.
/// Threads: from any task of its system.
class rate_limiter {
public:
  /// Inside a task: `count` may pass in each `period`, evenly, and as many at
  /// once after nobody did for a while.
  ///
  /// Fails: throws `failure`: `invalid_argument` where one is not positive, for
  ///        more than one in a nanosecond, and for a burst that takes longer
  ///        than 146 years to come back; `no_running_system` outside of any
  ///        task.
  rate_limiter(std::uint64_t count, duration period);
  /// @param burst How many at once. Default: `count`.
  rate_limiter(std::uint64_t count, duration period, std::uint64_t burst);
  rate_limiter(caf::actor_system& system, std::uint64_t count, duration period);
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
