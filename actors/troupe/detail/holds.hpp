#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <type_traits>

namespace troupe {

template <class T>
class task;

} // namespace troupe

namespace troupe::detail {

template <class Kind>
class hold;

template <class Kind>
requires(Kind::of_one_task) void as_hold(const hold<Kind>&);

/// Whether it is what a lock or a semaphore granted: a hold that belongs to one
/// task.
template <class T>
concept is_hold = requires(const T& x) {
  as_hold(x);
};

/// Whether it is that, or has it as an element: a vector, an optional, a pair,
/// … of them. A class of the user's is not looked into.
template <class T>
inline constexpr bool has_hold = is_hold<T>;
template <template <class...> class Of, class... Ts>
inline constexpr bool
  has_hold<Of<Ts...>> = is_hold<Of<Ts...>> || (has_hold<Ts> || ...);
template <class T, std::size_t N>
inline constexpr bool has_hold<std::array<T, N>> = has_hold<T>;
/// It has none yet.
template <class T>
inline constexpr bool has_hold<task<T>> = false;

template <class T>
inline constexpr bool is_optional_hold = is_hold<T>;
template <class T>
inline constexpr bool is_optional_hold<std::optional<T>> = is_hold<T>;

/// What whoever awaits it has to keep: it is given back when it goes, which is
/// at once if nobody keeps it.
///
/// g++ 12 warns of a result of `co_await` that nobody takes only if that is a
/// reference. So awaiters give such a value as one.
template <class T>
concept must_be_kept = is_optional_hold<T>;

/// Such a value, as it is given.
template <class T>
using kept_reference =
  std::conditional_t<std::is_void_v<T>, int, std::add_rvalue_reference_t<T>>;

} // namespace troupe::detail
