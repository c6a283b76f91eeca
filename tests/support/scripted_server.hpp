#pragma once

#include "support/connection.hpp"
#include "support/fd.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::test {

/// An HTTP/1 server on 127.0.0.1 that answers what the test scripts, byte by
/// byte.
///
/// ```cpp
/// scripted_server server;
/// server.on("/short", [](connection& c) {
///   c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
///   c.send(std::string(500, 'y'));
///   c.close();
/// });
/// ```
/// A connection stays open after its handler unless that closed it or the
/// client asked for that. Each has a thread; the destructor interrupts and
/// joins them all.
/// Threads: from any.
class scripted_server {
public:
  /// Answers one request. Runs in the connection's thread; must not throw
  /// anything but `connection::ended`.
  using handler = std::function<void(connection&)>;

  scripted_server();
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;
  scripted_server(scripted_server&&) = delete;
  scripted_server& operator=(scripted_server&&) = delete;
  ~scripted_server();

  /// Sets who answers requests to a path, given without a query.
  scripted_server& on(std::string path, handler answer);

  /// Sets who answers requests to all other paths; 404 by default.
  scripted_server& on_other(handler answer);

  /// Sets who sees a new connection before its first request is read.
  scripted_server& on_connect(handler greet);

  /// Waits until `count` requests have been read.
  ///
  /// @return False once `limit` has passed.
  bool wait_for_requests(std::size_t count,
                         std::chrono::milliseconds limit = patience) const;

  /// Waits until `count` requests to the path have been read.
  bool wait_for_requests(std::string_view path, std::size_t count,
                         std::chrono::milliseconds limit = patience) const;

  /// Waits until exactly `count` connections are open.
  ///
  /// @return False once `limit` has passed.
  bool
  wait_for_open_connections(std::size_t count,
                            std::chrono::milliseconds limit = patience) const;

  std::uint16_t port() const;

  /// Returns the URL of a target, which begins with a slash.
  std::string url(std::string_view target = "/") const;

  /// Returns all requests read so far, in that order.
  std::vector<http_request> requests() const;

  /// Returns the requests to a path.
  std::vector<http_request> requests(std::string_view path) const;

  /// Connections that neither the client nor a handler has closed.
  std::size_t open_connections() const;

  /// The most connections open at once.
  std::size_t most_connections() const;

  /// Connections accepted so far.
  std::size_t all_connections() const;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

/// Header fields, in the order sent.
using header_list = std::vector<std::pair<std::string, std::string>>;

/// Returns the bytes of a complete HTTP/1.1 answer, with a Content-Length.
std::string http_response(int status, std::string_view body,
                          const header_list& headers = {});

/// Makes a handler that gives this answer (a HEAD request gets no body).
scripted_server::handler respond(int status, std::string body,
                                 header_list headers = {});

} // namespace troupe::test
