#include "troupe/http/url.hpp"

#include "troupe/http/detail/transfer.hpp"

#include <curl/curl.h>

#include <memory>

namespace troupe::http {

namespace {

bool is_url(const std::string& text, unsigned flags = 0) {
  std::unique_ptr<CURLU, void (*)(CURLU*)> parsed{curl_url(), curl_url_cleanup};
  return curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), flags)
         == CURLUE_OK;
}

} // namespace

expected<void> check_url(const std::string& url) {
  if (auto where = detail::origin_of(url); !where)
    return where.error();
  return {};
}

expected<void> check_proxy(const std::string& url) {
  // As libcurl reads it.
  if (!is_url(url, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME))
    return error{errc::invalid_argument,
                 '"' + without_credentials(url) + "\" is no URL"};
  return {};
}

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
