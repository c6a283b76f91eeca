#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace troupe::detail {

/// Threads for work that blocks, started as they are needed.
///
/// A thread that waits for work ends with the pool; one that works ends after
/// that work.
class thread_pool {
public:
  /// @param most How many threads at once; at least 1.
  explicit thread_pool(std::size_t most);
  thread_pool(const thread_pool&) = delete;
  thread_pool& operator=(const thread_pool&) = delete;
  ~thread_pool();

  /// Runs `work`, which must not throw, first come, first served.
  ///
  /// @param name Whose work it is, for people.
  void post(std::function<void()> work, std::string name = {});

  /// Whose work is posted or running.
  [[nodiscard]] std::vector<std::string> busy() const;

  /// Drops what is posted. What is running nobody waits for any more.
  void abandon();

private:
  struct job {
    std::function<void()> work;
    std::string name;
  };
  struct state {
    std::mutex mutex;
    std::condition_variable work;
    std::deque<job> queue;
    std::list<std::string> running; // whose work
    std::size_t most;
    std::size_t threads = 0;
    std::size_t waiting = 0;
    bool closing = false;
  };

  static void run(const std::shared_ptr<state>& pool);

  std::shared_ptr<state> state_;
};

} // namespace troupe::detail
