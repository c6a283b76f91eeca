#pragma once

#include "troupe/msg/actor.hpp"
#include "troupe/msg/compiled.hpp"
#include "troupe/msg/type_ids.hpp"

namespace troupe {

/// A lock and its conditions.
using lock_actor =
  actor<v1::LockGranted(v1::LockAcquire), v1::LockReleased(v1::LockRelease),
        v1::LockState(v1::LockQuery), v1::ConditionWoken(v1::ConditionWait),
        v1::ConditionNotified(v1::ConditionNotify), void(v1::Withdraw)>;

} // namespace troupe

TROUPE_COMPILED(troupe::v1::LockAcquire)
TROUPE_COMPILED(troupe::v1::LockGranted)
TROUPE_COMPILED(troupe::v1::LockRelease)
TROUPE_COMPILED(troupe::v1::LockReleased)
TROUPE_COMPILED(troupe::v1::LockQuery)
TROUPE_COMPILED(troupe::v1::LockState)
TROUPE_COMPILED(troupe::v1::ConditionWait)
TROUPE_COMPILED(troupe::v1::ConditionWoken)
TROUPE_COMPILED(troupe::v1::ConditionNotify)
TROUPE_COMPILED(troupe::v1::ConditionNotified)
TROUPE_COMPILED(troupe::v1::Withdraw)
