#pragma once

#include "troupe/handle.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/task.hpp"
#include "troupe/wait.hpp"

#include <cstddef>
#include <ostream>
#include <string_view>
#include <vector>

namespace troupe {

/// A row of the table of costs: what is done, how often, and how.
struct cost_row {
  /// Of its test.
  std::string_view name;
  /// The public names whose cost this is, separated by blanks: "lock::acquire".
  /// A lint test wants each of them somewhere in the table.
  std::string_view covers;
  /// N: large enough that quadratic work shows at 4N.
  std::size_t count;
  /// Does it so often in turn, or once with so many tasks. Leaves nothing.
  task<void> (*work)(std::size_t count);
};

using cost_table = std::vector<cost_row>;

/// The rows of each file `*_costs.cpp`.
cost_table broadcast_costs();
cost_table group_costs();
cost_table queue_costs();
cost_table set_costs();
cost_table sync_costs();
cost_table task_costs();
cost_table time_costs();

/// Gives back at once what was granted.
template <class T>
void let_go(T granted) {
  static_cast<void>(granted);
}

inline void PrintTo(const cost_row& row, std::ostream* out) {
  *out << row.covers;
}

/// Lets all tasks of a program on one thread run until they wait.
inline task<void> settle() {
  for (int i = 0; i != 4; ++i)
    co_await yield();
}

/// So many tasks, each made by `make()`, which have begun and wait.
template <class Make>
task<std::vector<handle<void>>> crowd(std::size_t count, Make make) {
  std::vector<handle<void>> result;
  result.reserve(count);
  while (result.size() != count)
    result.push_back(spawn(make()));
  co_await settle();
  co_return result;
}

/// Cancels all, and waits for their end.
inline task<void> cancel_all(std::vector<handle<void>> tasks) {
  for (auto& one : tasks)
    one.cancel();
  co_await wait(tasks);
}

} // namespace troupe
