#pragma once

#include "troupe/core/supervisor_options.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/task.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace troupe::detail {

using blocks = std::vector<std::shared_ptr<task_block>>;

/// Makes a task when it is its turn, in the supervisor's actor.
using block_maker = std::function<std::shared_ptr<task_block>()>;

/// Runs tasks in actors of their own, and waits for all of them. What that
/// means for failures is in the options.
///
/// Fails:  throws what the first task to fail threw, unless failures are
///         collected or enough succeeded; `cancelled` if a task was.
/// Cancel: cancels the tasks, whose end is still waited for.
task<void> run_children(blocks tasks, supervisor_options options);

/// The same for tasks that are made one after the other.
///
/// @return All tasks that were made.
task<blocks> run_made(std::vector<block_maker> makers,
                      supervisor_options options);

} // namespace troupe::detail
