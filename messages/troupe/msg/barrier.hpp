#pragma once

#include "troupe/msg/actor.hpp"
#include "troupe/msg/compiled.hpp"
#include "troupe/msg/type_ids.hpp"

namespace troupe {

/// A place where several wait for each other.
using barrier_actor =
  actor<v1::BarrierPassed(v1::BarrierWait), v1::BarrierState(v1::BarrierReset),
        v1::BarrierState(v1::BarrierAbort), v1::BarrierState(v1::BarrierQuery),
        void(v1::Withdraw)>;

} // namespace troupe

TROUPE_COMPILED(troupe::v1::BarrierWait)
TROUPE_COMPILED(troupe::v1::BarrierPassed)
TROUPE_COMPILED(troupe::v1::BarrierReset)
TROUPE_COMPILED(troupe::v1::BarrierAbort)
TROUPE_COMPILED(troupe::v1::BarrierQuery)
TROUPE_COMPILED(troupe::v1::BarrierState)
