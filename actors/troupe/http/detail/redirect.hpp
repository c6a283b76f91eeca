#pragma once

#include "troupe/msg/expected.hpp"

#include <string>
#include <string_view>

namespace troupe::http::detail {

/// Whether an answer with this status says where else to ask (RFC 9110, 15.4).
/// Not 304, which is about what one has, nor 305, a proxy that a server wants
/// to be asked.
[[nodiscard]] bool is_redirect(long status) noexcept;

/// Where a redirect leads.
///
/// @param from The URL that was asked for. If the redirect stays at its host,
///             its user name and password go along.
/// @param location The value of the header, which may be relative.
/// Fails: `protocol_error` for what is no URL of http or https.
expected<std::string> redirect_target(const std::string& from,
                                      std::string_view location);

/// Whether a header is meant for the host alone to which it was sent first:
/// Authorization, Cookie, Host, Proxy-Authorization.
[[nodiscard]] bool is_for_first_host(std::string_view line);

} // namespace troupe::http::detail
