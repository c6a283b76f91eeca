#pragma once

#include "troupe/core/lock_rules.hpp"
#include "troupe/msg/lock.hpp"

#include <caf/fwd.hpp>

namespace troupe {

/// Spawns a lock, which is also one that readers share, and its conditions. It
/// ends with its last handle.
///
/// An actor that holds it or waits is monitored: when it ends, so does that.
///
/// Cancel: `Withdraw`, also when the grant may be on its way.
/// Order:  first come, first served.
[[nodiscard]] lock_actor
spawn_lock(caf::actor_system& system,
           const lock_options& options = lock_options{});

/// What clients that say `keeps` share with a lock of this process, as long as
/// they keep its handle; null for a lock elsewhere.
[[nodiscard]] lease* lease_of(caf::actor_control_block& of);

} // namespace troupe
