#pragma once

#include "troupe/core/barrier_rules.hpp"
#include "troupe/msg/barrier.hpp"

#include <caf/fwd.hpp>

#include <cstddef>

namespace troupe {

/// Spawns a barrier. It ends with its last handle.
///
/// Fails:  throws `failure` (`invalid_argument`) without parties.
/// Cancel: `Withdraw`: un-counts the client.
[[nodiscard]] barrier_actor
spawn_barrier(caf::actor_system& system, std::size_t parties,
              const barrier_options& options = barrier_options{});

} // namespace troupe
