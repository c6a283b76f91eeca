#pragma once

#include "troupe/core/time.hpp"

#include <memory>

namespace caf {
class actor_system;
} // namespace caf

namespace troupe::detail {

class runtime;

/// Ends what is left in a system whose main task has ended: cancels the tasks,
/// and gives them, blocking calls and actors `grace` to come to an end. What is
/// left then is logged by name; tasks and troupe's actors are ended all the
/// same, so that who waits for them hears `lost`, and blocking calls are
/// abandoned. Actors that only wait for messages, as locks and queues, get no
/// grace: nobody is left who could use them.
///
/// @return Whether the system can be destroyed. If not, actors of the program's
///         own are left, or one of them blocks its thread: the system has to
///         stay, though no actor runs any more.
[[nodiscard]] bool shut_down(caf::actor_system& system,
                             const std::shared_ptr<runtime>& tasks,
                             duration grace);

} // namespace troupe::detail
