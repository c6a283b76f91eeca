#include "troupe/wait.hpp"

#include "troupe/detail/handle_await.hpp"
#include "troupe/detail/outcome.hpp"
#include "troupe/msg/failure.hpp"

#include <algorithm>

namespace troupe::detail {

void throw_no_handles() {
  throw failure{{errc::invalid_argument, "there is no task to wait for"}};
}

void throw_timed_out(duration limit) {
  throw failure{{errc::timed_out, about_task(fiber::require().block()->name(),
                                             "the limit of " + to_text(limit)
                                               + " passed (wait.hpp)")}};
}

task<void> wait_for_ends(std::vector<std::shared_ptr<task_block>> tasks,
                         bool stop_at_any, bool stop_at_failure,
                         duration limit) {
  auto ended = completion_queue::make(tasks, until(limit));
  while (auto index = co_await ended->next())
    if (stop_at_any
        || (stop_at_failure
            && tasks[*index]->state() == task_block::phase::failed))
      break;
}

task<void> wait_for_successes(std::vector<std::shared_ptr<task_block>> tasks) {
  for (const auto& task : tasks) {
    check_may_end(*task);
    task->collect();
  }
  auto ended = completion_queue::make(tasks, never);
  std::optional<cancelled> why;
  while (ended->left() != 0) {
    std::optional<std::size_t> index;
    try {
      index = co_await ended->next();
    } catch (const cancelled& what) {
      for (const auto& task : tasks)
        task->cancel(what);
      why = what;
    }
    if (index && !why && tasks[*index]->thrown())
      rethrow_to_others(tasks[*index]->thrown(), tasks[*index]->name());
  }
  if (why)
    throw cancelled{*why};
}

} // namespace troupe::detail
