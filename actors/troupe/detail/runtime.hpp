#pragma once

#include "troupe/detail/fiber.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

namespace caf {
class actor_system;
} // namespace caf

namespace troupe::detail {

class group_state;
class task_block;
class thread_pool;
class timer_service;

/// What the tasks of a CAF system share: its timers, its threads for blocking
/// work, and the list of all tasks. It exists while there are tasks.
///
/// Threads: any.
class runtime : public std::enable_shared_from_this<runtime> {
public:
  /// That of a system, made if there is none.
  [[nodiscard]] static std::shared_ptr<runtime> of(caf::actor_system& system);

  /// That of a system, or null if there is none.
  [[nodiscard]] static std::shared_ptr<runtime>
  find(const caf::actor_system& system);

  /// That of the running task.
  ///
  /// Fails: throws `failure` (`no_running_system`) outside of any task.
  [[nodiscard]] static std::shared_ptr<runtime> current();

  explicit runtime(caf::actor_system& system);
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;
  ~runtime();

  [[nodiscard]] caf::actor_system& system() const noexcept { return system_; }
  [[nodiscard]] time_point now() const;

  // -- tasks ------------------------------------------------------------------

  /// Spawns an actor in which a task starts at once; see `spawn_task`.
  void launch(std::shared_ptr<task_block> task, bool eager = false);

  void add(task_block& task);
  void remove(task_block& task);
  /// Those that have started, the oldest first.
  [[nodiscard]] std::vector<std::shared_ptr<task_block>> tasks() const;
  [[nodiscard]] bool has_tasks() const;

  void add(group_state& group);
  void remove(group_state& group);
  [[nodiscard]] std::vector<std::shared_ptr<group_state>> groups() const;

  /// Cancels all tasks, those that start from now on included.
  void shut_down();
  [[nodiscard]] bool closing() const noexcept { return closing_.load(); }

  // -- timers -----------------------------------------------------------------

  [[nodiscard]] timer_service& timers() const noexcept { return *timers_; }

  // -- threads ----------------------------------------------------------------

  [[nodiscard]] thread_pool& threads() const noexcept { return *threads_; }
  void set_threads(std::size_t most);

  /// Keeps something until the last task has ended.
  void keep(std::shared_ptr<void> what);

private:
  static constexpr std::size_t shards = 16;
  struct alignas(64) shard {
    mutable std::mutex mutex;
    task_block* first = nullptr;
  };

  [[nodiscard]] shard& shard_of(const task_block& task) noexcept;

  caf::actor_system& system_;
  std::unique_ptr<timer_service> timers_;
  std::array<shard, shards> shards_;
  mutable std::mutex groups_mutex_;
  std::unordered_set<group_state*> groups_;
  std::atomic<bool> closing_{false};
  std::shared_ptr<thread_pool> threads_;
  std::mutex kept_mutex_;
  std::vector<std::shared_ptr<void>> kept_;
};

} // namespace troupe::detail
