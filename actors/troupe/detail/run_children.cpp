#include "troupe/detail/run_children.hpp"

#include "troupe/core/supervisor_actor.hpp"
#include "troupe/detail/group_state.hpp"
#include "troupe/detail/open_group.hpp"
#include "troupe/msg/failure.hpp"

#include <algorithm>
#include <exception>
#include <functional>
#include <mutex>
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

/// Tasks that are made in the supervisor's actor. Where failures leave the
/// others running that goes on while they are looked at.
class made_tasks {
public:
  explicit made_tasks(std::size_t count) : tasks_(count) {}

  std::shared_ptr<task_block> make(std::size_t index,
                                   const block_maker& maker) {
    try {
      auto task = maker();
      task->collect();
      std::lock_guard lock{mutex_};
      return tasks_[index] = std::move(task);
    } catch (...) {
      std::lock_guard lock{mutex_};
      if (!thrown_)
        thrown_ = std::current_exception();
      throw;
    }
  }

  /// Throws what the first maker that failed threw.
  void check() {
    std::lock_guard lock{mutex_};
    if (thrown_)
      std::rethrow_exception(thrown_);
  }

  blocks tasks() {
    std::lock_guard lock{mutex_};
    return tasks_;
  }

private:
  std::mutex mutex_;
  blocks tasks_;
  std::exception_ptr thrown_;
};

supervisor_options with_cancels(supervisor_options options) {
  return options.cancelled_is_failure(options.on_error() != on_error::collect);
}

/// Each cancel reaches the tasks, not only the first, which ends the group
/// (asyncio row G6).
class children_join final : public group_join {
public:
  children_join(std::shared_ptr<group_state> group,
                std::function<blocks()> tasks)
    : group_join(std::move(group)), tasks_(std::move(tasks)) {}

private:
  void on_further_cancel(const cancelled& why) override {
    auto tasks = tasks_();
    for (auto at = tasks.rbegin(); at != tasks.rend(); ++at)
      if (*at)
        (*at)->cancel(cancelled{cancel_reason::parent, why.text()});
  }

  std::function<blocks()> tasks_;
};

/// Waits for a group that gets no further tasks.
task<group_end> join(std::shared_ptr<group_state> group,
                     std::function<blocks()> tasks) {
  open_group open{fiber::require(), group->supervisor()};
  group->close();
  children_join ended{group, std::move(tasks)};
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
  auto all = [&] { return tasks; };
  auto end = co_await join(group, all);
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
  auto made = std::make_shared<made_tasks>(makers.size());
  for (std::size_t i = 0; i != makers.size(); ++i)
    makers[i] = [made, i, make = std::move(makers[i])] {
      return made->make(i, make);
    };
  group->spawn_made(std::move(makers));
  auto all = [&] { return made->tasks(); };
  auto end = co_await join(group, all);
  if (end.failed && options.on_error() == on_error::leave_running)
    group->leave_to_enclosing();
  made->check();
  auto tasks = made->tasks();
  throw_first(tasks, end, options.on_error());
  co_return tasks;
}

} // namespace troupe::detail
