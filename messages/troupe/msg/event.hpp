#pragma once

#include "troupe/msg/actor.hpp"
#include "troupe/msg/compiled.hpp"
#include "troupe/msg/type_ids.hpp"

namespace troupe {

/// A flag that others wait for.
using event_actor =
  actor<v1::EventHappened(v1::EventWait), v1::EventState(v1::EventSet),
        v1::EventState(v1::EventClear), v1::EventState(v1::EventQuery),
        void(v1::Withdraw)>;

} // namespace troupe

TROUPE_COMPILED(troupe::v1::EventWait)
TROUPE_COMPILED(troupe::v1::EventHappened)
TROUPE_COMPILED(troupe::v1::EventSet)
TROUPE_COMPILED(troupe::v1::EventClear)
TROUPE_COMPILED(troupe::v1::EventQuery)
TROUPE_COMPILED(troupe::v1::EventState)
