#pragma once

#include "troupe/core/broadcast_options.hpp"
#include "troupe/msg/broadcast.hpp"

#include <caf/fwd.hpp>

namespace troupe {

/// Spawns a broadcast. It ends when nobody holds it any more.
///
/// A client that dies loses its place in line, and its subscriptions.
///
/// @param options What its subscribers are like, unless they say otherwise.
/// Order: of each client's requests as they were sent.
[[nodiscard]] broadcast_actor
spawn_broadcast(caf::actor_system& system,
                const broadcast_options& options = broadcast_options{});

} // namespace troupe
