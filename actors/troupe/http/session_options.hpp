#pragma once

#include "troupe/core/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace troupe::http {

/// How a session downloads. Setters chain.
class session_options {
public:
  session_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// Most transfers at once. Default: 64. Each try of a download and each
  /// redirect that it follows is a transfer; where those have to wait, a
  /// redirect comes before what has not begun.
  session_options& jobs(std::size_t x) { return set(jobs_, x); }
  /// Most transfers at once from one host and port. Default: 16.
  session_options& per_host(std::size_t x) { return set(per_host_, x); }
  /// Most transfers that start in a second at one host and port, evenly,
  /// further tries and redirects included; 0 is unlimited, the default.
  session_options& starts_per_host(std::uint64_t x) {
    return set(starts_per_host_, x);
  }
  /// Most redirects that a try follows; one more fails with `protocol_error`. 0
  /// follows none: then such an answer is the last one. Default: 20.
  session_options& max_redirects(std::uint32_t x) {
    return set(max_redirects_, x);
  }
  /// Tries after the first. Default: 5.
  session_options& retries(std::uint32_t x) { return set(retries_, x); }
  /// Longest wait before the first retry; doubles for each further one, and
  /// each wait is drawn between zero and it. Default: 500 ms.
  session_options& backoff(duration x) { return set(backoff_, x); }
  /// Longest wait between tries that we choose. Default: 30 s.
  session_options& backoff_limit(duration x) { return set(backoff_limit_, x); }
  /// Longest wait that a server may ask for (Retry-After); past it the download
  /// fails. Default: 120 s.
  session_options& retry_after_limit(duration x) {
    return set(retry_after_limit_, x);
  }
  /// Longest time to connect, TLS included. Default: 30 s.
  session_options& connect_timeout(duration x) {
    return set(connect_timeout_, x);
  }
  /// Longest time of one try, its redirects included; the time in which it is
  /// paused or waits in the queue does not count. Default: forever.
  session_options& timeout(duration x) { return set(timeout_, x); }
  /// A try fails once it was slower than this for `low_speed_time`, in bytes
  /// per second; 0 never. Default: 1.
  session_options& low_speed(std::uint64_t x) { return set(low_speed_, x); }
  /// Default: 60 s.
  session_options& low_speed_time(duration x) {
    return set(low_speed_time_, x);
  }
  /// Bytes per second of all transfers together, which take turns, and use
  /// HTTP/1.1; 0 is unlimited, the default.
  session_options& rate(std::uint64_t x) { return set(rate_, x); }
  /// A header of every request, "Name: value". May be called repeatedly.
  session_options& header(std::string x) {
    headers_.push_back(std::move(x));
    return *this;
  }
  /// A proxy's URL; empty takes it from the environment, the default.
  session_options& proxy(std::string x) { return set(proxy_, std::move(x)); }
  /// A file of certificates to trust, instead of the system's.
  session_options& ca_file(std::string x) {
    return set(ca_file_, std::move(x));
  }
  /// Take user names and passwords from ~/.netrc. Default: false.
  session_options& netrc(bool x) { return set(netrc_, x); }
  /// HTTP/1.1 where the server offers HTTP/2 too. Default: false.
  session_options& http1(bool x) { return set(http1_, x); }
  /// The User-Agent header. Default: "troupe".
  session_options& user_agent(std::string x) {
    return set(user_agent_, std::move(x));
  }
  /// Refuse a file's name for ever once a download of this session wrote it,
  /// not only while another one is writing it. Default: false.
  session_options& unique_targets(bool x) { return set(unique_targets_, x); }
  /// Threads that transfer; 0 stands for one a core, at most 2. With a rate
  /// there is one. Default: 0.
  session_options& loops(std::size_t x) { return set(loops_, x); }

  [[nodiscard]] std::size_t jobs() const { return jobs_; }
  [[nodiscard]] std::size_t per_host() const { return per_host_; }
  [[nodiscard]] std::uint64_t starts_per_host() const {
    return starts_per_host_;
  }
  [[nodiscard]] std::uint32_t max_redirects() const { return max_redirects_; }
  [[nodiscard]] std::uint32_t retries() const { return retries_; }
  [[nodiscard]] duration backoff() const { return backoff_; }
  [[nodiscard]] duration backoff_limit() const { return backoff_limit_; }
  [[nodiscard]] duration retry_after_limit() const {
    return retry_after_limit_;
  }
  [[nodiscard]] duration connect_timeout() const { return connect_timeout_; }
  [[nodiscard]] duration timeout() const { return timeout_; }
  [[nodiscard]] std::uint64_t low_speed() const { return low_speed_; }
  [[nodiscard]] duration low_speed_time() const { return low_speed_time_; }
  [[nodiscard]] std::uint64_t rate() const { return rate_; }
  [[nodiscard]] const std::vector<std::string>& headers() const {
    return headers_;
  }
  [[nodiscard]] const std::string& proxy() const { return proxy_; }
  [[nodiscard]] const std::string& ca_file() const { return ca_file_; }
  [[nodiscard]] bool netrc() const { return netrc_; }
  [[nodiscard]] bool http1() const { return http1_; }
  [[nodiscard]] const std::string& user_agent() const { return user_agent_; }
  [[nodiscard]] bool unique_targets() const { return unique_targets_; }
  [[nodiscard]] std::size_t loops() const { return loops_; }

private:
  template <class T>
  session_options& set(T& option, T value) {
    option = std::move(value);
    return *this;
  }

  std::size_t jobs_ = 64;
  std::size_t per_host_ = 16;
  std::uint64_t starts_per_host_ = 0;
  std::uint32_t max_redirects_ = 20;
  std::uint32_t retries_ = 5;
  duration backoff_ = std::chrono::milliseconds{500};
  duration backoff_limit_ = std::chrono::seconds{30};
  duration retry_after_limit_ = std::chrono::seconds{120};
  duration connect_timeout_ = std::chrono::seconds{30};
  duration timeout_ = forever;
  std::uint64_t low_speed_ = 1;
  duration low_speed_time_ = std::chrono::seconds{60};
  std::uint64_t rate_ = 0;
  std::vector<std::string> headers_;
  std::string proxy_;
  std::string ca_file_;
  bool netrc_ = false;
  bool http1_ = false;
  std::string user_agent_ = "troupe";
  bool unique_targets_ = false;
  std::size_t loops_ = 0;
};

} // namespace troupe::http
