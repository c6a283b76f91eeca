#pragma once

#include "troupe/lock.hpp"
#include "troupe/task.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace troupe {

/// What a condition is like. Setters chain.
class condition_options {
public:
  condition_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// For people who look at what waits for it; see `tree`. Default: none.
  condition_options& name(std::string x) {
    name_ = std::move(x);
    return *this;
  }

  [[nodiscard]] const std::string& name() const { return name_; }

private:
  std::string name_;
};

namespace detail {

class nameplate;

/// What those that wait for a condition know of it.
class condition_ref {
public:
  explicit condition_ref(std::string name);

  /// Different from all others.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  [[nodiscard]] const void* plate() const noexcept { return plate_.get(); }

private:
  std::uint64_t id_;
  std::shared_ptr<const nameplate> plate_;
};

task<void> wait_for_condition(held* lock, actor_ref of,
                              condition_ref condition);
task<std::size_t> notify_condition(actor_ref lock, std::uint64_t token,
                                   std::uint64_t condition, std::size_t count);
/// The token of a lock that is held; 0, which is nobody's, if it is not.
[[nodiscard]] inline std::uint64_t token_of(const actor_ref& lock,
                                            const held& what) {
  return what && lock_hold::owner(what) == lock ? what.token() : 0;
}
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
  explicit condition(const condition_options& options = condition_options{})
    : condition(lock{}, options) {}
  explicit condition(lock of,
                     const condition_options& options = condition_options{})
    : lock_(std::move(of)), self_(options.name()) {}

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
    return detail::wait_for_condition(&lock, lock_.ref_.actor(), self_);
  }

  /// Waits until `ready()` is true, which it asks while the lock is held.
  ///
  /// @return What that gave in the end.
  template <class Predicate>
  [[nodiscard]] auto wait(held& lock, Predicate ready) const {
    return wait_until(&lock, lock_.ref_.actor(), self_, std::move(ready));
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
                                    self_.id(), count);
  }
  [[nodiscard]] task<std::size_t> notify_all(const held& lock) const {
    return notify(lock, std::numeric_limits<std::size_t>::max());
  }

private:
  template <class Predicate>
  static auto wait_until(held* lock, detail::actor_ref of,
                         detail::condition_ref self, Predicate ready)
    -> task<std::decay_t<decltype(ready())>> {
    for (;;) {
      auto value = ready();
      if (value)
        co_return value;
      co_await detail::wait_for_condition(lock, of, self);
    }
  }

  lock lock_;
  detail::condition_ref self_;
};

} // namespace troupe
