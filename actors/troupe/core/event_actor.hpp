#pragma once

#include "troupe/core/event_rules.hpp"
#include "troupe/msg/event.hpp"

#include <caf/fwd.hpp>

namespace troupe {

/// Spawns an event, which is not set. It ends with its last handle.
///
/// Cancel: `Withdraw`.
/// Order:  those that wait are woken first come, first served.
[[nodiscard]] event_actor
spawn_event(caf::actor_system& system,
            const event_options& options = event_options{});

} // namespace troupe
