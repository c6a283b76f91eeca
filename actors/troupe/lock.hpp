#pragma once

#include "troupe/core/lock_rules.hpp"
#include "troupe/core/time.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/hold.hpp"
#include "troupe/sleep.hpp"
#include "troupe/task.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace caf {
class actor_system;
} // namespace caf

namespace troupe {

class condition;

namespace detail {

struct lock_hold {
  static void give_back(const actor_ref& from, std::uint64_t token);
  static task<void> release(hold<lock_hold> what);
  static const actor_ref& owner(const hold<lock_hold>& what) {
    return what.from_;
  }
  static void renew(hold<lock_hold>& what, std::uint64_t token) {
    what.token_ = token;
  }
};

/// @param shared Together with others that share it.
task<hold<lock_hold>> acquire_lock(actor_ref lock, bool shared, duration limit);
task<std::optional<hold<lock_hold>>> try_lock(actor_ref lock, bool shared);
task<bool> is_locked(actor_ref lock);
actor_ref make_lock(caf::actor_system* system, const lock_options& options);

} // namespace detail

/// A lock that is held, until this goes.
using held = detail::hold<detail::lock_hold>;

/// Mutual exclusion between tasks. Cheap to copy: all copies mean the same
/// lock.
///
///     auto held = co_await mutex.acquire();   // released when `held` goes
///     write(held.token(), data);
///
/// A task that ends, or an actor, releases what it holds.
///
/// Order:   first come, first served.
/// Threads: from any task of its system.
class lock {
public:
  /// Inside a task.
  ///
  /// Fails: throws `failure` (`no_running_system`) outside of any task.
  explicit lock(const lock_options& options = lock_options{})
    : actor_(detail::make_lock(nullptr, options)) {}
  explicit lock(caf::actor_system& system,
                const lock_options& options = lock_options{})
    : actor_(detail::make_lock(&system, options)) {}

  /// Waits until it is this task's turn.
  ///
  /// Fails:  throws `failure`: `already_held` by this task; `overloaded`.
  /// Cancel: safe: loses its place in line, and a grant that is on its way goes
  ///         to the next one. A task that is paused keeps what it was granted.
  [[nodiscard]] task<held> acquire() const {
    return detail::acquire_lock(actor_, false, forever);
  }

  /// The same for some time.
  ///
  /// @param limit Longest wait; zero does not wait.
  /// Fails:  as `acquire`; `timed_out`.
  template <class Rep, class Period>
  [[nodiscard]] task<held>
  acquire_for(std::chrono::duration<Rep, Period> limit) const {
    return detail::acquire_lock(actor_, false, detail::to_duration(limit));
  }

  /// The same without waiting.
  ///
  /// @return Nothing where it would have to wait.
  [[nodiscard]] task<std::optional<held>> try_acquire() const {
    return detail::try_lock(actor_, false);
  }

  /// Whether somebody holds it.
  [[nodiscard]] task<bool> locked() const { return detail::is_locked(actor_); }

private:
  friend class condition;

  detail::actor_ref actor_;
};

} // namespace troupe
