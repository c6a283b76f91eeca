#include "troupe/http/session.hpp"

#include "troupe/detail/run_child.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/http/digest.hpp"
#include "troupe/http/session_actor.hpp"
#include "troupe/msg/failure.hpp"

#include "troupe/v1/download.pb.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace troupe::http {

namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) {
                      return std::tolower(x) == std::tolower(y);
                    });
}

v1::Download request(std::string url, const request_options& options) {
  v1::Download result;
  result.set_url(std::move(url));
  for (const auto& [name, value] : options.headers()) {
    auto* header = result.add_headers();
    header->set_name(name);
    header->set_value(value);
  }
  if (!options.checksum().empty())
    *result.mutable_checksum() = parse_checksum(options.checksum()).value();
  if (options.has_retries())
    result.set_retries(options.retries());
  if (options.max_redirects())
    result.set_max_redirects(*options.max_redirects());
  return result;
}

task<v1::DownloadResult> transfer(local_session session, v1::Download what) {
  auto value =
    co_await troupe::detail::run_child(session.child(std::move(what)));
  auto result = value.as<v1::DownloadResult>().value();
  if (result.has_error())
    throw failure{from_proto(result.error())};
  co_return result;
}

task<response> get_with(local_session session, v1::Download what) {
  auto result = co_await transfer(std::move(session), std::move(what));
  response answer;
  answer.status = result.http_status();
  answer.url = result.effective_url();
  answer.content_type = result.content_type();
  for (const auto& header : result.headers())
    answer.headers.emplace_back(header.name(), header.value());
  answer.body = std::move(*result.mutable_body());
  answer.attempts = result.attempts();
  answer.redirects = result.redirects();
  answer.elapsed = std::chrono::milliseconds{result.elapsed_ms()};
  co_return answer;
}

task<saved_file> save_with(local_session session, v1::Download what) {
  auto result = co_await transfer(std::move(session), std::move(what));
  saved_file file;
  file.path = result.path();
  file.bytes = result.bytes();
  file.status = result.http_status();
  file.url = result.effective_url();
  file.redirects = result.redirects();
  file.checksum = result.checksum().hex();
  file.skipped = result.skipped();
  co_return file;
}

} // namespace

// -- response -----------------------------------------------------------------

response& response::ensure_ok() & {
  if (!ok())
    throw failure{
      {errc::http_status, url + " answered " + std::to_string(status)}};
  return *this;
}

response response::ensure_ok() && {
  ensure_ok();
  return std::move(*this);
}

std::string_view response::get(std::string_view name) const noexcept {
  for (const auto& [known, value] : headers)
    if (equal_ignoring_case(known, name))
      return value;
  return {};
}

// -- session ------------------------------------------------------------------

session::session(const session_options& options)
  : session(troupe::detail::runtime::current()->system(), options) {}

session::session(caf::actor_system& system, const session_options& options)
  : session_(std::make_shared<local_session>(spawn_session(system, options))) {}

task<response> session::get(std::string url,
                            const request_options& options) const {
  auto what = request(std::move(url), options);
  what.mutable_memory()->set_limit_bytes(options.limit());
  return get_with(*session_, std::move(what));
}

task<saved_file> session::save(std::string url, std::string folder,
                               std::string name,
                               const request_options& options) const {
  auto what = request(std::move(url), options);
  what.mutable_file()->set_folder(std::move(folder));
  what.mutable_file()->set_name(std::move(name));
  return save_with(*session_, std::move(what));
}

} // namespace troupe::http
