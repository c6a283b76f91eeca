#pragma once

#include "troupe/detail/selectable.hpp"
#include "troupe/sleep.hpp"
#include "troupe/task.hpp"

#include <cstddef>
#include <tuple>
#include <utility>
#include <variant>

namespace troupe {

namespace detail {

template <class Op>
concept is_selectable = requires {
  typename Op::choice;
};

template <class Op>
using selected = decltype(std::declval<typename Op::choice&>().value());

template <class Result, std::size_t I = 0, class... Choices>
Result value_of(std::tuple<Choices...>& all, std::size_t which) {
  if constexpr (I + 1 != sizeof...(Choices))
    if (which != I)
      return value_of<Result, I + 1>(all, which);
  return Result{std::in_place_index<I>, std::get<I>(all).value()};
}

} // namespace detail

/// Waits for one of several operations: `get` of a queue, `acquire` of a lock
/// or a semaphore, `wait` of an event, `sleep`.
///
///     auto first = co_await select(urgent.get(), normal.get(), sleep(1s));
///     if (auto* job = std::get_if<0>(&first))
///       …
///
/// Exactly one takes place: nothing is taken from the others, and nobody behind
/// this in their lines is overtaken or overtakes.
///
/// @return What that gave, at its place; `std::monostate` for an event or a
///         sleep.
/// Fails:  throws what the first one failed with, `closed` for example.
/// Cancel: safe, as for each of them.
/// Order:  where several are there already, the first of these.
template <detail::is_selectable... Ops>
task<std::variant<detail::selected<Ops>...>> select(Ops... ops) {
  static_assert(sizeof...(Ops) != 0, "there is nothing to wait for");
  std::tuple<typename Ops::choice...> choices{std::move(ops)...};
  auto list = [](auto&... one) {
    return std::vector<detail::selectable*>{&one...};
  };
  auto first = co_await detail::select_first(std::apply(list, choices));
  co_return detail::value_of<std::variant<detail::selected<Ops>...>>(choices,
                                                                     first);
}

} // namespace troupe
