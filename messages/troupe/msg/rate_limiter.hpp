#pragma once

#include "troupe/msg/actor.hpp"
#include "troupe/msg/compiled.hpp"
#include "troupe/msg/type_ids.hpp"

namespace troupe {

/// Lets others pass at a rate.
using rate_limiter_actor =
  actor<v1::RatePassed(v1::RateAcquire), void(v1::Withdraw)>;

} // namespace troupe

TROUPE_COMPILED(troupe::v1::RateAcquire)
TROUPE_COMPILED(troupe::v1::RatePassed)
