#pragma once

#include "support/fd.hpp"
#include "support/gate.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::test {

/// A request as a scripted server has read it.
struct http_request {
  std::string method;
  std::string target; ///< As sent, with its query.
  std::string version;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::size_t number = 0;     ///< Counts the requests to this path, from 1.
  std::size_t connection = 0; ///< Counts the server's connections, from 1.

  /// Returns the target without its query.
  std::string path() const;

  /// Returns the first value of a header, in any case; empty without one.
  std::string header(std::string_view name) const;

  bool has_header(std::string_view name) const;

  /// Tells whether the client expects to send another request.
  bool keeps_alive() const;
};

/// The server's end of one connection, as a handler drives it.
///
/// Whatever waits throws `ended` when the server stops or the client goes
/// away; the server catches it, so that handlers need not ask.
/// Threads: from the handler only.
class connection {
public:
  /// Leaves the handler of a connection that is of no more use.
  struct ended {};

  connection(unique_fd socket, int stop_fd, std::size_t number);

  /// Sends bytes as they are, waiting while the client does not read.
  void send(std::string_view bytes);

  /// Sends bytes one at a time, with a pause after each.
  void drip(std::string_view bytes, std::chrono::milliseconds interval);

  /// Lets time pass, as a slow server does.
  void pause(std::chrono::milliseconds time);

  /// Waits until the test opens the gate.
  void wait(const gate& opened);

  /// Waits until the client closes its end.
  ///
  /// @return False once `limit` has passed.
  bool wait_closed(std::chrono::milliseconds limit = patience);

  /// Keeps the connection open until the client closes it or the server ends.
  void hold();

  /// Closes the direction to the client only (FIN).
  void half_close();

  /// Closes the connection in an orderly way (FIN).
  void close();

  /// Closes the connection with a reset (RST); bytes on their way are lost.
  void reset();

  /// Reads the next request, with a body if it has a Content-Length.
  ///
  /// Called by the server. Fails: throws `ended` also for one that is not
  /// HTTP or has a head of over 1 MiB.
  void read_request();

  bool is_open() const { return static_cast<bool>(socket_); }

  /// The request to answer; empty in a handler of `on_connect`.
  const http_request& request() const { return request_; }

  /// Sets the request's number. Called by the server.
  void set_number(std::size_t number) { request_.number = number; }

private:
  bool wait_for(short events, int other_fd, deadline end);
  bool read_some();

  unique_fd socket_;
  int stop_fd_;
  std::size_t number_;
  std::string received_;
  http_request request_;
};

} // namespace troupe::test
