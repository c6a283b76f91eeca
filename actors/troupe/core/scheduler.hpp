#pragma once

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
/// Order:  an actor that has handled 300 messages in a row lets others run
///         (`scheduler.max-throughput` sets another number).
/// Blocks: a handler that waits keeps one thread. The actors that it woke run
/// on
///         the others, after a millisecond or two.
void use_scheduler(caf::actor_system_config& config, std::size_t threads = 0);

} // namespace troupe
