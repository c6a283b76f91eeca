#pragma once

#include "troupe/core/supervisor_actor.hpp"
#include "troupe/msg/payload.hpp"
#include "troupe/task.hpp"

namespace troupe::detail {

/// Runs one child of any kind, and gives its value.
///
/// Fails:  throws `failure` with the child's error.
/// Cancel: cancels the child, whose end is still waited for.
task<payload> run_child(child_factory child);

} // namespace troupe::detail
