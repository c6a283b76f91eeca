#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <memory>
#include <thread>

namespace troupe::io {

namespace detail {
class loop_state;
} // namespace detail

/// A thread that runs an Asio context, for the sockets, timers and signals of a
/// program's tasks.
///
///     io::loop loop;
///     asio::ip::tcp::socket socket{loop.context()};
///     co_await socket.async_connect(where, use_await);
///
/// One is enough for a program; it may stand in `main` or in a task. A handler
/// of one's own that throws is logged as an error, and the loop goes on.
///
/// Threads: any.
class loop {
public:
  loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;
  /// Ends the thread. What tasks await on the context, and whatever they begin
  /// to await on it later, fails: `failure` (`closed`), or the cancel, if
  /// they had been cancelled. They may destroy what they have of the context
  /// later: its memory and its three descriptors go when the tasks of their
  /// system have ended.
  ~loop();

  [[nodiscard]] asio::io_context& context() noexcept { return context_; }

private:
  std::shared_ptr<detail::loop_state> state_;
  asio::io_context& context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

} // namespace troupe::io
