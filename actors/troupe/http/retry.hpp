#pragma once

#include "troupe/http/session_options.hpp"
#include "troupe/msg/error.hpp"

#include <cstdint>
#include <optional>

namespace troupe::http {

/// What a failed try tells about another one.
struct failed_try {
  error why;
  /// Whether the failure may pass: the connection, not the request.
  bool transient = false;
  /// Of the answer; 0 if there was none.
  std::uint32_t http_status = 0;
  /// What the server asked to wait; zero if it did not.
  duration retry_after = duration::zero();
};

/// Whether an answer with this status may be another one next time (RFC 9110:
/// 408 and 5xx; RFC 6585: 429).
[[nodiscard]] bool is_transient(std::uint32_t http_status) noexcept;

/// How long to wait before the next try; nothing if there is none.
///
/// "Full jitter": the wait is drawn between zero and a bound that doubles with
/// every try, but is never shorter than what the server asked for.
///
/// @param tries How many there were, at least 1.
/// @param retries How many there may be after the first.
/// @param random Between 0 and 1.
[[nodiscard]] std::optional<duration>
next_try(const session_options& options, std::uint32_t tries,
         std::uint32_t retries, const failed_try& last, double random);

} // namespace troupe::http
