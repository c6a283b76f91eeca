#pragma once

#include "troupe/core/queue_options.hpp"
#include "troupe/msg/queue.hpp"

#include <caf/fwd.hpp>

namespace troupe {

/// Spawns a queue. It ends when nobody holds it any more.
///
/// A client that dies while it waits loses its place; what it put stays, and
/// what it has taken is its own.
///
/// Order: of each client's requests as they were sent.
[[nodiscard]] queue_actor
spawn_queue(caf::actor_system& system,
            const queue_options& options = queue_options{});

} // namespace troupe
