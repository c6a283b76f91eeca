#pragma once

#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace troupe::detail {
class runtime;
} // namespace troupe::detail

namespace troupe::io::detail {

class operation_core;

/// The context of an `io::loop`, and the operations that tasks await on it.
///
/// Tasks may own sockets and timers of the context when the loop is destroyed.
/// So the context itself stays until the tasks of every system that used it
/// have ended; only nothing happens on it any more.
///
/// Threads: any.
class loop_state : public std::enable_shared_from_this<loop_state> {
public:
  loop_state();
  loop_state(const loop_state&) = delete;
  loop_state& operator=(const loop_state&) = delete;
  ~loop_state();

  /// The loop that a context is of, or null for other contexts.
  [[nodiscard]] static std::shared_ptr<loop_state>
  of(asio::execution_context& context);

  [[nodiscard]] asio::io_context& context() noexcept { return context_; }

  /// Runs the context until it is stopped. An exception that leaves a handler
  /// is logged.
  void run();

  /// Notes an operation, and the system whose task awaits it.
  ///
  /// @return False once the loop is closed: then it is not noted.
  bool add(operation_core& one,
           const std::shared_ptr<troupe::detail::runtime>& user);
  void remove(operation_core& one) noexcept;

  /// Fails what is awaited, now and from now on.
  ///
  /// @pre Nobody runs the context any more.
  void close();

private:
  void note(const std::shared_ptr<troupe::detail::runtime>& user);

  asio::io_context context_;
  std::mutex mutex_;
  bool closed_ = false;
  operation_core* first_ = nullptr;
  std::vector<std::weak_ptr<troupe::detail::runtime>> users_;
};

} // namespace troupe::io::detail
