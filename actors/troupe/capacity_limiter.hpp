#pragma once

#include "troupe/semaphore.hpp"

namespace troupe {

/// A bounded semaphore of which a task has one grant at most, and whose size
/// can be changed: how many tasks do something at once. See `semaphore`.
///
/// For calls that block give it to `to_thread`, which keeps the place until the
/// call has ended, though its task be cancelled.
///
/// Fails: a task that has a grant gets `already_held` for another one.
class capacity_limiter : public semaphore {
public:
  /// Inside a task.
  explicit capacity_limiter(
    std::int64_t capacity,
    const semaphore_options& options = semaphore_options{});
  capacity_limiter(caf::actor_system& system, std::int64_t capacity,
                   const semaphore_options& options = semaphore_options{});

  /// Changes the capacity. Nothing is taken from those that have it; others get
  /// something once there is room, and those that wait for more than there is
  /// now fail (`invalid_argument`).
  ///
  /// Fails: throws `failure` (`invalid_argument`) for a negative number.
  [[nodiscard]] task<void> resize(std::int64_t capacity) const;
};

} // namespace troupe
