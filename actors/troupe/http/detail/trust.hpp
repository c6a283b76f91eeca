#pragma once

#include "troupe/msg/error.hpp"

#include <openssl/types.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace troupe::http::detail {

/// The certificates that a session trusts. They are read once, when TLS is
/// first wanted, on a thread of their own: the system's take some 40 ms, for
/// which no transfer should stand still.
///
/// Threads: any.
class trust {
public:
  /// @param file Empty stands for libcurl's.
  explicit trust(std::string file);
  /// Breaks off the reading, so that nobody waits for the rest of the file.
  ~trust();
  trust(const trust&) = delete;
  trust& operator=(const trust&) = delete;

  /// Has them read.
  ///
  /// @return Whether they have been; if not, `then` is called once they have.
  bool load(std::function<void()> then);

  /// Lets TLS connections use them, if need be after they were read.
  ///
  /// Fails: `tls_error` when there are none.
  error give(SSL_CTX* context);

private:
  void run();
  void read();
  /// Adds the certificates of the file to the store, one after the other.
  bool read_file();

  const std::string file_;
  std::once_flag once_;
  std::unique_ptr<X509_STORE, void (*)(X509_STORE*)> store_;
  std::atomic<bool> loaded_{false};
  std::atomic<bool> abandoned_{false};
  std::mutex mutex_;
  std::vector<std::function<void()>> waiting_;
  std::thread thread_;
};

} // namespace troupe::http::detail
