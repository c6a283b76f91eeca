#pragma once

#include "troupe/detail/awaiter_of.hpp"
#include "troupe/task.hpp"

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace troupe {

namespace detail {

template <class Op>
using kept_result = std::remove_cvref_t<await_result<kept_of<Op>>>;

/// @tparam Op As `finally` got it: a reference, if it has a name.
template <class Op, class Cleanup>
task<kept_result<Op>> run_finally(std::remove_cvref_t<Op> op, Cleanup cleanup) {
  using result = kept_result<Op>;
  std::exception_ptr thrown;
  std::optional<std::conditional_t<std::is_void_v<result>, char, result>> value;
  try {
    if constexpr (std::is_void_v<result>)
      co_await static_cast<kept_of<Op>>(op);
    else
      value.emplace(co_await static_cast<kept_of<Op>>(op));
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await cleanup();
  if (thrown)
    std::rethrow_exception(thrown);
  if constexpr (!std::is_void_v<result>)
    co_return std::move(*value);
}

} // namespace detail

/// Awaits `op`, and then `cleanup()`, a task, however `op` ended, cancelled or
/// not. (C++ has no await in a handler.)
///
///     auto close = [&]() -> task<void> { co_await connection.bye(); };
///     co_await finally(talk(connection), close);
///
/// Of a handle it gives a copy of the value; of one that is moved, the value
/// itself.
///
/// Fails:  throws what `cleanup` threw, else what `op` threw.
/// Cancel: is delivered to `op`; one that comes during the cleanup, to that.
template <class Op, class Cleanup>
task<detail::kept_result<Op>> finally(Op&& op, Cleanup cleanup) {
  return detail::run_finally<Op>(std::forward<Op>(op), std::move(cleanup));
}

} // namespace troupe
