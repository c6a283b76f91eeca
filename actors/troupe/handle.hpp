#pragma once

#include "troupe/cancelled.hpp"
#include "troupe/detail/handle_await.hpp"
#include "troupe/detail/task_block.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace troupe {

namespace detail {

[[noreturn]] void throw_no_task();

} // namespace detail

/// What every `handle<T>` can do without knowing `T`.
///
/// Fails:   whatever is asked of one that refers to no task, made so or moved
///          from, throws `failure` (`invalid_argument`).
/// Threads: any.
class any_handle {
public:
  /// Refers to no task.
  any_handle() = default;

  explicit operator bool() const noexcept { return shared_ != nullptr; }

  /// Asks the task to end: `cancelled` is thrown where it awaits.
  ///
  /// @return False if it had ended before.
  bool cancel(cancel_reason reason = cancel_reason::requested,
              std::string text = {}) const {
    return block()->cancel(cancelled{reason, std::move(text)});
  }

  /// How many cancels were asked for and not undone.
  [[nodiscard]] std::uint32_t cancelling() const {
    return block()->cancelling();
  }

  /// Undoes a cancel. One that was not delivered yet never will be, if it was
  /// the only one.
  ///
  /// @return How many are left.
  std::uint32_t uncancel() const { return block()->uncancel(); }

  [[nodiscard]] bool done() const { return block()->done(); }

  /// Whether it ended by a cancel.
  [[nodiscard]] bool was_cancelled() const {
    return block()->state() == detail::task_block::phase::cancelled;
  }

  [[nodiscard]] const std::string& name() const { return block()->name(); }

  /// Holds the task at its next await, and all that works for it: its groups
  /// and its downloads.
  ///
  /// @return To be awaited: gives a `pause_guard` once it stands still; its
  ///         `resume`, or its end, lets the task go on unless others keep it
  ///         paused. One for a task that has ended, or a promise, does nothing.
  ///         Whoever has the guard may resume: it can be given away.
  /// Fails:  throws `failure` (`would_deadlock`) for the running task, and for
  ///         one that the running task works for.
  /// Cancel: at once; the pause is undone. A cancel of the paused task wins
  ///         over the pause, whoever asked for it; a time limit that it set
  ///         itself passes on resume only, see `timeout.hpp`.
  [[nodiscard]] detail::pause_task_op pause() const {
    return detail::pause_task_op{block()};
  }

  /// Lets the task go on, unless others keep it paused: undoes all pauses that
  /// the running task asked for, whose guards do nothing then. Those that other
  /// tasks asked for, or a group, are theirs to undo.
  ///
  /// @return False if the running task did not keep it paused.
  /// Fails:  throws `failure` (`no_running_system`) outside of any task.
  bool resume() const { return detail::undo_pauses(block()); }

  friend bool operator==(const any_handle&, const any_handle&) = default;

protected:
  explicit any_handle(std::shared_ptr<detail::task_block> block) noexcept
    : shared_(std::move(block)) {}

  [[nodiscard]] const std::shared_ptr<detail::task_block>& block() const {
    if (!shared_)
      detail::throw_no_task();
    return shared_;
  }

private:
  friend struct detail::handle_access;

  std::shared_ptr<detail::task_block> shared_;
};

/// Refers to a task that runs in an actor of its own, or to the future value of
/// a `promise`. Cheap to copy: all copies mean the same task. Dropping it does
/// not cancel; a failure that nobody asked for is logged.
///
///     co_await h             // const T&, as often as you like
///     co_await std::move(h)  // T, moved out: `already_taken` for the others
///
/// Fails:  throws what the task threw; a cancel says whose it was, see
///         `cancelled::task`; `would_deadlock` for the task itself.
/// Cancel: cancels the task, whose end is still waited for; see `shield`.
/// Order:  who waits is resumed first come, first served.
/// Threads: any; awaited from a task.
template <class T>
class handle : public any_handle {
public:
  using value_type = T;

  handle() = default;

  auto operator co_await() const& {
    return detail::handle_await<T, false>{result()};
  }
  auto operator co_await() && {
    return detail::handle_await<T, true>{result()};
  }

private:
  friend struct detail::handle_access;

  explicit handle(std::shared_ptr<detail::result_block<T>> block) noexcept
    : any_handle(std::move(block)) {}

  std::shared_ptr<detail::result_block<T>> result() const {
    return std::static_pointer_cast<detail::result_block<T>>(block());
  }
};

namespace detail {

/// Lets the machinery into a handle.
struct handle_access {
  template <class T>
  static handle<T> make(std::shared_ptr<result_block<T>> block) {
    return handle<T>{std::move(block)};
  }
  static any_handle make_any(std::shared_ptr<task_block> block) {
    return any_handle{std::move(block)};
  }
  static const std::shared_ptr<task_block>& block(const any_handle& x) {
    return x.block();
  }
  template <class T>
  static std::shared_ptr<result_block<T>> block(const handle<T>& x) {
    return x.result();
  }
};

} // namespace detail

} // namespace troupe
