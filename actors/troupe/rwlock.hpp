#pragma once

#include "troupe/lock.hpp"
#include "troupe/sleep.hpp"

#include <chrono>
#include <optional>

namespace troupe {

/// A lock that readers hold together, and a writer alone. Cheap to copy: all
/// copies mean the same lock.
///
/// Order:   first come, first served: readers do not overtake a writer that
///          waits, nor the other way round.
/// Threads: from any task of its system.
class rwlock {
public:
  /// Inside a task.
  ///
  /// Fails: throws `failure` (`no_running_system`) outside of any task.
  explicit rwlock(const lock_options& options = lock_options{})
    : ref_(detail::make_lock(nullptr, options)) {}
  explicit rwlock(caf::actor_system& system,
                  const lock_options& options = lock_options{})
    : ref_(detail::make_lock(&system, options)) {}

  /// Waits until nobody writes, nor has waited longer to. See `lock::acquire`.
  [[nodiscard]] detail::acquire_op read() const {
    return {ref_, true, forever};
  }
  template <class Rep, class Period>
  [[nodiscard]] detail::acquire_op
  read_for(std::chrono::duration<Rep, Period> limit) const {
    return {ref_, true, detail::to_duration(limit)};
  }
  [[nodiscard]] task<std::optional<held>> try_read() const {
    return detail::try_lock(ref_, true);
  }

  /// Waits until nobody else has it. See `lock::acquire`.
  [[nodiscard]] detail::acquire_op write() const {
    return {ref_, false, forever};
  }
  template <class Rep, class Period>
  [[nodiscard]] detail::acquire_op
  write_for(std::chrono::duration<Rep, Period> limit) const {
    return {ref_, false, detail::to_duration(limit)};
  }
  [[nodiscard]] task<std::optional<held>> try_write() const {
    return detail::try_lock(ref_, false);
  }

  /// Whether somebody reads or writes.
  [[nodiscard]] task<bool> locked() const {
    return detail::is_locked(ref_.actor());
  }

private:
  detail::lock_ref ref_;
};

} // namespace troupe
