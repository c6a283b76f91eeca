#pragma once

#include "troupe/core/permit_rules.hpp"
#include "troupe/msg/semaphore.hpp"

#include <caf/fwd.hpp>

namespace troupe {

/// Spawns a semaphore. It ends with its last handle.
///
/// An actor that holds permits or waits is monitored: when it ends, so does
/// that.
///
/// Cancel: `Withdraw`, also when the grant may be on its way.
/// Order:  first come, first served: who waits for many permits is not
///         overtaken by those that want few.
[[nodiscard]] semaphore_actor
spawn_semaphore(caf::actor_system& system,
                const permit_options& options = permit_options{});

} // namespace troupe
