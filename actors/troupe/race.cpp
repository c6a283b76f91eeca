#include "troupe/race.hpp"

#include "troupe/msg/failure.hpp"

#include <algorithm>

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
  auto last = std::max_element(tasks.begin(), tasks.end(),
                               [](const auto& a, const auto& b) {
                                 return a->end_stamp() < b->end_stamp();
                               });
  std::rethrow_exception((*last)->thrown());
}

} // namespace troupe::detail
