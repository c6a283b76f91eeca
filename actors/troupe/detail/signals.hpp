#pragma once

#include <array>
#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace troupe::detail {

class runtime;
class task_block;

/// Takes signals while it exists, and handles them in a thread of its own,
/// where everything is allowed.
///
/// It sets handlers of the process and blocks no signal, so that it does not
/// matter when other threads were made, and children of the process get signals
/// as they would without it.
class signals {
public:
  signals();
  signals(const signals&) = delete;
  signals& operator=(const signals&) = delete;
  /// Signals have the effect that they had before.
  ~signals();

  /// Calls `handle` in that thread whenever the signal comes. Before `start`.
  ///
  /// Fails: throws `failure` (`invalid_argument`) for a signal that cannot be
  ///        taken, or is taken already.
  void on(int signal, std::function<void()> handle);

  /// Fails: throws `failure` (`invalid_argument`) for one that is taken.
  void check_free(int signal) const;

  /// The same for one that asks the program to end: the second one of all ends
  /// the process at once, with 130.
  void on_interrupt(int signal, std::function<void()> handle);

  void start();

  /// From now on the next interrupt ends the process at once.
  void expect_end() noexcept;

private:
  struct taken {
    int signal;
    std::function<void()> handle;
    struct sigaction before;
    int fd_before;
  };

  void take(int signal, std::function<void()> handle,
            void (*handler)(int signal));
  static void call(const taken& x);
  void run();

  std::vector<taken> taken_;
  bool takes_interrupts_ = false;
  std::array<int, 2> pipe_{-1, -1};
  std::thread thread_;
};

} // namespace troupe::detail
