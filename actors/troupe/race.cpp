#include "troupe/race.hpp"

#include "troupe/error_group.hpp"
#include "troupe/msg/failure.hpp"

#include <exception>
#include <utility>
#include <vector>

namespace troupe::detail {

std::size_t winner_of(const blocks& tasks) {
  if (tasks.empty())
    throw failure{{errc::invalid_argument, "there is no task to run"}};
  std::size_t winner = tasks.size();
  for (std::size_t i = 0; i != tasks.size(); ++i)
    if (tasks[i]->state() == task_block::phase::succeeded
        && (winner == tasks.size()
            || tasks[i]->end_stamp() < tasks[winner]->end_stamp()))
      winner = i;
  if (winner != tasks.size())
    return winner;
  std::vector<std::exception_ptr> errors;
  for (const auto& task : tasks)
    errors.push_back(task->thrown());
  throw error_group{std::move(errors), tasks.front()->name()};
}

} // namespace troupe::detail
