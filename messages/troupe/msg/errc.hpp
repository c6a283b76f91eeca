#pragma once

#include <caf/fwd.hpp>

#include <cstdint>
#include <string_view>

namespace troupe {

/// Why something failed: the same numbers in C++, in CAF's errors (category
/// "troupe") and on the wire (`troupe.v1.Errc`, which says what each means).
///
/// Append only.
enum class errc : std::uint8_t {
  ok = 0,
  invalid_argument = 1,
  cancelled = 2,
  timed_out = 3,
  closed = 4,
  empty = 5,
  full = 6,
  busy = 7,
  already_held = 8,
  stale_token = 9,
  overloaded = 10,
  broken_promise = 11,
  already_taken = 12,
  would_deadlock = 13,
  broken = 14,
  lost = 15,
  restart_intensity = 16,
  too_large = 17,
  decode_error = 18,
  no_running_system = 19,
  internal = 20,
  unavailable = 21,
  protocol_error = 22,
  tls_error = 23,
  http_status = 24,
  checksum_mismatch = 25,
  file_error = 26,
  end_of_stream = 27,
  aborted = 28,
  permission_denied = 29,
};

/// The name of an error as it is written here, or "unknown".
[[nodiscard]] std::string_view to_string(errc code) noexcept;

/// Lets actors answer an `errc` where CAF expects an error.
[[nodiscard]] caf::error make_error(errc code);

} // namespace troupe
