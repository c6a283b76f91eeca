#pragma once

#include "troupe/task.hpp"

#include <string>

namespace caf {
class scheduled_actor;
} // namespace caf

namespace troupe::detail {

/// Runs a task inside an actor that handles messages by plain CAF, until the
/// actor ends: up to its first await now, and then between the messages.
///
/// Threads: from that actor only.
void start_in(caf::scheduled_actor& self, task<void> work, std::string name);

} // namespace troupe::detail
