#pragma once

#include "troupe/msg/actor.hpp"
#include "troupe/msg/compiled.hpp"
#include "troupe/msg/payload.hpp"
#include "troupe/msg/type_ids.hpp"

namespace troupe {

/// A broadcast.
using broadcast_actor =
  actor<v1::BroadcastSubscribed(v1::BroadcastSubscribe),
        void(v1::BroadcastUnsubscribe),
        v1::BroadcastPublished(v1::BroadcastPublish, payload),
        caf::result<v1::BroadcastItems, payloads>(v1::BroadcastGet),
        void(v1::BroadcastGiveBack, payloads),
        v1::BroadcastCancelled(v1::BroadcastCancel),
        v1::BroadcastState(v1::BroadcastShutdown),
        v1::BroadcastState(v1::BroadcastQuery),
        v1::BroadcastSubscriberState(v1::BroadcastQuerySubscriber)>;

} // namespace troupe

TROUPE_COMPILED(troupe::v1::BroadcastSubscribe)
TROUPE_COMPILED(troupe::v1::BroadcastSubscribed)
TROUPE_COMPILED(troupe::v1::BroadcastUnsubscribe)
TROUPE_COMPILED(troupe::v1::BroadcastPublish, troupe::payload)
TROUPE_COMPILED(troupe::v1::BroadcastPublished)
TROUPE_COMPILED(troupe::v1::BroadcastGet)
TROUPE_COMPILED(troupe::v1::BroadcastItems, troupe::payloads)
TROUPE_COMPILED(troupe::v1::BroadcastGiveBack, troupe::payloads)
TROUPE_COMPILED(troupe::v1::BroadcastCancel)
TROUPE_COMPILED(troupe::v1::BroadcastCancelled)
TROUPE_COMPILED(troupe::v1::BroadcastShutdown)
TROUPE_COMPILED(troupe::v1::BroadcastQuery)
TROUPE_COMPILED(troupe::v1::BroadcastState)
TROUPE_COMPILED(troupe::v1::BroadcastQuerySubscriber)
TROUPE_COMPILED(troupe::v1::BroadcastSubscriberState)
