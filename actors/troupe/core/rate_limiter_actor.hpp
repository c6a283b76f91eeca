#pragma once

#include "troupe/core/time.hpp"
#include "troupe/msg/rate_limiter.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <string>

namespace troupe {

/// Spawns a rate limiter: `burst` may pass at once, and then `count` in each
/// `period`, evenly; for each key. It ends with its last handle.
///
/// Fails:  throws `failure` (`invalid_argument`) where one is not positive, for
///         more than one in a nanosecond, and for a burst that takes longer
///         than 146 years to come back.
/// Cancel: `Withdraw`.
/// Order:  first come, first served, each key on its own.
[[nodiscard]] rate_limiter_actor
spawn_rate_limiter(caf::actor_system& system, std::uint64_t count,
                   duration period, std::uint64_t burst, std::string name = {});

} // namespace troupe
