#pragma once

#include <caf/fwd.hpp>

#include <cstddef>

namespace troupe {

/// Makes the actors of a system run on some threads that share one queue, with
/// a clock that sleeps while there are no timers.
///
/// CAF's own scheduler polls while it is idle, and wakes its clock's thread
/// whenever an actor ends: both cost more than the actors of a program that
/// mostly waits for others, such as one that downloads.
///
/// To be called before the system is made.
void use_quiet_scheduler(caf::actor_system_config& config, std::size_t threads);

} // namespace troupe
