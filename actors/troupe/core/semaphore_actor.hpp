#pragma once

#include "troupe/core/permit_rules.hpp"
#include "troupe/msg/semaphore.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <string>

namespace troupe {

/// Spawns a semaphore. It ends with its last handle.
///
/// Fails:  throws `failure` (`invalid_argument`) for more permits than
///         `permit_options::most`, or than the bound.
/// An actor that holds permits or waits is monitored: when it ends, so does
/// that.
///
/// Cancel: `Withdraw`, also when the grant may be on its way.
/// Order:  first come, first served: who waits for many permits is not
///         overtaken by those that want few.
[[nodiscard]] semaphore_actor
spawn_semaphore(caf::actor_system& system,
                const permit_options& options = permit_options{});

/// What people are told of who asks for more permits than a semaphore that
/// began with some has in all: "semaphore `s` has 3 permits in all". Empty if
/// it is not so, or not known here.
///
/// Threads: any.
[[nodiscard]] std::string too_few_permits(caf::actor_control_block& of,
                                          std::uint64_t count);

} // namespace troupe
