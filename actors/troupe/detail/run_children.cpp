#include "troupe/detail/run_children.hpp"

#include "troupe/core/supervisor_actor.hpp"
#include "troupe/detail/group_state.hpp"
#include "troupe/detail/open_group.hpp"
#include "troupe/msg/failure.hpp"

#include <algorithm>
#include <utility>

namespace troupe::detail {

namespace {

/// The tasks that failed or were cancelled, in that order.
blocks failures(blocks tasks) {
  std::erase_if(tasks, [](const auto& task) {
    return !task || !task->done()
           || task->state() == task_block::phase::succeeded;
  });
  std::sort(tasks.begin(), tasks.end(), [](const auto& a, const auto& b) {
    return a->end_stamp() < b->end_stamp();
  });
  return tasks;
}

/// Throws what the first task that failed threw; else, that one was cancelled.
void throw_first(const blocks& tasks, const group_end& end, on_error policy) {
  if (!end.failed || policy == on_error::collect)
    return;
  auto ended = failures(tasks);
  auto first = std::find_if(ended.begin(), ended.end(), [](const auto& task) {
    return task->state() == task_block::phase::failed;
  });
  if (first == ended.end())
    first = ended.begin();
  if (first != ended.end())
    std::rethrow_exception((*first)->thrown());
  throw failure{end.why};
}

supervisor_options with_cancels(supervisor_options options) {
  return options.cancelled_is_failure(options.on_error() != on_error::collect);
}

/// Waits for a group that gets no further tasks.
task<group_end> join(std::shared_ptr<group_state> group) {
  open_group open{fiber::require(), group->supervisor()};
  group->close();
  group_join ended{group};
  auto result = co_await ended;
  if (ended.cancelled_by())
    throw cancelled{*ended.cancelled_by()};
  co_return result;
}

} // namespace

task<void> run_children(blocks tasks, supervisor_options options) {
  if (tasks.empty())
    co_return;
  auto group = group_state::make(with_cancels(options));
  group->spawn(tasks);
  auto end = co_await join(group);
  for (const auto& task : tasks)
    task->collect();
  if (end.failed && options.on_error() == on_error::leave_running)
    group->leave_to_enclosing();
  throw_first(tasks, end, options.on_error());
}

task<blocks> run_made(std::vector<block_maker> makers,
                      supervisor_options options) {
  if (makers.empty())
    co_return blocks{};
  auto group = group_state::make(with_cancels(options));
  auto made = std::make_shared<blocks>(makers.size());
  group->spawn_made(std::move(makers), made);
  auto end = co_await join(group);
  for (const auto& task : *made)
    if (task)
      task->collect();
  throw_first(*made, end, options.on_error());
  co_return *made;
}

} // namespace troupe::detail
