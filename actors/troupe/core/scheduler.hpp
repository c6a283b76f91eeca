#pragma once

#include "troupe/core/time.hpp"

#include <caf/fwd.hpp>

#include <cstddef>

namespace troupe {

/// Makes the actors of a system run on `threads` threads, or one for each core
/// if that is 0, and its timers on another.
///
/// To be called before the system is made. CAF's own scheduler polls while it
/// is idle, wakes its clock's thread whenever an actor ends, and takes seconds
/// to begin with 100,000 actors that become runnable at once.
///
/// Order:  an actor of troupe lets others run after 256 messages, or awaits
///         that need not wait, or a millisecond; one of CAF's own classes after
///         300 messages (`scheduler.max-throughput` sets another number).
/// Blocks: a handler that waits keeps one thread. The actors that it woke run
///         on the others, after a millisecond or two.
void use_scheduler(caf::actor_system_config& config, std::size_t threads = 0);

/// Has the threads of such a system end, for one that cannot be destroyed since
/// some of its actors do not end.
///
/// @return Whether they ended within the limit: a handler that blocks keeps
///         its thread.
bool halt_scheduler(caf::actor_system& system, duration limit);

} // namespace troupe
