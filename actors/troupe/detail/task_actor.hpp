#pragma once

#include "troupe/detail/actor_ref.hpp"

#include <memory>

namespace caf {
class actor_system;
} // namespace caf

namespace troupe::detail {

class runtime;
class task_block;

/// Asks a task's actor to stand still, to be answered when it does; and to go
/// on again.
struct pause_task {};
struct resume_task {};

/// Spawns an actor in which a task starts at once.
void spawn_task(std::shared_ptr<runtime> system,
                std::shared_ptr<task_block> task);

/// Spawns an actor in which a task starts when its supervisor says so.
[[nodiscard]] actor_ref spawn_supervised(std::shared_ptr<runtime> system,
                                         std::shared_ptr<task_block> task);

} // namespace troupe::detail
