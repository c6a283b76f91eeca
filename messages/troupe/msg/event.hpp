#pragma once

#include "troupe/msg/actor.hpp"
#include "troupe/msg/type_ids.hpp"

namespace troupe {

/// A flag that others wait for.
using event_actor =
  actor<v1::EventHappened(v1::EventWait), v1::EventState(v1::EventSet),
        v1::EventState(v1::EventClear), v1::EventState(v1::EventQuery),
        void(v1::Withdraw)>;

} // namespace troupe
