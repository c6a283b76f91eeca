#pragma once

#include <atomic>
#include <thread>

namespace troupe::cli {

/// Takes the signals that end or suspend the command on a thread of its own, so
/// that they are heard whatever the other threads wait for.
///
/// The first SIGINT, SIGTERM, SIGQUIT or SIGHUP asks for an end; the second
/// one, SIGHUP aside, gives the terminal back and exits at once, with 130.
///
/// Threads: any.
class signals {
public:
  /// Has to be called before any thread starts: all must leave them alone.
  static void block();

  signals();
  ~signals();
  signals(const signals&) = delete;
  signals& operator=(const signals&) = delete;

  /// Becomes readable when something is asked for.
  [[nodiscard]] int fd() const noexcept { return wake_; }

  struct wishes {
    bool stop;
    bool suspend;
  };
  /// What was asked for since the last call.
  wishes take();

  /// Does what a signal to end does.
  void ask_to_stop();

private:
  void run();

  int wake_;
  std::atomic<int> stops_{0};
  std::atomic<bool> stop_{false};
  std::atomic<bool> suspend_{false};
  std::atomic<bool> done_{false};
  std::thread thread_;
};

} // namespace troupe::cli
