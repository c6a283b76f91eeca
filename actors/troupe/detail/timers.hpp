#pragma once

#include "troupe/core/time.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/fiber.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>

namespace troupe::detail {

/// Asks for an answer to a slot of the sender at some time.
struct timer_set {
  slot_id slot = 0;
  time_point when;
  bool is_limit = false; // it comes after the others of the same time
};

/// Takes that back; it may be too late.
struct timer_clear {
  slot_id slot = 0;
};

/// Spawns the actor that keeps the timers of a system, on one timeout of its
/// clock. It ends when nobody refers to it and no timer is set.
[[nodiscard]] actor_ref spawn_timers(caf::actor_system& system);

} // namespace troupe::detail

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::detail::timer_set)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::detail::timer_clear)
