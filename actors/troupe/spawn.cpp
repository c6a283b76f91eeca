#include "troupe/spawn.hpp"

#include "troupe/detail/runtime.hpp"

#include <atomic>
#include <cstdint>

namespace troupe::detail {

namespace {

void launch(const std::shared_ptr<runtime>& system,
            const std::shared_ptr<task_block>& task, time_point deadline) {
  task->deadline = deadline;
  task->created_at = system->now();
  system->launch(task);
}

} // namespace

void launch(const std::shared_ptr<task_block>& task, time_point deadline) {
  launch(runtime::current(), task, deadline);
}

void launch(caf::actor_system& system, const std::shared_ptr<task_block>& task,
            time_point deadline) {
  launch(runtime::of(system), task, deadline);
}

std::string name_or_number(const std::string& name) {
  static std::atomic<std::uint64_t> count{0};
  return name.empty() ? "task-" + std::to_string(++count) : name;
}

} // namespace troupe::detail
