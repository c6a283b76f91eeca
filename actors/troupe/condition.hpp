#pragma once

#include "troupe/lock.hpp"
#include "troupe/task.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

namespace troupe {

namespace detail {

task<void> wait_for_condition(held* lock, actor_ref of,
                              std::uint64_t condition);
task<std::size_t> notify_condition(actor_ref lock, std::uint64_t token,
                                   std::uint64_t condition, std::size_t count);
/// The token of a lock that is held; 0, which is nobody's, if it is not.
[[nodiscard]] inline std::uint64_t token_of(const actor_ref& lock,
                                            const held& what) {
  return what && lock_hold::owner(what) == lock ? what.token() : 0;
}
/// Different from all others.
std::uint64_t new_condition();

} // namespace detail

/// Where those that hold a lock wait, without it, until another one that holds
/// it tells them. Cheap to copy: all copies mean the same condition.
///
///     auto held = co_await ready.acquire();
///     co_await ready.wait(held, [&] { return !jobs.empty(); });
///
/// Order:   those that wait are told first come, first served, and come after
///          those that wait for the lock already.
/// Threads: from any task of its system.
class condition {
public:
  /// Of a lock of its own. Inside a task.
  condition() : condition(lock{}) {}
  explicit condition(lock of)
    : lock_(std::move(of)), id_(detail::new_condition()) {}

  /// Its lock.
  [[nodiscard]] const lock& mutex() const noexcept { return lock_; }
  [[nodiscard]] detail::acquire_op acquire() const { return lock_.acquire(); }
  [[nodiscard]] task<bool> locked() const { return lock_.locked(); }

  /// Releases the lock, and waits until it was notified and has the lock again,
  /// with a new token.
  ///
  /// @param lock Outlives the wait.
  /// Fails:  throws `failure` (`stale_token`) without this lock.
  /// Cancel: safe: waits for the lock first, so that it is held; a notification
  ///         that had come goes to another one that waits.
  [[nodiscard]] task<void> wait(held& lock) const {
    return detail::wait_for_condition(&lock, lock_.ref_.actor(), id_);
  }

  /// Waits until `ready()` is true, which it asks while the lock is held.
  ///
  /// @return What that gave in the end.
  template <class Predicate>
  [[nodiscard]] auto wait(held& lock, Predicate ready) const {
    return wait_until(&lock, lock_.ref_.actor(), id_, std::move(ready));
  }

  /// Tells at most so many of those that wait, which go on when they have the
  /// lock.
  ///
  /// @return How many.
  /// Fails:  throws `failure` (`stale_token`) without this lock.
  /// Cancel: comes to the next await: they are told.
  [[nodiscard]] task<std::size_t> notify(const held& lock,
                                         std::size_t count = 1) const {
    return detail::notify_condition(lock_.ref_.actor(),
                                    detail::token_of(lock_.ref_.actor(), lock),
                                    id_, count);
  }
  [[nodiscard]] task<std::size_t> notify_all(const held& lock) const {
    return notify(lock, std::numeric_limits<std::size_t>::max());
  }

private:
  template <class Predicate>
  static auto wait_until(held* lock, detail::actor_ref of, std::uint64_t id,
                         Predicate ready)
    -> task<std::decay_t<decltype(ready())>> {
    for (;;) {
      auto value = ready();
      if (value)
        co_return value;
      co_await detail::wait_for_condition(lock, of, id);
    }
  }

  lock lock_;
  std::uint64_t id_;
};

} // namespace troupe
