#include "troupe/spawn.hpp"

#include "troupe/detail/messaging.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/msg/failure.hpp"

#include <atomic>
#include <cstdint>

namespace troupe::detail {

namespace {

void launch(const std::shared_ptr<runtime>& system,
            const std::shared_ptr<task_block>& task,
            const spawn_options& options) {
  if (options.eager_start() && !unit_here(system->system()))
    throw failure{
      {errc::no_running_system, "a task starts eagerly in another one only"}};
  task->deadline = options.deadline();
  task->created_at = system->now();
  system->launch(task, options.eager_start());
}

} // namespace

void launch(const std::shared_ptr<task_block>& task,
            const spawn_options& options) {
  launch(runtime::current(), task, options);
}

void launch(caf::actor_system& system, const std::shared_ptr<task_block>& task,
            const spawn_options& options) {
  launch(runtime::of(system), task, options);
}

void check_for_group(const spawn_options& options) {
  if (options.eager_start())
    throw failure{{errc::invalid_argument,
                   "a task of a group cannot start eagerly: the group starts "
                   "it when it is its turn"}};
}

std::string name_or_number(const std::string& name) {
  static std::atomic<std::uint64_t> count{0};
  return name.empty() ? "task-" + std::to_string(++count) : name;
}

} // namespace troupe::detail
