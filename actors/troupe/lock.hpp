#pragma once

#include "troupe/core/lock_rules.hpp"
#include "troupe/core/time.hpp"
#include "troupe/detail/acquire.hpp"
#include "troupe/detail/lock_ref.hpp"
#include "troupe/sleep.hpp"
#include "troupe/task.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <optional>

namespace troupe {

class condition;

/// A lock that is held, until this goes, by the task that acquired it: it
/// cannot be given to another task. See `hold`.
using held = detail::hold<detail::lock_hold>;

/// Mutual exclusion between tasks. Cheap to copy: all copies mean the same
/// lock.
///
///     auto held = co_await mutex.acquire();   // released when `held` goes
///     write(held.token(), data);
///
/// A task that ends, or an actor, releases what it holds. Who released it last
/// takes it again in nanoseconds while nobody else wants it; see
/// `lock_options::cached`.
///
/// Order:   first come, first served.
/// Threads: from any task of its system.
class lock {
public:
  /// Inside a task.
  ///
  /// Fails: throws `failure` (`no_running_system`) outside of any task.
  explicit lock(const lock_options& options = lock_options{})
    : ref_(detail::make_lock(nullptr, options)) {}
  explicit lock(caf::actor_system& system,
                const lock_options& options = lock_options{})
    : ref_(detail::make_lock(&system, options)) {}

  /// The lock of an actor that somebody else spawned, by `spawn_lock`.
  template <class... Signatures>
  explicit lock(const caf::typed_actor<Signatures...>& actor)
    : ref_(detail::lock_of(detail::actor_ref{actor->ctrl()})) {}

  /// Waits until it is this task's turn. Awaited; or a `task<held>`, which may
  /// not be spawned: what it acquires would be held by a task that has ended.
  ///
  /// Fails:  throws `failure`: `already_held` by this task; `overloaded`.
  /// Cancel: safe: loses its place in line, and a grant that is on its way goes
  ///         to the next one. A task that is paused keeps what it was granted.
  [[nodiscard]] detail::acquire_op acquire() const {
    return {ref_, false, forever};
  }

  /// The same for some time.
  ///
  /// @param limit Longest wait; zero does not wait.
  /// Fails:  as `acquire`; `timed_out`.
  template <class Rep, class Period>
  [[nodiscard]] detail::acquire_op
  acquire_for(std::chrono::duration<Rep, Period> limit) const {
    return {ref_, false, detail::to_duration(limit)};
  }

  /// The same without waiting.
  ///
  /// @return Nothing where it would have to wait.
  [[nodiscard]] task<std::optional<held>> try_acquire() const {
    return detail::try_lock(ref_, false);
  }

  /// Whether somebody holds it.
  [[nodiscard]] task<bool> locked() const {
    return detail::is_locked(ref_.actor());
  }

private:
  friend class condition;

  detail::lock_ref ref_;
};

} // namespace troupe
