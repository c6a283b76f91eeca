#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <thread>

namespace troupe::io {

/// A thread that runs an Asio context, for the sockets, timers and signals of a
/// program's tasks.
///
///     io::loop loop;
///     asio::ip::tcp::socket socket{loop.context()};
///     co_await socket.async_connect(where, use_await);
///
/// Threads: any. Destroyed after what uses its context, outside of its thread.
class loop {
public:
  loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;
  /// Stops the context: what is awaited on it never ends.
  ~loop();

  [[nodiscard]] asio::io_context& context() noexcept { return context_; }

private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

} // namespace troupe::io
