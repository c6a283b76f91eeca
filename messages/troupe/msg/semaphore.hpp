#pragma once

#include "troupe/msg/actor.hpp"
#include "troupe/msg/compiled.hpp"
#include "troupe/msg/type_ids.hpp"

namespace troupe {

/// A semaphore, bounded or not.
using semaphore_actor = actor<v1::SemaphoreGranted(v1::SemaphoreAcquire),
                              v1::SemaphoreState(v1::SemaphoreRelease),
                              v1::SemaphoreState(v1::SemaphoreResize),
                              v1::SemaphoreState(v1::SemaphoreQuery),
                              void(v1::SemaphoreKeep), void(v1::Withdraw)>;

} // namespace troupe

TROUPE_COMPILED(troupe::v1::SemaphoreAcquire)
TROUPE_COMPILED(troupe::v1::SemaphoreGranted)
TROUPE_COMPILED(troupe::v1::SemaphoreRelease)
TROUPE_COMPILED(troupe::v1::SemaphoreResize)
TROUPE_COMPILED(troupe::v1::SemaphoreQuery)
TROUPE_COMPILED(troupe::v1::SemaphoreKeep)
TROUPE_COMPILED(troupe::v1::SemaphoreState)
