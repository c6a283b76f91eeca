#pragma once

#include "troupe/msg/expected.hpp"

#include <string>
#include <string_view>

namespace troupe::http {

/// The name for a file that was downloaded from `url`: the last part of its
/// path, made safe; "index.html" where that is empty.
[[nodiscard]] std::string name_from_url(std::string_view url);

/// The name that a Content-Disposition header suggests (RFC 6266), made safe;
/// empty if it suggests none. `filename*` goes before `filename`.
[[nodiscard]] std::string name_from_disposition(std::string_view header);

/// Makes one file name of what somebody else chose: no folders, no control
/// characters, valid UTF-8, not hidden, no option of a command, and short
/// enough for ".part" to follow. Empty when nothing is left.
[[nodiscard]] std::string safe_name(std::string_view suggested);

/// Checks a relative path that the user chose.
///
/// Fails: `invalid_argument` when it is empty, absolute, leaves its folder by
///        "..", names a folder, or has a part that no file system takes.
[[nodiscard]] expected<void> check_relative_path(std::string_view path);

} // namespace troupe::http
