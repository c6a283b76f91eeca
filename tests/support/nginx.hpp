#pragma once

#include "support/fd.hpp"
#include "support/temp_dir.hpp"
#include "support/test_ca.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::test {

class process;

/// How nginx serves.
struct nginx_options {
  /// Worker processes; 1 by default.
  unsigned workers = 1;

  /// Serves TLS too, with this certificate; off by default.
  std::optional<certificate> identity;

  /// Whether TLS clients may choose HTTP/2.
  bool offers_http2 = true;

  /// Whether requests are logged; off by default.
  bool logs_access = false;

  /// The rate under /slow/, in nginx's notation of bytes a second.
  std::string slow_rate = "64k";

  /// Whether the files are in memory; on by default.
  bool in_memory = true;

  nginx_options& worker_processes(unsigned value) {
    workers = value;
    return *this;
  }
  nginx_options& tls(certificate value) {
    identity = std::move(value);
    return *this;
  }
  nginx_options& http2(bool value) {
    offers_http2 = value;
    return *this;
  }
  nginx_options& access_log(bool value) {
    logs_access = value;
    return *this;
  }
  nginx_options& limit_rate(std::string value) {
    slow_rate = std::move(value);
    return *this;
  }
  nginx_options& memory(bool value) {
    in_memory = value;
    return *this;
  }
};

/// A running nginx on 127.0.0.1 that serves a folder of its own.
///
/// | location       | answers                                            |
/// |----------------|----------------------------------------------------|
/// | /…             | the file under the root                            |
/// | /slow/…        | the same file, at a limited rate                   |
/// | /gzip/…        | the same file, compressed for those who accept it  |
/// | /redirect/…    | 302 to the same file                               |
/// | /loop          | 302 to itself                                      |
/// | /to-plain/…    | 302 to the same file without TLS                   |
/// | /to-tls/…      | 302 to the same file with TLS                      |
/// | /status/<code> | that code: 204, 400, 401, 403, 404, 410, 416, 429, |
/// |                | 500, 502, 503, 504; Retry-After: 1 for 429 and 503 |
class nginx {
public:
  /// Starts nginx, from /usr/sbin or else PATH, and waits until it answers.
  ///
  /// Fails: throws std::runtime_error with nginx's messages.
  explicit nginx(const nginx_options& options = {});
  nginx(const nginx&) = delete;
  nginx& operator=(const nginx&) = delete;
  nginx(nginx&&) = delete;
  nginx& operator=(nginx&&) = delete;
  ~nginx();

  /// Waits until `count` requests are in the access log.
  ///
  /// @return False once `limit` has passed.
  bool wait_for_log(std::size_t count,
                    std::chrono::milliseconds limit = patience) const;

  /// Returns the URL of a target, which begins with a slash.
  std::string url(std::string_view target = "/") const;

  /// As `url`, with https and the host name localhost.
  std::string tls_url(std::string_view target = "/") const;

  std::uint16_t port() const { return port_; }

  /// The port with TLS, 0 without.
  std::uint16_t tls_port() const { return tls_port_; }

  /// The folder that is served.
  std::filesystem::path root() const { return folder_ / "root"; }

  /// Writes a file to serve as `/name`.
  std::filesystem::path add_file(const std::filesystem::path& name,
                                 std::string_view bytes) const;

  /// Returns the lines of the access log so far: method, target, protocol,
  /// status, bytes of body, "Range", number of the connection.
  std::vector<std::string> log() const;

  /// Returns nginx's messages so far.
  std::string error_log() const;

private:
  temp_dir folder_;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
  std::unique_ptr<process> process_;
};

} // namespace troupe::test
