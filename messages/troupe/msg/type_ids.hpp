#pragma once

#include "troupe/msg/messages.hpp"
#include "troupe/msg/payload.hpp"

#include "troupe/v1/barrier.pb.h"
#include "troupe/v1/broadcast.pb.h"
#include "troupe/v1/common.pb.h"
#include "troupe/v1/condition.pb.h"
#include "troupe/v1/download.pb.h"
#include "troupe/v1/event.pb.h"
#include "troupe/v1/group.pb.h"
#include "troupe/v1/lock.pb.h"
#include "troupe/v1/queue.pb.h"
#include "troupe/v1/rate_limiter.pb.h"
#include "troupe/v1/semaphore.pb.h"

// troupe's own range is 200 to 999. Append only: peers of another version know
// the messages by these numbers. (Not a block `troupe`: that would hide the
// namespace from the blocks of programs.)
// clang-format off
TROUPE_MESSAGES(troupe_messages, 200,
  // common
  troupe::v1::Error,
  troupe::payload,
  troupe::payloads,
  // group.proto
  troupe::v1::TaskStart,
  troupe::v1::TaskCancel,
  troupe::v1::TaskPause,
  troupe::v1::TaskResume,
  troupe::v1::TaskStarted,
  troupe::v1::TaskParked,
  troupe::v1::TaskProgress,
  troupe::v1::TaskFinished,
  troupe::v1::GroupClose,
  troupe::v1::GroupCancel,
  troupe::v1::GroupPause,
  troupe::v1::GroupPaused,
  troupe::v1::GroupResume,
  troupe::v1::GroupResumed,
  troupe::v1::GroupJoin,
  troupe::v1::GroupResult,
  troupe::v1::GroupWatch,
  troupe::v1::GroupGetProgress,
  troupe::v1::GroupProgress,
  // download.proto
  troupe::v1::Download,
  troupe::v1::DownloadResult,
  // group.proto
  troupe::v1::GroupAwaitCancel,
  troupe::v1::GroupCancelled,
  // common
  troupe::v1::Withdraw,
  // lock.proto, condition.proto
  troupe::v1::LockAcquire,
  troupe::v1::LockGranted,
  troupe::v1::LockRelease,
  troupe::v1::LockReleased,
  troupe::v1::LockQuery,
  troupe::v1::LockState,
  troupe::v1::ConditionWait,
  troupe::v1::ConditionWoken,
  troupe::v1::ConditionNotify,
  troupe::v1::ConditionNotified,
  // event.proto
  troupe::v1::EventWait,
  troupe::v1::EventHappened,
  troupe::v1::EventSet,
  troupe::v1::EventClear,
  troupe::v1::EventQuery,
  troupe::v1::EventState,
  // semaphore.proto
  troupe::v1::SemaphoreAcquire,
  troupe::v1::SemaphoreGranted,
  troupe::v1::SemaphoreRelease,
  troupe::v1::SemaphoreKeep,
  troupe::v1::SemaphoreResize,
  troupe::v1::SemaphoreQuery,
  troupe::v1::SemaphoreState,
  // barrier.proto
  troupe::v1::BarrierWait,
  troupe::v1::BarrierPassed,
  troupe::v1::BarrierReset,
  troupe::v1::BarrierAbort,
  troupe::v1::BarrierQuery,
  troupe::v1::BarrierState,
  // rate_limiter.proto
  troupe::v1::RateAcquire,
  troupe::v1::RatePassed)

// A block holds up to 80.
TROUPE_MESSAGES(troupe_more_messages, 300,
  // queue.proto
  troupe::v1::QueuePut,
  troupe::v1::QueuePutMany,
  troupe::v1::QueueAccepted,
  troupe::v1::QueueGet,
  troupe::v1::QueueGetMany,
  troupe::v1::QueueItem,
  troupe::v1::QueueItems,
  troupe::v1::QueueGiveBack,
  troupe::v1::QueueCancel,
  troupe::v1::QueueCancelled,
  troupe::v1::QueueTaskDone,
  troupe::v1::QueueJoin,
  troupe::v1::QueueJoined,
  troupe::v1::QueueShutdown,
  troupe::v1::QueueQuery,
  troupe::v1::QueueState,
  troupe::v1::QueueTake,
  // broadcast.proto
  troupe::v1::BroadcastSubscribe,
  troupe::v1::BroadcastSubscribed,
  troupe::v1::BroadcastUnsubscribe,
  troupe::v1::BroadcastPublish,
  troupe::v1::BroadcastPublished,
  troupe::v1::BroadcastGet,
  troupe::v1::BroadcastItems,
  troupe::v1::BroadcastGiveBack,
  troupe::v1::BroadcastCancel,
  troupe::v1::BroadcastCancelled,
  troupe::v1::BroadcastShutdown,
  troupe::v1::BroadcastQuery,
  troupe::v1::BroadcastState,
  troupe::v1::BroadcastQuerySubscriber,
  troupe::v1::BroadcastSubscriberState)
// clang-format on

static_assert(caf::id_block::troupe_messages::end
              <= caf::id_block::troupe_more_messages::begin);
static_assert(caf::id_block::troupe_more_messages::end
              <= troupe::first_user_type_id);
