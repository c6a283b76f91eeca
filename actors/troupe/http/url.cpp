#include "troupe/http/url.hpp"

#include <curl/curl.h>

#include <memory>

namespace troupe::http {

namespace {

bool is_url(const std::string& text) {
  std::unique_ptr<CURLU, void (*)(CURLU*)> parsed{curl_url(), curl_url_cleanup};
  return curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), 0)
         == CURLUE_OK;
}

} // namespace

std::string without_credentials(const std::string& url) {
  auto at = url.rfind('@');
  if (at == std::string::npos)
    return url;
  auto scheme = url.find("://");
  auto from = scheme == std::string::npos ? 0 : scheme + 3;
  // In what is no URL they may be anywhere.
  if (is_url(url))
    at = url.rfind('@', url.find_first_of("/?#", from));
  if (at == std::string::npos || at < from)
    return url;
  return url.substr(0, from) + "***" + url.substr(at);
}

} // namespace troupe::http
