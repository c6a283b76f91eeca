#pragma once

#include "troupe/detail/suspension.hpp"
#include "troupe/detail/thread_work.hpp"
#include "troupe/msg/failure.hpp"

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
    if (work_)
      work_->claim(); // what has not begun never will
  }

  void await_suspend(std::coroutine_handle<> coroutine) {
    suspend(coroutine, "thread");
    post_work(owner(), slot(), work_);
  }

  Result await_resume() {
    check();
    return work_->take();
  }

private:
  std::shared_ptr<thread_work<Result>> work_;
};

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
[[nodiscard]] auto to_thread(F f, Args... args) {
  using result = std::invoke_result_t<F, Args...>;
  return detail::to_thread_op<result>{
    std::make_shared<detail::thread_work<result>>(
      [f = std::move(f), args = std::tuple{std::move(args)...}]() mutable {
        return std::apply(std::move(f), std::move(args));
      })};
}

} // namespace troupe
