#pragma once

#include "troupe/detail/actor_ref.hpp"
#include "troupe/task.hpp"

namespace caf {
class actor_system;
} // namespace caf

namespace troupe {

/// A flag that tasks wait for. Cheap to copy: all copies mean the same event.
///
/// Order:   those that wait are woken first come, first served.
/// Threads: from any task of its system.
class event {
public:
  /// Not set. Inside a task.
  ///
  /// Fails: throws `failure` (`no_running_system`) outside of any task.
  event();
  explicit event(caf::actor_system& system);

  /// Waits until it is set; at once if it is.
  ///
  /// Cancel: safe.
  [[nodiscard]] task<void> wait() const;

  /// Wakes all that wait, though it be cleared before they run.
  [[nodiscard]] task<void> set() const;
  [[nodiscard]] task<void> clear() const;
  [[nodiscard]] task<bool> is_set() const;

private:
  detail::actor_ref actor_;
};

} // namespace troupe
