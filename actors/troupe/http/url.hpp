#pragma once

#include "troupe/msg/expected.hpp"

#include <string>

namespace troupe::http {

/// Fails: `invalid_argument` for what is no URL of http or https.
expected<void> check_url(const std::string& url);

/// The scheme of a proxy may be missing.
///
/// Fails: `invalid_argument` for what is no URL, or none of http, https,
///        socks4, socks4a, socks5 and socks5h.
expected<void> check_proxy(const std::string& url);

/// A URL, or a text that was meant as one, as it may be shown: without the name
/// and password of a user.
std::string without_credentials(const std::string& url);

} // namespace troupe::http
