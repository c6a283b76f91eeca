#pragma once

#include "troupe/http/session_options.hpp"
#include "troupe/task.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caf {
class actor_system;
} // namespace caf

namespace troupe::http {

class local_session;

/// A header of a request or an answer.
using header = std::pair<std::string, std::string>;

/// What came back.
class response {
public:
  std::uint32_t status = 0;
  /// Where redirects led.
  std::string url;
  std::string content_type;
  std::vector<header> headers;
  std::string body;
  /// Tries that it took.
  std::uint32_t attempts = 0;
  /// Redirects that the last one followed.
  std::uint32_t redirects = 0;
  /// What it took from its first try on, with redirects and the waits between
  /// tries. The time in the session's queue, or paused on the network, does not
  /// count.
  std::chrono::milliseconds elapsed{};

  [[nodiscard]] const std::string& text() const& noexcept { return body; }
  [[nodiscard]] std::string text() && noexcept { return std::move(body); }

  [[nodiscard]] bool ok() const noexcept {
    return status >= 200 && status < 300;
  }

  /// Fails: throws `failure` (`http_status`) unless `ok`.
  response& ensure_ok() &;
  response ensure_ok() &&;

  /// The value of the first header of that name, whatever its case; empty if
  /// there is none.
  [[nodiscard]] std::string_view get(std::string_view name) const noexcept;
};

/// A file that was downloaded.
class saved_file {
public:
  std::string path;
  std::uint64_t bytes = 0;
  std::uint32_t status = 0;
  std::string url;
  std::uint32_t redirects = 0;
  /// Of what was promised, in hexadecimal digits.
  std::string checksum;
  /// It had the right checksum already; nothing was transferred.
  bool skipped = false;
};

/// What one request has of its own. Setters chain.
class request_options {
public:
  request_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// A header, "Name: value". May be called repeatedly.
  request_options& header(std::string name, std::string value) {
    headers_.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  /// A longer body fails with `too_large`. Default: 64 MiB in memory.
  request_options& limit(std::uint64_t bytes) {
    limit_ = bytes;
    return *this;
  }
  /// Tries after the first. Default: the session's.
  request_options& retries(std::uint32_t x) {
    retries_ = x;
    has_retries_ = true;
    return *this;
  }
  /// Most redirects to follow; 0 for none. Default: the session's.
  request_options& max_redirects(std::uint32_t x) {
    max_redirects_ = x;
    return *this;
  }
  /// What the body must be, "sha256:9f86d0…"; also sha512 and md5.
  request_options& checksum(std::string x) {
    checksum_ = std::move(x);
    return *this;
  }

  [[nodiscard]] const std::vector<http::header>& headers() const {
    return headers_;
  }
  [[nodiscard]] std::uint64_t limit() const { return limit_; }
  [[nodiscard]] bool has_retries() const { return has_retries_; }
  [[nodiscard]] std::uint32_t retries() const { return retries_; }
  [[nodiscard]] std::optional<std::uint32_t> max_redirects() const {
    return max_redirects_;
  }
  [[nodiscard]] const std::string& checksum() const { return checksum_; }

private:
  std::vector<http::header> headers_;
  std::uint64_t limit_ = 0;
  std::uint32_t retries_ = 0;
  bool has_retries_ = false;
  std::optional<std::uint32_t> max_redirects_;
  std::string checksum_;
};

/// Downloads over HTTP and HTTPS; its connections, limits and retries are
/// shared by all that it downloads. Cheap to copy: all copies mean the same
/// session.
///
///     http::session http;
///     auto page = co_await http.get(url);
///     std::puts(page.ensure_ok().text().c_str());
///
/// Redirects are followed, to http and https only: 300, 301, 302, 303, 307 and
/// 308 with a Location. Each counts under the session's limits as a transfer of
/// the host that it leads to. Once one has led to another scheme, name or port,
/// the headers Authorization, Cookie, Host and Proxy-Authorization, and the
/// user name and password in the URL stay behind for good.
///
/// Threads: from any task of its system.
// NOLINTNEXTLINE(cppcoreguidelines-special-member-functions): see its copies
class session {
public:
  /// Inside a task.
  ///
  /// Fails: throws `failure`: `no_running_system` outside of any task,
  ///        `invalid_argument` when an option is wrong.
  explicit session(const session_options& options = session_options{});
  explicit session(caf::actor_system& system,
                   const session_options& options = session_options{});

  // One that is moved from is still the same session.
  session(const session&) = default;
  session& operator=(const session&) = default;
  ~session() = default;

  /// Gets something into memory. Any status is an answer: see `ensure_ok`; also
  /// that of a redirect where none is to be followed.
  ///
  /// Fails:  throws `failure`: `invalid_argument` for a URL that is none;
  ///         `unavailable`, `timed_out`, `protocol_error`, `tls_error` for the
  ///         connection; `protocol_error` for more redirects than allowed, and
  ///         for one that leads to no URL of http or https; `too_large`;
  ///         `checksum_mismatch`.
  /// Cancel: at any time. A task that is paused stops reading.
  [[nodiscard]] task<response>
  get(std::string url,
      const request_options& options = request_options{}) const;

  /// Gets something into a file, which has its name only once it is whole.
  ///
  /// @param folder Exists; nothing is written outside of it.
  /// @param name Relative to it; empty takes the server's, else the URL's.
  /// Fails:  as `get`, and `http_status` for an answer that is no success;
  ///         `file_error`; `busy` for a file that another download writes.
  /// Cancel: at any time; nothing remains of the file.
  [[nodiscard]] task<saved_file>
  save(std::string url, std::string folder, std::string name = {},
       const request_options& options = request_options{}) const;

private:
  std::shared_ptr<local_session> session_;
};

} // namespace troupe::http
