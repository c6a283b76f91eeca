#pragma once

#include "troupe/detail/promise.hpp"

#include <coroutine>
#include <type_traits>
#include <utility>

namespace troupe {

/// A piece of work, written as a coroutine: it runs when it is awaited, in the
/// actor of whoever awaits it, or in an actor of its own when it is given to
/// `spawn`, `gather` or a group.
///
///     troupe::task<int> answer() {
///       co_await troupe::sleep(1s);
///       co_return 42;
///     }
///
/// A task that runs in an actor of its own runs in parallel to its maker: one
/// that takes references or pointers, is a member function or a lambda that
/// captures, is refused there (`invalid_argument`), as what it refers to may be
/// gone or in use; so is one that takes a lock or a permit that is held. Views
/// and spans go unnoticed, and so do closures that are passed as values, as
/// `with_group([&] …)` takes one; do not pass them.
///
/// Cancel: `cancelled` is thrown where the task awaits.
/// Threads: a task that nobody awaits yet may be moved to another thread.
template <class T = void>
class [[nodiscard]] task {
  static_assert(!std::is_reference_v<T>, "a task gives a value");

public:
  using value_type = T;

  task(const task&) = delete;
  task& operator=(const task&) = delete;
  task(task&& other) noexcept
    : promise_(std::exchange(other.promise_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    task{std::move(other)}.swap(*this);
    return *this;
  }
  /// Destroys what has not run; a long chain of tasks that have each other as
  /// parameters, one after the other.
  ~task() {
    if (promise_)
      promise_->destroy();
  }

  /// Whether it is still to be run: false once it was moved or awaited.
  explicit operator bool() const noexcept { return promise_ != nullptr; }

  void swap(task& other) noexcept { std::swap(promise_, other.promise_); }

  /// Runs it here. Only once.
  auto operator co_await() && noexcept {
    return detail::inline_await<T>{std::exchange(promise_, nullptr)};
  }

private:
  friend class detail::result_promise<T>;
  friend struct detail::task_access;

  explicit task(detail::result_promise<T>* promise) noexcept
    : promise_(promise) {}

  detail::result_promise<T>* promise_;
};

} // namespace troupe

template <class T, class... Args>
struct std::coroutine_traits<troupe::task<T>, Args...> {
  using promise_type =
    troupe::detail::task_promise<T, troupe::detail::borrows_of<Args...>>;
};
