#pragma once

#include "troupe/msg/payload.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace troupe::detail {

template <class T>
concept message_item = std::derived_from<T, google::protobuf::Message>;

/// What the items of queues and broadcasts may be.
template <class T>
inline constexpr bool is_item =
  message_item<
    T> || std::is_same_v<T, std::string> || (std::is_arithmetic_v<T> && sizeof(T) <= sizeof(std::uint64_t));

/// The type by which a number travels.
template <class T>
using carrier = std::conditional_t<
  std::is_same_v<T, bool>, bool,
  std::conditional_t<
    std::is_floating_point_v<T>, double,
    std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>>;

template <class T>
payload to_payload(T item) {
  if constexpr (std::is_arithmetic_v<T>)
    return payload{static_cast<carrier<T>>(item)};
  else
    return payload{std::move(item)};
}

[[nodiscard]] error out_of_range();

/// Leaves the payload as it is if it fails.
///
/// Fails: `invalid_argument` when it is of another type, or a number too large
///        for this one; `decode_error`.
template <class T>
expected<T> from_payload(payload& from) {
  if constexpr (std::is_arithmetic_v<T>) {
    auto number = from.as<carrier<T>>();
    if (!number)
      return number.error();
    auto result = static_cast<T>(*number);
    if constexpr (std::is_integral_v<T>)
      if (static_cast<carrier<T>>(result) != *number)
        return out_of_range();
    return result;
  } else {
    return std::move(from).template take<T>();
  }
}

/// All of them, in their order. Leaves the payloads as they are if one fails.
///
/// Fails: as `from_payload`.
template <class T>
expected<std::vector<T>> from_payloads(payloads& from) {
  std::vector<T> result;
  result.reserve(from.size());
  for (auto& value : from) {
    auto one = from_payload<T>(value);
    if (!one) {
      for (std::size_t i = 0; i != result.size(); ++i)
        from[i] = to_payload(T{std::move(result[i])});
      return one.error();
    }
    result.push_back(std::move(*one));
  }
  return result;
}

} // namespace troupe::detail
