#include "troupe/detail/run_children.hpp"

#include "troupe/core/supervisor_actor.hpp"
#include "troupe/detail/group_state.hpp"
#include "troupe/detail/open_group.hpp"
#include "troupe/detail/outcome.hpp"
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
    rethrow_to_others((*first)->thrown(), (*first)->name());
  throw failure{end.why};
}

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
  // How they end is asked for here, though a cancel may be what comes out.
  for (const auto& task : tasks)
    task->collect();
  group->spawn(tasks);
  auto all = [&] { return tasks; };
  auto end = co_await join(group, all);
  if (end.failed && options.on_error() == on_error::leave_running)
    group->leave_to_enclosing();
  throw_first(tasks, end, options.on_error());
}

// -- made_tasks ---------------------------------------------------------------

std::shared_ptr<task_block> made_tasks::next() {
  try {
    if (over_ || !read()) {
      over_ = true;
      return nullptr;
    }
  } catch (...) { // there is nothing behind it
    over_ = true;
    std::lock_guard lock{mutex_};
    unread_ = std::current_exception();
    throw;
  }
  auto index = count_++;
  std::shared_ptr<task_block> task;
  try {
    task = make();
  } catch (...) {
    std::lock_guard lock{mutex_};
    failed(index, std::current_exception(), {});
    throw;
  }
  task->collect();
  {
    std::lock_guard lock{mutex_};
    running_.emplace(index, task);
  }
  task->on_done([self = shared_from_this(), index, ended = task.get()] {
    self->ended(index, *ended);
  });
  return task;
}

void made_tasks::ended(std::size_t index, task_block& task) {
  std::lock_guard lock{mutex_};
  running_.erase(index);
  if (task.thrown())
    failed(index, task.thrown(), task.name());
  else
    keep(index, task);
}

void made_tasks::failed(std::size_t index, const std::exception_ptr& thrown,
                        const std::string& name) {
  if (!is_cancel(thrown)) {
    if (!failed_)
      failed_ = thrown;
  } else if (!cancelled_) {
    cancelled_ = thrown;
    cancelled_name_ = name;
  }
  keep(index, thrown);
}

blocks made_tasks::running() const {
  blocks result;
  std::vector<std::size_t> order;
  std::lock_guard lock{mutex_};
  for (const auto& [index, task] : running_)
    order.push_back(index);
  std::sort(order.begin(), order.end());
  for (auto index : order)
    result.push_back(running_.at(index).lock());
  return result;
}

void made_tasks::check_read() const {
  std::lock_guard lock{mutex_};
  if (unread_)
    std::rethrow_exception(unread_);
}

void made_tasks::check(const group_end& end) const {
  check_read();
  std::lock_guard lock{mutex_};
  if (failed_)
    std::rethrow_exception(failed_);
  if (cancelled_)
    rethrow_to_others(cancelled_, cancelled_name_);
  if (end.failed)
    throw failure{end.why};
}

task<group_end> run_made(std::shared_ptr<made_tasks> tasks,
                         supervisor_options options) {
  auto group = group_state::make(with_cancels(options));
  group->spawn_made([tasks] { return tasks->next(); });
  auto running = [&] { return tasks->running(); };
  auto end = co_await join(group, running);
  if (end.failed && options.on_error() == on_error::leave_running)
    group->leave_to_enclosing();
  co_return end;
}

error not_started(const group_end& end) {
  auto late = end.reason == cancel_reason::deadline;
  return {late ? errc::timed_out : errc::cancelled,
          late ? "not started: the deadline passed"
          : end.reason == cancel_reason::superseded
            ? "not started: enough others succeeded"
            : "not started: the others were cancelled before"};
}

} // namespace troupe::detail
