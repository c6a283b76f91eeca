#pragma once

#include "troupe/msg/actor.hpp"
#include "troupe/msg/type_ids.hpp"

namespace troupe {

/// A lock and its conditions.
using lock_actor =
  actor<v1::LockGranted(v1::LockAcquire), v1::LockReleased(v1::LockRelease),
        v1::LockState(v1::LockQuery), v1::ConditionWoken(v1::ConditionWait),
        v1::ConditionNotified(v1::ConditionNotify), void(v1::Withdraw)>;

} // namespace troupe
