#include "troupe/http/url.hpp"

#include "troupe/http/detail/transfer.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>

namespace troupe::http {

namespace {

constexpr std::array<std::string_view, 6> proxy_schemes{
  "http", "https", "socks4", "socks4a", "socks5", "socks5h"};

/// @return Its scheme, in small letters; empty if it is no URL.
std::string scheme_of(const std::string& text, unsigned flags = 0) {
  std::unique_ptr<CURLU, void (*)(CURLU*)> parsed{curl_url(), curl_url_cleanup};
  char* scheme = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), flags)
        != CURLUE_OK
      || curl_url_get(parsed.get(), CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
    return {};
  std::string result{scheme};
  curl_free(scheme);
  return result;
}

} // namespace

expected<void> check_url(const std::string& url) {
  if (auto where = detail::origin_of(url); !where)
    return where.error();
  return {};
}

expected<void> check_proxy(const std::string& url) {
  // As libcurl reads it, to which ftp.example.org is a proxy of ftp.
  auto scheme = scheme_of(url, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME);
  if (std::count(proxy_schemes.begin(), proxy_schemes.end(), scheme) > 0)
    return {};
  auto text = '"' + without_credentials(url) + '"';
  if (scheme.empty())
    return error{errc::invalid_argument, text + " is no URL"};
  text += " is no proxy: its scheme, " + scheme + ", is none of";
  for (auto each : proxy_schemes)
    text.append(each == proxy_schemes.front() ? " " : ", ").append(each);
  return error{errc::invalid_argument, std::move(text)};
}

std::string without_credentials(const std::string& url) {
  auto at = url.rfind('@');
  if (at == std::string::npos)
    return url;
  auto scheme = url.find("://");
  auto from = scheme == std::string::npos ? 0 : scheme + 3;
  // In what is no URL they may be anywhere.
  if (!scheme_of(url).empty())
    at = url.rfind('@', url.find_first_of("/?#", from));
  if (at == std::string::npos || at < from)
    return url;
  return url.substr(0, from) + "***" + url.substr(at);
}

} // namespace troupe::http
