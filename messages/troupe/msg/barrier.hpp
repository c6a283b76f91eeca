#pragma once

#include "troupe/msg/actor.hpp"
#include "troupe/msg/type_ids.hpp"

namespace troupe {

/// A place where several wait for each other.
using barrier_actor =
  actor<v1::BarrierPassed(v1::BarrierWait), v1::BarrierState(v1::BarrierReset),
        v1::BarrierState(v1::BarrierAbort), v1::BarrierState(v1::BarrierQuery),
        void(v1::Withdraw)>;

} // namespace troupe
