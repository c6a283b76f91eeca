#pragma once

#include <type_traits>
#include <utility>

namespace troupe::detail {

/// What awaits an operation: what its `operator co_await` gives, or itself.
template <class Op>
decltype(auto) get_awaiter(Op&& op) {
  if constexpr (requires { std::forward<Op>(op).operator co_await(); })
    return std::forward<Op>(op).operator co_await();
  else
    return std::forward<Op>(op);
}

template <class Op>
using awaiter_of = decltype(get_awaiter(std::declval<Op>()));

/// How an argument `Op&&` is awaited of which a copy is kept: what has a name
/// as such, so that a handle keeps its value, and all else is moved.
template <class Op>
using kept_of =
  std::conditional_t<std::is_lvalue_reference_v<Op>,
                     const std::remove_cvref_t<Op>&, std::remove_cvref_t<Op>&&>;

/// What awaiting an operation gives.
template <class Op>
using await_result = decltype(get_awaiter(std::declval<Op>()).await_resume());

} // namespace troupe::detail
