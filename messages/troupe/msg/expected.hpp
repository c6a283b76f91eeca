#pragma once

#include "troupe/msg/failure.hpp"

#include <type_traits>
#include <utility>
#include <variant>

namespace troupe {

/// A value, or the error that stands in its place.
template <class T>
class [[nodiscard]] expected {
  using stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

public:
  using value_type = T;

  /// Success without a value.
  expected() requires std::is_void_v<T> : state_(std::in_place_index<0>) {}

  template <class U = stored>
  requires(
    !std::is_void_v<
      T> && std::is_convertible_v<U, stored> && !std::is_same_v<std::decay_t<U>, expected> && !std::is_same_v<std::decay_t<U>, error>)
    // NOLINTNEXTLINE(google-explicit-constructor): `return value;` reads well
    expected(U&& value)
    : state_(std::in_place_index<0>, std::forward<U>(value)) {}

  /// @pre `what` is a failure.
  // NOLINTNEXTLINE(google-explicit-constructor): `return error;` reads well
  expected(troupe::error what)
    : state_(std::in_place_index<1>, std::move(what)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// The value.
  ///
  /// Fails: throws `failure`, or the exception that caused it.
  decltype(auto) value() & { return get(*this); }
  decltype(auto) value() const& { return get(*this); }
  decltype(auto) value() && { return get(std::move(*this)); }

  /// @pre `has_value()`.
  auto& operator*() & noexcept { return *std::get_if<0>(&state_); }
  const auto& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  auto&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  auto* operator->() noexcept { return std::get_if<0>(&state_); }
  const auto* operator->() const noexcept { return std::get_if<0>(&state_); }

  template <class U>
  [[nodiscard]] stored value_or(U&& other) const& {
    return has_value() ? **this : static_cast<stored>(std::forward<U>(other));
  }

  /// @pre `!has_value()`.
  [[nodiscard]] const troupe::error& error() const noexcept {
    return *std::get_if<1>(&state_);
  }

private:
  template <class Self>
  static decltype(auto) get(Self&& self) {
    if (!self.has_value()) {
      if (self.error().cause())
        std::rethrow_exception(self.error().cause());
      throw failure{self.error()};
    }
    if constexpr (!std::is_void_v<T>)
      return *std::forward<Self>(self);
  }

  std::variant<stored, troupe::error> state_;
};

} // namespace troupe
