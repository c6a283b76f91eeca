#pragma once

#include <string>

namespace troupe::http {

/// A URL, or a text that was meant as one, as it may be shown: without the name
/// and password of a user.
std::string without_credentials(const std::string& url);

} // namespace troupe::http
