#pragma once

#include "troupe/core/detail/turn.hpp"
#include "troupe/detail/fiber.hpp"

#include <coroutine>

namespace troupe::detail {

/// Throws `failure` (`already_taken`): what is awaited was, before.
[[noreturn]] void throw_already_taken();

/// What a coroutine stands at: the base of all awaiters that suspend.
///
/// It may be moved until it is awaited, and is awaited once. It is destroyed
/// with its coroutine's frame; an answer that comes later finds nobody.
class suspension : public slot_handler {
public:
  suspension(const suspension&) = delete;
  suspension& operator=(const suspension&) = delete;
  [[nodiscard]] bool await_ready() const noexcept { return false; }

protected:
  suspension() = default;
  suspension(suspension&&) noexcept {} // only before it is awaited
  ~suspension();

  /// Suspends the running coroutine.
  ///
  /// @param what What it waits for, for people; static.
  /// @param on   Of what: the address that a `nameplate` has, or null.
  void suspend(std::coroutine_handle<> coroutine, const char* what,
               const void* on = nullptr);

  /// What was waited for is there: resumes the coroutine, unless it is paused.
  void finish();

  /// The first thing in `await_resume`: throws `cancelled` instead, if somebody
  /// wanted that. Inline, as each frame between a throw and its handler costs
  /// about a microsecond.
  void check() {
    if (interrupted())
      throw cancelled{*fiber_->take_interrupt()};
  }

  /// Whether a cancel came in between, so that `check` will throw.
  [[nodiscard]] bool interrupted() const noexcept {
    return fiber_ && fiber_->throwing_;
  }

  /// Leaves such a cancel to the next await.
  void put_off() noexcept {
    fiber_->throwing_ = false;
    fiber_->overdue_ = true;
  }

  /// Whether one was left to this await: then it asks for nothing any more.
  [[nodiscard]] bool cancel_is_due() const noexcept {
    return fiber_->overdue_ && fiber_->interrupt_;
  }

  [[nodiscard]] fiber& owner() const noexcept { return *fiber_; }
  [[nodiscard]] slot_id slot() const noexcept { return slot_; }

  /// By default the answer is all that was waited for.
  void on_answer(content& what) override;

private:
  friend class fiber;

  /// Somebody wants to cancel.
  ///
  /// @return Whether that was passed on to what is waited for, which is still
  ///         waited for then, or this has finished. Else `cancelled` is thrown
  ///         here at once.
  virtual bool on_cancel(const cancelled& why);

  void close() noexcept;

  fiber* fiber_ = nullptr;
  slot_id slot_ = 0;
  std::coroutine_handle<> coroutine_;
};

/// Goes on at once, or in the next turn if this one is over.
class turn_op final : public suspension {
public:
  [[nodiscard]] bool await_ready() const noexcept {
    return !turn::here().over();
  }
  void await_suspend(std::coroutine_handle<> coroutine) {
    suspend(coroutine, "its turn");
    finish();
  }
  void await_resume() { check(); }
};

} // namespace troupe::detail
