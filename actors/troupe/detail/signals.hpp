#pragma once

#include <atomic>
#include <csignal>
#include <memory>
#include <optional>
#include <thread>

namespace troupe::detail {

class runtime;
class task_block;

/// Takes SIGINT and SIGUSR1 in a thread of its own, while it exists: SIGINT
/// cancels a task, and the second one ends the process; SIGUSR1 prints all
/// tasks.
///
/// Made before other threads, which inherit that the signals are blocked.
class signals {
public:
  signals();
  signals(const signals&) = delete;
  signals& operator=(const signals&) = delete;
  ~signals();

  void start(std::weak_ptr<runtime> system, std::weak_ptr<task_block> main);

private:
  sigset_t taken_{};
  sigset_t before_{};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

} // namespace troupe::detail
