#include "troupe/msg/errc.hpp"

#include "troupe/msg/error.hpp"

#include "troupe/v1/common.pb.h"

#include <caf/error.hpp>

namespace troupe {

static_assert(static_cast<int>(errc::permission_denied) == v1::Errc_MAX,
              "errc and troupe.v1.Errc have the same members");

std::string_view to_string(errc code) noexcept {
  switch (code) {
  case errc::ok:
    return "ok";
  case errc::invalid_argument:
    return "invalid_argument";
  case errc::cancelled:
    return "cancelled";
  case errc::timed_out:
    return "timed_out";
  case errc::closed:
    return "closed";
  case errc::empty:
    return "empty";
  case errc::full:
    return "full";
  case errc::busy:
    return "busy";
  case errc::already_held:
    return "already_held";
  case errc::stale_token:
    return "stale_token";
  case errc::overloaded:
    return "overloaded";
  case errc::broken_promise:
    return "broken_promise";
  case errc::already_taken:
    return "already_taken";
  case errc::would_deadlock:
    return "would_deadlock";
  case errc::broken:
    return "broken";
  case errc::lost:
    return "lost";
  case errc::restart_intensity:
    return "restart_intensity";
  case errc::too_large:
    return "too_large";
  case errc::decode_error:
    return "decode_error";
  case errc::no_running_system:
    return "no_running_system";
  case errc::internal:
    return "internal";
  case errc::unavailable:
    return "unavailable";
  case errc::protocol_error:
    return "protocol_error";
  case errc::tls_error:
    return "tls_error";
  case errc::http_status:
    return "http_status";
  case errc::checksum_mismatch:
    return "checksum_mismatch";
  case errc::file_error:
    return "file_error";
  case errc::end_of_stream:
    return "end_of_stream";
  case errc::aborted:
    return "aborted";
  case errc::permission_denied:
    return "permission_denied";
  }
  return "unknown";
}

caf::error make_error(errc code) {
  return to_caf(error{code});
}

} // namespace troupe
