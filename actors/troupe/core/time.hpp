#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace troupe {

/// Monotonic time. Core never reads a clock: an actor passes the time of its
/// system's clock, which tests move by hand.
using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;

/// A point in time that never comes.
inline constexpr time_point never = time_point::max();

/// A duration that does not end.
inline constexpr duration forever = duration::max();

/// `start + length`, or `never` where that is out of range.
[[nodiscard]] constexpr time_point after(time_point start,
                                         duration length) noexcept {
  return length < never - start ? start + length : never;
}

/// A length off the wire, or `forever` where it is out of range.
[[nodiscard]] constexpr duration from_ms(std::uint64_t count) noexcept {
  using std::chrono::milliseconds;
  constexpr auto most = std::chrono::floor<milliseconds>(forever).count();
  return count < static_cast<std::uint64_t>(most)
           ? milliseconds{static_cast<std::int64_t>(count)}
           : forever;
}

/// A length in milliseconds, not shorter; 0 for a negative one.
[[nodiscard]] constexpr std::uint64_t to_ms(duration x) noexcept {
  auto result = std::chrono::ceil<std::chrono::milliseconds>(x).count();
  return result < 0 ? 0 : static_cast<std::uint64_t>(result);
}

/// "3 s", "250 ms", "2 h": in the largest unit in which it is a whole number.
[[nodiscard]] std::string to_text(duration x);

} // namespace troupe
