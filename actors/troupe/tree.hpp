#pragma once

#include "troupe/core/time.hpp"
#include "troupe/task.hpp"

#include <string>
#include <vector>

namespace caf {
class actor_system;
} // namespace caf

namespace troupe {

namespace v1 {
class TaskTree;
} // namespace v1

namespace detail {
class runtime;
} // namespace detail

/// A task, as people see it.
struct task_info {
  std::string name;
  /// "created", "running", "waiting" or "paused".
  std::string state;
  /// What it waits for: "sleep", "task `b`", "lock `a` held by task `b`
  /// (paused)", "an item of queue `jobs`", "group", "its turn", …
  std::string waits_for;
  /// The names of the tasks that wait for each other in a circle, it among
  /// them, each for the next one; empty if it is in no deadlock.
  std::vector<std::string> deadlock;
  duration age{};
  /// Who keeps it paused: the names of tasks, or "its group".
  std::vector<std::string> paused_by;
  std::vector<task_info> children;
};

/// All tasks of a system that have not ended, also those that their group has
/// not started yet: those of groups below the task that made the group.
///
/// Threads: any; tasks run on meanwhile, so it is no single moment.
[[nodiscard]] std::vector<task_info> tree(caf::actor_system& system);

/// Logs a warning for each task that has not moved for some time, once, with
/// the chain of what it waits for, and whether that is a circle: a deadlock.
/// That goes for one that blocks its thread, too, if another thread is left to
/// tell it. One that sleeps, or waits for a rate limiter, goes on by itself: it
/// is left out, and so is one that waits for the end of such tasks only. Runs
/// until it is cancelled:
///
///     spawn(report_stuck(1min));
///
/// `run_options::report_stuck` does that for a whole program.
task<void> report_stuck(duration limit);

namespace detail {
[[nodiscard]] std::vector<task_info> tree(const runtime& system);
} // namespace detail

/// One line for each task, children indented.
[[nodiscard]] std::string to_string(const std::vector<task_info>& tasks);

/// The same for machines.
[[nodiscard]] v1::TaskTree to_proto(const std::vector<task_info>& tasks);

} // namespace troupe
