#include "troupe/http/detail/request.hpp"

#include "troupe/http/detail/redirect.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace troupe::http::detail {

namespace {

constexpr std::size_t all_buffers = 4 << 20;
constexpr std::size_t smallest_buffer = 64 << 10;
constexpr std::size_t largest_buffer = 256 << 10;

/// As libcurl takes it: an empty header ends in a semicolon.
std::string line_of(const v1::HttpHeader& header) {
  return header.value().empty() ? header.name() + ";"
                                : header.name() + ": " + header.value();
}

/// Whether libcurl would find a proxy for some URL.
bool environment_names_proxy() {
  const auto names = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                      "ALL_PROXY"};
  return std::any_of(names.begin(), names.end(), [](const char* name) {
    return std::getenv(name); // NOLINT(concurrency-mt-unsafe): so does libcurl
  });
}

long milliseconds(duration x) {
  return static_cast<long>(
    std::chrono::duration_cast<std::chrono::milliseconds>(x).count());
}

/// With a rate most transfers are paused at any time. Where they share a
/// connection, libcurl keeps in memory what comes for those while another one
/// reads: 400 MiB after some minutes.
bool uses_http1(const session_options& options) {
  return options.http1() || options.rate() != 0;
}

} // namespace

void header_list::add(const std::string& line) {
  auto* all = curl_slist_append(lines_.get(), line.c_str());
  if (!all)
    throw std::bad_alloc{};
  (void)lines_.release();
  lines_.reset(all);
}

header_list common_headers(const session_options& options) {
  header_list result;
  for (const auto& line : options.headers())
    result.add(line);
  return result;
}

void set_common(CURL* easy, const session_options& options) {
  auto set = [easy](CURLoption option, auto value) {
    curl_easy_setopt(easy, option, value);
  };
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);
  // Few transfers are large ones, which fewer and larger reads make faster.
  set(CURLOPT_BUFFERSIZE,
      static_cast<long>(std::clamp(all_buffers / options.jobs(),
                                   smallest_buffer, largest_buffer)));
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  // We follow redirects ourselves: each counts at the host that it leads to.
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  // Servers close what is idle for longer, mostly after 60 s or more.
  set(CURLOPT_MAXAGE_CONN, 60L);
  set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect_timeout()));
  set(CURLOPT_USERAGENT, options.user_agent().c_str());
  // libcurl would read them itself, and hold all transfers up meanwhile.
  for (auto place : {CURLOPT_CAINFO, CURLOPT_CAPATH, CURLOPT_PROXY_CAINFO,
                     CURLOPT_PROXY_CAPATH})
    set(place, static_cast<char*>(nullptr));
  if (!options.proxy().empty())
    set(CURLOPT_PROXY, options.proxy().c_str());
  else if (!environment_names_proxy())
    set(CURLOPT_NOPROXY, "*"); // or each transfer looks for one again
  if (options.netrc())
    set(CURLOPT_NETRC, long{CURL_NETRC_OPTIONAL});
  if (uses_http1(options))
    set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
}

header_list set_request(CURL* easy, const transfer& what,
                        const session_options& options,
                        const header_list& common) {
  const auto& request = *what.what;
  auto is_strange = what.where.strange;
  curl_easy_setopt(easy, CURLOPT_URL, what.where.url.c_str());
  // What is written to disk is what the server has; see RFC 9110, 12.5.3.
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING,
                   request.has_memory() ? "" : nullptr);
  header_list own;
  auto add = [&](const std::string& line) {
    if (!is_strange || !is_for_first_host(line))
      own.add(line);
  };
  auto has_own = is_strange || !request.headers().empty();
  if (has_own) {
    for (const auto& line : options.headers())
      add(line);
    for (const auto& header : request.headers())
      add(line_of(header));
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, (has_own ? own : common).get());
  // Without TLS there is no HTTP/2 to wait for, and libcurl would wait until
  // the first transfer ends.
  curl_easy_setopt(
    easy, CURLOPT_PIPEWAIT,
    long{!uses_http1(options) && what.where.host.starts_with("https")});
  return own;
}

bool asks_for_part(const v1::Download& request,
                   const session_options& options) {
  auto is_range = [](const std::string& line) {
    return value_of(line, "Range").has_value();
  };
  const auto& common = options.headers();
  const auto& own = request.headers();
  return std::any_of(common.begin(), common.end(), is_range)
         || std::any_of(own.begin(), own.end(), [&](const auto& header) {
              return is_range(line_of(header));
            });
}

std::optional<std::string_view> value_of(std::string_view line,
                                         std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':'
      || curl_strnequal(line.data(), name.data(), name.size()) == 0)
    return std::nullopt;
  line.remove_prefix(name.size() + 1);
  auto first = line.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : line.substr(first);
}

} // namespace troupe::http::detail
