#pragma once

#include "troupe/msg/errc.hpp"

#include <system_error>

namespace troupe {

/// What an error of the operating system, of a socket or of a name's look-up is
/// as an `errc`; `internal` for others.
///
/// End of file is `end_of_stream`. A connection that was refused, reset or
/// broken, and a host that is not found or not reached, are `unavailable`.
/// What was closed before it was used is `closed`; what was closed or cancelled
/// meanwhile is `aborted`. An address in use is `busy`; a lack of descriptors
/// or of memory is `overloaded`.
[[nodiscard]] errc errc_of(const std::error_code& code) noexcept;

} // namespace troupe
