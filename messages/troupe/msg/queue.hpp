#pragma once

#include "troupe/msg/actor.hpp"
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
