#pragma once

#include "troupe/core/time.hpp"

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <curl/curl.h>

#include <functional>
#include <vector>

namespace troupe::http::detail {

/// Runs libcurl's transfers on an Asio loop.
///
/// libcurl's sockets live in an epoll set of their own, whose descriptor is the
/// only one that Asio sees: an Asio descriptor for each socket costs a quarter
/// more processor time.
///
/// libcurl must not be called from its own callbacks: they only set flags, and
/// `settle` is to be called after everything that was done from outside.
///
/// Threads: the loop's.
class multi {
public:
  /// @param done Told of each transfer that ended, with its handle already
  ///             removed.
  /// @param settled Called at the end of each `settle`.
  multi(asio::io_context& loop, std::function<void(CURL*, CURLcode)> done,
        std::function<void()> settled);
  ~multi();
  multi(const multi&) = delete;
  multi& operator=(const multi&) = delete;

  /// Lets a handle's sockets be closed here; once for each handle.
  void adopt(CURL* easy);

  void add(CURL* easy);
  void remove(CURL* easy);

  /// How many connections are kept open for the next transfers.
  void keep_connections(std::size_t count);

  /// Tells of the transfers that ended, and does what libcurl wants done now.
  void settle();

  /// Waits for sockets until `stop`.
  void watch();
  void stop();

private:
  /// What epoll tells of a socket, in its flags; 0 is nothing.
  struct watched {
    unsigned wanted = 0; // by libcurl
    unsigned set = 0;    // in the kernel
  };

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self,
                       void* socket_data);
  static int on_timer(CURLM* handle, long ms, void* self);
  static int on_close(void* self, curl_socket_t socket);
  void set_events(int socket, unsigned events);
  void dispatch();
  void arm();
  void act(int socket, int events);

  std::function<void(CURL*, CURLcode)> done_;
  std::function<void()> settled_;
  CURLM* multi_;
  int epoll_;
  asio::posix::stream_descriptor epoll_descriptor_;
  std::vector<watched> watched_; // by socket
  asio::steady_timer timer_;
  time_point due_ = never;
  time_point armed_ = never;
  bool due_now_ = false;
};

} // namespace troupe::http::detail
