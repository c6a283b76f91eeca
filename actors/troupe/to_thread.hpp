#pragma once

#include "troupe/detail/suspension.hpp"
#include "troupe/detail/thread_work.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/semaphore.hpp"
#include "troupe/task.hpp"

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace troupe {

namespace detail {

template <class Result>
class to_thread_op final : public suspension {
public:
  explicit to_thread_op(std::shared_ptr<thread_work<Result>> work)
    : work_(std::move(work)) {}
  to_thread_op(const to_thread_op&) = delete;
  to_thread_op& operator=(const to_thread_op&) = delete;
  to_thread_op(to_thread_op&&) noexcept = default;
  ~to_thread_op() {
    if (work_ && work_->claim()) // what has not begun never will
      work_->drop();
  }

  void await_suspend(std::coroutine_handle<> coroutine) {
    if (!work_ || std::exchange(awaited_, true))
      throw_already_taken();
    suspend(coroutine, "thread");
    post_work(owner(), slot(), work_);
  }

  Result await_resume() {
    check();
    return work_->take();
  }

private:
  std::shared_ptr<thread_work<Result>> work_;
  bool awaited_ = false;
};

template <class F, class... Args>
auto make_work(F f, Args... args) {
  using result = std::invoke_result_t<F, Args...>;
  return std::make_shared<thread_work<result>>(
    [f = std::move(f), args = std::tuple{std::move(args)...}]() mutable {
      return std::apply(std::move(f), std::move(args));
    });
}

template <class Result>
task<Result> run_limited(semaphore limiter,
                         std::shared_ptr<thread_work<Result>> work) {
  auto place = co_await limiter.acquire();
  work->keep(permit_hold::keep_apart(place));
  to_thread_op<Result> wait{std::move(work)};
  co_return co_await wait;
}

} // namespace detail

/// Calls `f(args…)` in a thread for blocking work, of which there are at most
/// `run_options::blocking_threads`.
///
///     auto text = co_await to_thread(read_file, path);
///
/// What is passed is copied or moved, and used by that thread alone.
///
/// Fails:  throws what the call threw.
/// Cancel: at once; a call that has begun runs on, and what it gives is
///         dropped. One that has not is not made.
/// Order:  calls begin first come, first served.
template <class F, class... Args>
requires std::invocable<F, Args...>
[[nodiscard]] auto to_thread(F f, Args... args) {
  using result = std::invoke_result_t<F, Args...>;
  return detail::to_thread_op<result>{
    detail::make_work(std::move(f), std::move(args)...)};
}

/// The same for calls of which only some may be made at once: waits for a
/// permit first, which stays taken until the call has ended, though the task be
/// cancelled, or end, before.
///
///     capacity_limiter disks{2};
///     auto text = co_await to_thread(disks, read_file, path);
///
/// A permit that the task holds itself, around a `to_thread` without one, would
/// come back while a cancelled call runs on.
///
/// @param limiter A semaphore of any kind.
/// Fails:  throws `failure`: what `acquire` does (`already_held` in a task that
///         holds a permit of this capacity limiter); what the call threw.
/// Cancel: at once, as without a limiter. The permit of a call that has not
///         begun comes back at once.
/// Order:  first come, first served.
template <std::derived_from<semaphore> Limiter, class F, class... Args>
requires std::invocable<F, Args...>
[[nodiscard]] auto to_thread(const Limiter& limiter, F f, Args... args) {
  return detail::run_limited(
    semaphore{limiter}, detail::make_work(std::move(f), std::move(args)...));
}

} // namespace troupe
