#pragma once

#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace troupe::detail {

/// Calls `end(what)`, which may end others by this again. Nested too deep, it
/// is called once the one that it is nested in has ended, so that the stack
/// does not grow with a chain of things that own each other.
void end_nested(void* what, void (*end)(void*)) noexcept;

/// Whether the next would be called later.
[[nodiscard]] bool nested_too_deep() noexcept;

/// Ends a value that may own others.
template <class T>
void end_nested(std::optional<T>& value) noexcept {
  if constexpr (!std::is_trivially_destructible_v<T>) {
    if (!value)
      return;
    if constexpr (std::is_nothrow_move_constructible_v<T>)
      if (nested_too_deep())
        if (auto* moved = new (std::nothrow) T(std::move(*value)))
          return end_nested(moved, [](void* x) { delete static_cast<T*>(x); });
    end_nested(&value,
               [](void* x) { static_cast<std::optional<T>*>(x)->reset(); });
  }
}

} // namespace troupe::detail
