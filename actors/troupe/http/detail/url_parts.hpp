#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

namespace troupe::http::detail {

struct free_url {
  void operator()(CURLU* x) const noexcept { curl_url_cleanup(x); }
};
using url_handle = std::unique_ptr<CURLU, free_url>;

/// A part of a URL, as it is written there; empty if there is none.
inline std::string part_of(CURLU* url, CURLUPart what, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, what, &text, flags) != CURLUE_OK)
    return {};
  std::string result{text};
  curl_free(text);
  return result;
}

} // namespace troupe::http::detail
