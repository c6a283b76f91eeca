#include "troupe/http/detail/redirect.hpp"

#include "troupe/http/detail/request.hpp"
#include "troupe/http/detail/transfer.hpp"
#include "troupe/http/detail/url_parts.hpp"
#include "troupe/http/url.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>

namespace troupe::http::detail {

bool is_redirect(long status) noexcept {
  return (status >= 300 && status <= 303) || status == 307 || status == 308;
}

expected<std::string> redirect_target(const std::string& from,
                                      std::string_view location) {
  auto wrong = [&](const std::string& why) {
    return error{errc::protocol_error,
                 "the server redirects to \""
                   + without_credentials(std::string{location}) + "\", " + why};
  };
  url_handle url{curl_url()};
  curl_url_set(url.get(), CURLUPART_URL, from.c_str(), 0);
  auto old_host = origin_of(from);
  auto user = part_of(url.get(), CURLUPART_USER);
  auto password = part_of(url.get(), CURLUPART_PASSWORD);
  // Servers do not always encode what they put there.
  auto failed = curl_url_set(
    url.get(), CURLUPART_URL, std::string{location}.c_str(),
    CURLU_URLENCODE | CURLU_ALLOW_SPACE | CURLU_NON_SUPPORT_SCHEME);
  if (failed != CURLUE_OK)
    return wrong(std::string{"which is no URL: "} + curl_url_strerror(failed));
  auto result = part_of(url.get(), CURLUPART_URL);
  auto host = origin_of(result);
  if (!host)
    return wrong("which is not of http or https");
  if (user.empty() || !old_host || host->key != old_host->key
      || !part_of(url.get(), CURLUPART_USER).empty())
    return result;
  curl_url_set(url.get(), CURLUPART_USER, user.c_str(), 0);
  if (!password.empty())
    curl_url_set(url.get(), CURLUPART_PASSWORD, password.c_str(), 0);
  return part_of(url.get(), CURLUPART_URL);
}

bool is_for_first_host(std::string_view line) {
  constexpr std::array<std::string_view, 4> names{
    "Authorization", "Cookie", "Host", "Proxy-Authorization"};
  return std::any_of(names.begin(), names.end(), [line](auto name) {
    return value_of(line, name).has_value();
  });
}

} // namespace troupe::http::detail
