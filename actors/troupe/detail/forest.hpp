#pragma once

#include "troupe/core/detail/nameplate.hpp"
#include "troupe/core/line.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace troupe::detail {

class runtime;
class task_block;

using task_list = std::vector<std::shared_ptr<task_block>>;

/// Who keeps a task paused: tasks that hold it or its group, and what holds the
/// task around it.
[[nodiscard]] std::vector<std::string> pausers_of(const task_block& task);

/// The tasks of a system that have not ended: whose groups they are in, and who
/// waits for whom.
class forest {
public:
  explicit forest(const runtime& system);

  [[nodiscard]] std::span<const std::shared_ptr<task_block>> started() const {
    return {tasks_.data(), started_};
  }
  /// Those of its groups, the oldest first, else by name; of null, those of no
  /// group.
  [[nodiscard]] task_list children(const task_block* task) const;

  /// The lock, queue, … that a task waits for, or null.
  [[nodiscard]] const nameplate::copy* plate(const task_block& task) const;
  /// The task that holds something, or null.
  [[nodiscard]] std::shared_ptr<task_block>
  holder(const line::holder& who) const;
  /// The only one that holds what a task waits for, or null.
  [[nodiscard]] std::shared_ptr<task_block>
  only_holder(const task_block& task) const;

  /// Whether it waits for the tasks of its group.
  [[nodiscard]] static bool waits_for_group(const task_block& task);
  /// Whether it sleeps, or waits for the end of tasks that do.
  [[nodiscard]] bool goes_on_by_itself(const task_block& task) const;

  /// The circle of tasks that wait for each other, each for the next one, which
  /// begins with this one; empty if it is in none.
  [[nodiscard]] task_list deadlock(const task_block& task) const;

private:
  [[nodiscard]] bool sleeps(const task_block& task) const;
  [[nodiscard]] task_list waits_for(const task_block& task) const;
  void find_deadlocks();

  task_list tasks_; // those that have started first
  std::size_t started_;
  std::unordered_set<const task_block*> known_;
  std::multimap<const task_block*, std::shared_ptr<task_block>> children_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::shared_ptr<task_block>>
    by_id_;
  std::unordered_map<const void*, nameplate::copy> plates_;
  std::vector<task_list> circles_;
  std::unordered_map<const task_block*, std::size_t> circle_of_;
};

} // namespace troupe::detail
