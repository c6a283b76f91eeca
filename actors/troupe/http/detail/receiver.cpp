#include "troupe/http/detail/receiver.hpp"

#include "troupe/http/detail/curl_errors.hpp"
#include "troupe/http/detail/redirect.hpp"
#include "troupe/http/detail/request.hpp"
#include "troupe/http/file_name.hpp"
#include "troupe/http/url.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace troupe::http::detail {

namespace {

constexpr std::size_t large_piece = 256 << 10;
constexpr std::uint64_t large_body = 1 << 20;
constexpr std::uint64_t default_memory_limit = 64 << 20;
constexpr std::size_t most_header_bytes = 256 << 10;
constexpr std::size_t most_unwanted_bytes = 64 << 10;
constexpr curl_off_t longest_retry_after = 1'000'000'000; // seconds

/// Whether the body of an answer is what was asked for.
bool wants(const v1::Download& request, long status) {
  return request.has_memory() || (status >= 200 && status < 300);
}

} // namespace

receiver::receiver(transfer what, CURL* easy, const session_options& options,
                   file_store& files, outbox& out)
  : what_(std::move(what)), easy_(easy), options_(&options), files_(&files),
    out_(&out) {
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, text_.data());
}

receiver::~receiver() {
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, nullptr);
}

std::uint64_t receiver::total_bytes() const {
  auto length = info<curl_off_t>(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
  return length < 0 ? 0 : static_cast<std::uint64_t>(length);
}

bool receiver::take_header(std::string_view lines) {
  header_bytes_ += lines.size();
  if (header_bytes_ > most_header_bytes) {
    fail({errc::protocol_error, "the server's headers do not end"});
    return false;
  }
  while (!lines.empty()) {
    auto size = std::min(lines.find('\n'), lines.size() - 1) + 1;
    take_line(lines.substr(0, size));
    lines.remove_prefix(size);
  }
  return true;
}

void receiver::take_line(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
    line.remove_suffix(1);
  head_is_whole_ = line.empty();
  if (line.starts_with("HTTP/")) { // another answer: after "100 Continue", say
    disposition_.clear();
    location_.clear();
    headers_.clear();
    chunked_ = false;
  } else if (auto suggested = value_of(line, "Content-Disposition")) {
    disposition_ = *suggested;
  } else if (auto place = value_of(line, "Location");
             place && location_.empty()) {
    location_ = place->substr(0, place->find_last_not_of(" \t") + 1);
  } else if (auto coding = value_of(line, "Transfer-Encoding")) {
    chunked_ = coding->find("chunked") != std::string_view::npos;
  }
  if (auto colon = line.find(':');
      request().has_memory() && colon != std::string_view::npos) {
    v1::HttpHeader header;
    header.set_name(std::string{line.substr(0, colon)});
    header.set_value(std::string{*value_of(line, line.substr(0, colon))});
    headers_.push_back(std::move(header));
  }
}

v1::ChecksumAlgorithm receiver::algorithm() const {
  return request().has_checksum() ? request().checksum().algorithm()
                                  : request().compute();
}

bool receiver::begin_body() {
  if (std::exchange(body_began_, true))
    return true;
  auto status = info<long>(easy_, CURLINFO_RESPONSE_CODE);
  wants_body_ = wants(request(), status) && !is_followed(status);
  if (!wants_body_)
    return true;
  if (status == 206 && !request().has_memory()
      && !asks_for_part(request(), *options_)) {
    fail(
      {errc::protocol_error, "the server sent a part, which nobody asked for"});
    return false;
  }
  if (request().has_file())
    return begin_file();
  checksum_ = digest{algorithm()};
  return true;
}

bool receiver::begin_file() {
  if (!what_.file) {
    auto name = request().file().name();
    if (name.empty() && !disposition_.empty())
      name = name_from_disposition("attachment; " + disposition_);
    if (name.empty())
      name = name_from_url(info<char*>(easy_, CURLINFO_EFFECTIVE_URL));
    auto file = files_->take(request().file().folder(), name, algorithm());
    if (!file) {
      fail(file.error());
      return false;
    }
    what_.file = *file;
  }
  return true;
}

receiver::taken receiver::take_body(std::string_view piece,
                                    const std::function<void()>& when_room) {
  if (!wants_body_) {
    // Read to its end if that is near: the connection is of use then.
    unwanted_bytes_ += piece.size();
    return unwanted_bytes_ <= most_unwanted_bytes ? taken::yes : taken::refused;
  }
  if (what_.file) {
    if (file_store::broken(*what_.file))
      return taken::refused; // the file tells why
    if (!files_->has_room(*what_.file, when_room))
      return taken::no_room;
  }
  bytes_ += piece.size();
  if (request().has_memory()) {
    auto limit = request().memory().limit_bytes();
    if (limit == 0)
      limit = default_memory_limit;
    if (bytes_ > limit) {
      fail({errc::too_large,
            "the body is longer than " + std::to_string(limit) + " bytes"});
      return taken::refused;
    }
  }
  if (what_.file || request().has_memory())
    piece_.append(piece);
  if (bytes_ > large_body)
    piece_size_ = large_piece;
  if (!what_.file)
    checksum_.update(piece.data(), piece.size());
  else if (piece_.size() >= piece_size_)
    files_->append(what_.file, std::exchange(piece_, {}));
  return taken::yes;
}

std::shared_ptr<transfer_report> receiver::end(CURLcode code) {
  if (code == CURLE_OK && !begin_body())
    code = CURLE_WRITE_ERROR;
  auto report = std::make_shared<transfer_report>();
  auto& failed = report->failed;
  auto& result = report->result;
  auto status = info<long>(easy_, CURLINFO_RESPONSE_CODE);
  failed.http_status = static_cast<std::uint32_t>(status);
  failed.retry_after = std::chrono::seconds{std::clamp<curl_off_t>(
    info<curl_off_t>(easy_, CURLINFO_RETRY_AFTER), 0, longest_retry_after)};
  result.set_url(request().url());
  if (const auto* url = info<char*>(easy_, CURLINFO_EFFECTIVE_URL))
    result.set_effective_url(url);
  if (const auto* type = info<char*>(easy_, CURLINFO_CONTENT_TYPE))
    result.set_content_type(type);
  result.set_http_status(failed.http_status);
  result.set_bytes(bytes_);
  for (auto& header : headers_)
    *result.add_headers() = std::move(header);
  result.set_length_unverified(
    code == CURLE_OK && !chunked_ && status != 204
    && info<long>(easy_, CURLINFO_HTTP_VERSION) <= CURL_HTTP_VERSION_1_1
    && info<curl_off_t>(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T) < 0);
  // Its head says all; what becomes of the rest of the answer does not matter.
  if (is_followed(status) && (head_is_whole_ || body_began_)
      && failure_.code() != errc::cancelled) {
    follow(*report);
    return report;
  }
  set_failure(failed, code, status);
  if (request().has_checksum() || request().compute())
    result.mutable_checksum()->set_algorithm(algorithm());
  if (request().has_memory()
      && (!failed.why || failed.why.code() == errc::http_status))
    result.set_body(std::move(piece_));
  if (!request().has_file() && result.has_checksum())
    check(*report);
  return report;
}

void receiver::set_failure(failed_try& failed, CURLcode code, long status) {
  auto ended_well = !failure_ && code == CURLE_OK;
  if (is_refused(status) || (ended_well && is_transient(failed.http_status))) {
    failed.why = {errc::http_status,
                  "the server answered " + std::to_string(status)};
  } else if (failure_) {
    failed.why = failure_;
    failed.transient = failure_.code() == errc::timed_out;
  } else if (code != CURLE_OK) {
    auto meaning = meaning_of(code);
    // What we asked for was in order; where it led to was not.
    if (meaning.code == errc::invalid_argument && status != 0)
      meaning.code = errc::protocol_error;
    // A wrong proxy is named as it was given.
    failed.why = {
      meaning.code,
      without_credentials(text_[0] ? text_.data() : curl_easy_strerror(code))};
    failed.transient = meaning.transient;
    failed.http_status = 0; // the connection failed, whatever was said first
  }
}

/// Whether the newest answer is a redirect, and those are followed.
bool receiver::is_followed(long status) const {
  return what_.max_redirects > 0 && !location_.empty() && is_redirect(status);
}

void receiver::follow(transfer_report& report) {
  auto target = redirect_target(what_.where.url, location_);
  if (!target)
    report.failed.why = target.error();
  else if (what_.where.redirects >= what_.max_redirects)
    report.failed.why = {
      errc::protocol_error,
      "too many redirects: the limit is " + std::to_string(what_.max_redirects)
        + ", and the next leads to \"" + without_credentials(*target) + '"'};
  else
    report.redirect = std::move(*target);
}

/// Whether the answer's head says why there is no body of use: what becomes of
/// the rest of the answer does not matter then.
bool receiver::is_refused(long status) const {
  return failure_.code() != errc::cancelled && !wants(request(), status)
         && (body_began_ || (head_is_whole_ && status >= 400));
}

void receiver::check(transfer_report& report) {
  auto& result = report.result;
  result.mutable_checksum()->set_hex(checksum_.finish());
  if (report.failed.why || !request().has_checksum()
      || request().checksum().hex() == result.checksum().hex())
    return;
  result.clear_body();
  report.failed.why = {errc::checksum_mismatch,
                       std::string{to_string(algorithm())} + " is "
                         + result.checksum().hex() + ", not "
                         + request().checksum().hex()};
}

void receiver::deliver(std::shared_ptr<transfer_report> report) {
  // Whoever hears of the end has the file's name to give: nobody else may hold
  // it by then.
  auto file = std::exchange(what_.file, nullptr);
  report->file = file;
  if (!file || !report->redirect.empty()) { // then nothing was written yet
    out_->add(what_.client, transfer_ended{what_.id, std::move(report)});
    return;
  }
  file_store::stop_waiting(*file);
  const auto& why = report->failed.why;
  auto broken = file_store::broken(*file) && why.code() != errc::cancelled;
  if (why && !broken) {
    files_->discard(std::move(file),
                    [box = out_, report, id = what_.id, client = what_.client] {
                      box->add(client, transfer_ended{id, report});
                    });
    return;
  }
  files_->finish(std::move(file), std::move(piece_), request().checksum().hex(),
                 [box = out_, report, id = what_.id,
                  client = what_.client](const finished_file& done) {
                   auto& result = report->result;
                   report->failed.why = done.why;
                   report->failed.transient = false;
                   if (!done.why)
                     result.set_path(done.path);
                   if (result.has_checksum())
                     result.mutable_checksum()->set_hex(done.checksum);
                   box->add(client, transfer_ended{id, report});
                 });
}

} // namespace troupe::http::detail
