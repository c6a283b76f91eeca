#pragma once

#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/fiber.hpp"

#include <memory>
#include <string>

namespace caf {
class resumable;
} // namespace caf

namespace troupe {
struct child_run;
} // namespace troupe

namespace troupe::detail {

class runtime;
class task_block;

/// Asks a task's actor to stand still, to be answered when it does; and to go
/// on again.
struct pause_task {
  pauser who;
};
struct resume_task {
  pause_id who;
};

/// Spawns an actor in which a task starts at once.
///
/// @param run Whose child it is; null without a supervisor.
/// @param eager Whether it runs up to its first await before this returns, if
///        the caller is an actor of the system.
actor_ref spawn_task(std::shared_ptr<runtime> system,
                     std::shared_ptr<task_block> task,
                     const child_run* run = nullptr, bool eager = false);

/// What a scheduler's job is, for people: "task 'a'", or the kind of actor.
[[nodiscard]] std::string describe(caf::resumable& job);

} // namespace troupe::detail
