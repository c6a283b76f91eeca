#pragma once

#include "troupe/cancelled.hpp"
#include "troupe/detail/awaiter_of.hpp"
#include "troupe/detail/outcome.hpp"
#include "troupe/msg/expected.hpp"

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

namespace troupe {

namespace detail {

/// @tparam Op As `attempt` got it: a reference, if it has a name.
template <class Op>
class attempt_op {
  using kept = std::remove_cvref_t<Op>;
  using awaiter = awaiter_of<kept_of<Op>>;
  using value =
    std::remove_cvref_t<decltype(std::declval<awaiter&>().await_resume())>;

public:
  explicit attempt_op(Op&& op)
    : op_(std::forward<Op>(op)),
      awaiter_(get_awaiter(static_cast<kept_of<Op>>(op_))) {}
  attempt_op(const attempt_op&) = delete;
  attempt_op& operator=(const attempt_op&) = delete;
  ~attempt_op() = default;

  bool await_ready() { return awaiter_.await_ready(); }

  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> coroutine) {
    return awaiter_.await_suspend(coroutine);
  }

  expected<value> await_resume() {
    try {
      if constexpr (std::is_void_v<value>) {
        awaiter_.await_resume();
        return {};
      } else {
        static_assert(
          std::is_constructible_v<value, decltype(awaiter_.await_resume())>,
          "this value cannot be copied: attempt(std::move(h))");
        return awaiter_.await_resume();
      }
    } catch (const cancelled&) {
      throw;
    } catch (...) {
      return error_of(std::current_exception());
    }
  }

private:
  kept op_;
  awaiter awaiter_;
};

} // namespace detail

/// Awaits something, and gives an `expected` instead of throwing.
///
///     auto item = co_await attempt(jobs.get());
///
/// Of a handle it gives a copy of the value; of one that is moved, the value
/// itself.
///
/// Cancel: `cancelled` is thrown all the same.
template <class Op>
[[nodiscard]] detail::attempt_op<Op> attempt(Op&& op) {
  return detail::attempt_op<Op>{std::forward<Op>(op)};
}

} // namespace troupe
