#pragma once

#include "troupe/msg/actor.hpp"
#include "troupe/msg/compiled.hpp"
#include "troupe/msg/payload.hpp"
#include "troupe/msg/type_ids.hpp"

namespace troupe {

/// A queue of any order.
using queue_actor =
  actor<v1::QueueAccepted(v1::QueuePut, payload),
        caf::result<v1::QueueItem, payload>(v1::QueueGet),
        v1::QueueAccepted(v1::QueuePutMany, payloads),
        caf::result<v1::QueueItems, payloads>(v1::QueueGetMany),
        void(v1::QueueGiveBack, payloads), void(v1::QueueTake),
        void(v1::Withdraw), v1::QueueCancelled(v1::QueueCancel),
        v1::QueueState(v1::QueueTaskDone), v1::QueueJoined(v1::QueueJoin),
        v1::QueueState(v1::QueueShutdown), v1::QueueState(v1::QueueQuery)>;

} // namespace troupe

TROUPE_COMPILED(troupe::v1::QueuePut, troupe::payload)
TROUPE_COMPILED(troupe::v1::QueuePutMany, troupe::payloads)
TROUPE_COMPILED(troupe::v1::QueueAccepted)
TROUPE_COMPILED(troupe::v1::QueueGet)
TROUPE_COMPILED(troupe::v1::QueueItem, troupe::payload)
TROUPE_COMPILED(troupe::v1::QueueGetMany)
TROUPE_COMPILED(troupe::v1::QueueItems, troupe::payloads)
TROUPE_COMPILED(troupe::v1::QueueGiveBack, troupe::payloads)
TROUPE_COMPILED(troupe::v1::QueueTake)
TROUPE_COMPILED(troupe::v1::QueueCancel)
TROUPE_COMPILED(troupe::v1::QueueCancelled)
TROUPE_COMPILED(troupe::v1::QueueTaskDone)
TROUPE_COMPILED(troupe::v1::QueueJoin)
TROUPE_COMPILED(troupe::v1::QueueJoined)
TROUPE_COMPILED(troupe::v1::QueueShutdown)
TROUPE_COMPILED(troupe::v1::QueueQuery)
TROUPE_COMPILED(troupe::v1::QueueState)
