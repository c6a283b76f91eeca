#pragma once

#include "troupe/detail/fiber.hpp"
#include "troupe/detail/holds.hpp"

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace troupe {

template <class T>
class task;

namespace detail {

template <class T>
class result_promise;

/// Only references, pointers and what is held may be of whoever calls.
template <class Arg>
inline constexpr bool may_borrow =
  std::is_reference_v<
    Arg> || std::is_pointer_v<Arg> || has_hold<std::remove_cv_t<Arg>>;

/// Whether a coroutine with such parameters refers to what its caller owns, or
/// takes what its caller's task holds. A reference to an empty class is the
/// closure of a lambda without captures.
///
/// A function, as the type of a lambda is not complete where its coroutine's
/// promise is chosen.
template <class... Args>
struct borrows {
  template <class Arg>
  static bool one() {
    if constexpr (std::is_lvalue_reference_v<Arg>)
      return !std::is_empty_v<std::remove_cvref_t<Arg>>;
    else
      return may_borrow<Arg>;
  }
  static bool value() { return (one<Args>() || ...); }
};

struct borrows_nothing {
  static constexpr bool value() { return false; }
};

template <class... Args>
using borrows_of = std::conditional_t<(may_borrow<Args> || ...),
                                      borrows<Args...>, borrows_nothing>;

/// Throws `failure` (`already_taken`): a task is awaited once.
[[noreturn]] void throw_already_taken();

/// Lets the machinery into a task.
struct task_access {
  template <class T>
  static result_promise<T>* release(task<T>& x) noexcept {
    return std::exchange(x.promise_, nullptr);
  }
  template <class T>
  static bool borrowing(const task<T>& x) noexcept {
    return x.promise_ && x.promise_->borrowing();
  }
};

/// What the promises of all tasks share.
class promise_base {
public:
  explicit promise_base(std::coroutine_handle<> frame) noexcept
    : frame_(frame) {
    frames_alive.add(1);
  }
  promise_base(const promise_base&) = delete;
  promise_base& operator=(const promise_base&) = delete;
  ~promise_base() { frames_alive.add(-1); }

  /// Hands control back to whoever awaits this coroutine.
  struct final_awaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      promise_base& promise = self.promise();
      auto* outer = promise.outer_;
      if (outer)
        outer->inner_ = nullptr;
      promise.runner_->transfer(outer ? outer->frame_ : nullptr);
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  final_awaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { thrown_ = std::current_exception(); }

  /// Has it run by a fiber.
  void run_by(fiber& runner) noexcept { runner_ = &runner; }
  /// Has it run inside a coroutine that awaits it, and resumes then.
  ///
  /// @param holder Is what keeps it for that coroutine.
  void run_inside(promise_base& outer, promise_base*& holder) noexcept {
    runner_ = outer.runner_;
    outer_ = &outer;
    holder_ = &holder;
    outer.inner_ = this;
  }

  /// The coroutine's frame, whatever its parameters.
  [[nodiscard]] std::coroutine_handle<> frame() const noexcept {
    return frame_;
  }

  [[nodiscard]] fiber* runner() const noexcept { return runner_; }

  /// Destroys the coroutine, with those that it awaits, the innermost first.
  void destroy() noexcept {
    if (runner_ && !inner_)
      frame_.destroy();
    else
      destroy_chain();
  }

  /// What the coroutine threw, or null.
  [[nodiscard]] const std::exception_ptr& thrown() const noexcept {
    return thrown_;
  }

protected:
  void rethrow() const {
    if (thrown_)
      std::rethrow_exception(thrown_);
  }

private:
  /// The same without recursion: a chain of such coroutines may be long.
  void destroy_chain() noexcept;

  std::coroutine_handle<> frame_;
  fiber* runner_ = nullptr;         // null before it runs
  promise_base* outer_ = nullptr;   // awaits it
  promise_base* inner_ = nullptr;   // that it awaits
  promise_base** holder_ = nullptr; // owns it, in the frame of `outer_`
  std::exception_ptr thrown_;
};

template <class T>
class result_promise : public promise_base {
public:
  template <class U = T>
  requires std::is_convertible_v<U, T>
  void return_value(U&& value) { value_.emplace(std::forward<U>(value)); }

  [[nodiscard]] bool borrowing() const noexcept { return borrowing_; }

  /// The value of a coroutine that ended; throws what it threw.
  T&& take() {
    rethrow();
    return std::move(*value_);
  }

protected:
  result_promise(std::coroutine_handle<> frame, bool borrowing) noexcept
    : promise_base(frame), borrowing_(borrowing) {}

  task<T> make_task() noexcept { return task<T>{this}; }

private:
  std::optional<T> value_;
  bool borrowing_;
};

template <>
class result_promise<void> : public promise_base {
public:
  void return_void() const noexcept {}

  [[nodiscard]] bool borrowing() const noexcept { return borrowing_; }

  void take() const { rethrow(); }

protected:
  result_promise(std::coroutine_handle<> frame, bool borrowing) noexcept
    : promise_base(frame), borrowing_(borrowing) {}

  template <class Task = task<void>>
  Task make_task() noexcept {
    return Task{this};
  }

private:
  bool borrowing_;
};

template <class T, class Borrows>
class task_promise final : public result_promise<T> {
public:
  task_promise() noexcept
    : result_promise<T>(
      std::coroutine_handle<task_promise>::from_promise(*this),
      Borrows::value()) {}

  task<T> get_return_object() noexcept { return this->make_task(); }
};

/// Awaits a task inline: it runs in the fiber of the awaiting coroutine.
template <class T>
class [[nodiscard]] inline_await {
public:
  explicit inline_await(result_promise<T>* promise) noexcept
    : promise_(promise) {}
  inline_await(const inline_await&) = delete;
  inline_await& operator=(const inline_await&) = delete;
  ~inline_await() {
    if (promise_)
      promise_->destroy();
  }

  bool await_ready() const noexcept { return false; }

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiting) {
    static_assert(std::is_base_of_v<promise_base, Promise>,
                  "only a task can await a task");
    if (!promise_)
      throw_already_taken();
    promise_base& outer = awaiting.promise();
    promise_->run_inside(outer, promise_);
    outer.runner()->transfer(promise_->frame());
  }

  T await_resume() { return promise().take(); }
  [[nodiscard, gnu::warn_unused_result]] kept_reference<T>
  await_resume() requires must_be_kept<T> {
    return promise().take();
  }

private:
  [[nodiscard]] result_promise<T>& promise() noexcept {
    return *static_cast<result_promise<T>*>(promise_);
  }

  promise_base* promise_;
};

} // namespace detail

} // namespace troupe
