#pragma once

#include "troupe/detail/awaiter_of.hpp"
#include "troupe/task.hpp"

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace troupe {

/// Awaits `op`, and then `cleanup()`, a task, however `op` ended, cancelled or
/// not. (C++ has no await in a handler.)
///
///     auto close = [&]() -> task<void> { co_await connection.bye(); };
///     co_await finally(talk(connection), close);
///
/// Fails:  throws what `cleanup` threw, else what `op` threw.
/// Cancel: is delivered to `op`; one that comes during the cleanup, to that.
template <class Op, class Cleanup>
task<std::remove_cvref_t<detail::await_result<Op>>> finally(Op op,
                                                            Cleanup cleanup) {
  using result = std::remove_cvref_t<detail::await_result<Op>>;
  std::exception_ptr thrown;
  std::optional<std::conditional_t<std::is_void_v<result>, char, result>> value;
  try {
    if constexpr (std::is_void_v<result>)
      co_await std::move(op);
    else
      value.emplace(co_await std::move(op));
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await cleanup();
  if (thrown)
    std::rethrow_exception(thrown);
  if constexpr (!std::is_void_v<result>)
    co_return std::move(*value);
}

} // namespace troupe
