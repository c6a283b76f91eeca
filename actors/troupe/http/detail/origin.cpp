#include "troupe/http/detail/transfer.hpp"
#include "troupe/http/detail/url_parts.hpp"
#include "troupe/http/url.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <arpa/inet.h>
#include <utility>

namespace troupe::http::detail {

expected<origin> origin_of(const std::string& url) {
  url_handle parsed{curl_url()};
  auto failed = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0);
  if (failed != CURLUE_OK)
    return error{errc::invalid_argument,
                 '"' + without_credentials(url)
                   + "\" is no URL: " + curl_url_strerror(failed)};
  auto scheme = part_of(parsed.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https")
    return error{errc::invalid_argument,
                 '"' + without_credentials(url) + "\" is not of http or https"};
  auto name = part_of(parsed.get(), CURLUPART_HOST);
  for (auto& letter : name)
    if (letter >= 'A' && letter <= 'Z')
      letter = static_cast<char>(letter - 'A' + 'a');
  in_addr address{};
  origin result;
  result.key = scheme + "://" + name + ":"
               + part_of(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  result.is_name =
    !name.starts_with('[') && ::inet_pton(AF_INET, name.c_str(), &address) != 1;
  return result;
}

expected<void> check_header(std::string_view line) {
  auto colon = line.find(':');
  auto name = line.substr(0, colon);
  if (colon == std::string_view::npos || name.empty()
      || name.find_first_of(" \t") != std::string_view::npos)
    return error{errc::invalid_argument,
                 "the header \"" + std::string{line} + "\" is not NAME: VALUE"};
  if (line.find_first_of(std::string_view{"\r\n\0", 3})
      != std::string_view::npos)
    return error{errc::invalid_argument,
                 "the header \"" + std::string{name}
                   + "\" has a line break or zero byte"};
  return {};
}

expected<origin> origins::find(const std::string& url) {
  constexpr std::size_t most = 10'000;
  auto authority = url.find("//");
  auto end = authority == std::string::npos
               ? url.size()
               : std::min(url.find_first_of("/?#", authority + 2), url.size());
  auto prefix = url.substr(0, end);
  {
    std::lock_guard lock{mutex_};
    if (auto at = known_.find(prefix); at != known_.end())
      return at->second;
  }
  auto result = origin_of(url);
  if (result) {
    std::lock_guard lock{mutex_};
    if (known_.size() >= most)
      known_.clear();
    known_.emplace(std::move(prefix), *result);
  }
  return result;
}

} // namespace troupe::http::detail
