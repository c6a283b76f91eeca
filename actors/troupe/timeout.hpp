#pragma once

#include "troupe/core/time.hpp"
#include "troupe/detail/operation.hpp"
#include "troupe/detail/own_cancel.hpp"
#include "troupe/detail/suspension.hpp"
#include "troupe/detail/time_limit.hpp"
#include "troupe/handle.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/sleep.hpp"
#include "troupe/task.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace troupe {

/// The deadline of a `with_timeout`: its body gets it.
///
/// Threads: from the task that runs the body.
class timeout_scope : private detail::slot_handler {
public:
  /// Use `with_timeout`.
  explicit timeout_scope(duration length);
  explicit timeout_scope(time_point when);
  timeout_scope(const timeout_scope&) = delete;
  timeout_scope& operator=(const timeout_scope&) = delete;
  ~timeout_scope();

  /// Moves the deadline to so long from now; `forever` takes it away. It moves
  /// for the groups that are open, and their tasks, as well.
  ///
  /// Fails: throws `failure` (`timed_out`) once the body was cancelled by it.
  void reschedule(duration from_now);
  void reschedule_at(time_point when);

  /// Whether the deadline has passed.
  [[nodiscard]] bool expired() const noexcept { return when() <= owner_.now(); }
  [[nodiscard]] time_point when() const noexcept { return limit_->when(); }

  /// Ends it.
  ///
  /// @param cancelled Whether a `cancelled` left the body.
  /// @return Whether that means only that its time was up.
  /// Fails:  throws another cancel, of which the task had not heard yet.
  bool leave(bool cancelled = false);
  /// That its time is up, of which task, and what the limit was.
  ///
  /// @param cancel By which the body ended.
  [[nodiscard]] failure timed_out(std::exception_ptr cancel = nullptr) const;

private:
  bool end(bool cancelled);
  void on_answer(detail::content& what) override;
  void arm();
  void disarm();

  detail::fiber& owner_;
  detail::own_cancel cancel_;
  detail::time_limit_ptr outer_;
  std::shared_ptr<detail::time_limit> limit_;
  duration length_ = forever; // forever where it is until a time
  detail::slot_id slot_ = 0;
  bool left_ = false;
};

namespace detail {

/// That so much time is up, for the running task.
[[nodiscard]] failure limit_passed(duration limit,
                                   std::exception_ptr cancel = nullptr);

/// @param Limit A length from the start, or a time.
template <class Limit, class Body>
std::invoke_result_t<Body&, timeout_scope&> run_limited(Limit limit,
                                                        Body body) {
  using result =
    typename std::invoke_result_t<Body&, timeout_scope&>::value_type;
  timeout_scope scope{limit};
  std::exception_ptr cancel;
  try {
    if constexpr (std::is_void_v<result>) {
      co_await body(scope);
      scope.leave();
      co_return;
    } else {
      auto value = co_await body(scope);
      scope.leave();
      co_return value;
    }
  } catch (const cancelled&) {
    if (!scope.leave(true))
      throw;
    cancel = std::current_exception();
  } catch (...) {
    scope.leave();
    throw;
  }
  throw scope.timed_out(cancel);
}

} // namespace detail

/// Runs `body(scope)`, a task, here with a time limit: when it is over, what
/// the body awaits is cancelled, and once the body has ended this throws.
///
///     auto page = co_await with_timeout(5s, [&](timeout_scope&) -> task<page>
///     {
///       co_return co_await http.get(url);
///     });
///
/// A body that ignores the cancel and gives a value succeeds (asyncio row F8);
/// what else it throws goes through. Tasks that groups in the body start
/// inherit the deadline.
///
/// A task that is paused stands still though its limit passes: that comes when
/// it is resumed, and an answer that is there by then is faster.
///
/// Fails:  throws `failure` (`timed_out`), whose cause is the cancel.
/// Cancel: cancels the body.
template <class Rep, class Period, class Body>
std::invoke_result_t<Body&, timeout_scope&>
with_timeout(std::chrono::duration<Rep, Period> limit, Body body) {
  return detail::run_limited(detail::to_duration(limit), std::move(body));
}

/// The same until a time of the system's clock.
template <class Body>
std::invoke_result_t<Body&, timeout_scope&> with_deadline(time_point when,
                                                          Body body) {
  return detail::run_limited(when, std::move(body));
}

/// Runs a task here with a limit. One without any time is not begun.
///
/// Fails:  throws `failure` (`timed_out`), once the task has ended.
template <class T, class Rep, class Period>
task<T> wait_for(task<T> work, std::chrono::duration<Rep, Period> limit) {
  auto length = detail::to_duration(limit);
  if (length <= duration::zero())
    throw detail::limit_passed(length);
  auto give = [&work](timeout_scope&) { return std::move(work); };
  co_return co_await detail::run_limited(length, give);
}

/// The same for what a lock, a queue or another one lets wait.
template <detail::is_operation Op, class Rep, class Period>
auto wait_for(Op op, std::chrono::duration<Rep, Period> limit) {
  return wait_for(detail::as_task(std::move(op)), limit);
}

/// Waits for a shielded task with a limit; past it the task runs on.
template <class T, bool Move, class Rep, class Period>
task<T> wait_for(detail::handle_await<T, Move> work,
                 std::chrono::duration<Rep, Period> limit) {
  auto length = detail::to_duration(limit);
  auto give = [&work](timeout_scope&) -> task<T> {
    co_return co_await std::move(work);
  };
  if (work.done())
    co_return co_await std::move(work);
  co_return co_await detail::run_limited(length, give);
}

/// Waits for a task with a limit; past it the task is cancelled, and its end
/// waited for. To leave it running, `shield` it.
///
/// @return A copy of the value; of a handle that is moved, the value itself.
template <class T, class Rep, class Period>
task<T> wait_for(const handle<T>& work,
                 std::chrono::duration<Rep, Period> limit) {
  return wait_for(work.operator co_await(), limit);
}
template <class T, class Rep, class Period>
task<T> wait_for(handle<T>&& work, std::chrono::duration<Rep, Period> limit) {
  return wait_for(std::move(work).operator co_await(), limit);
}

} // namespace troupe
