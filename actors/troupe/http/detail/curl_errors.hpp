#pragma once

#include "troupe/msg/errc.hpp"

namespace troupe::http::detail {

/// What one of libcurl's errors means here.
struct curl_meaning {
  errc code;
  /// Whether another try may fare better.
  bool transient;
};

/// @param result A `CURLcode`.
[[nodiscard]] curl_meaning meaning_of(int result) noexcept;

} // namespace troupe::http::detail
