#include "troupe/msg/type_ids.hpp"

#include <gtest/gtest.h>

namespace troupe {

namespace {

template <class Message>
constexpr caf::type_id_t id = caf::type_id<Message>::value;

/// Each message and its number.
struct known {
  const char* name;
  caf::type_id_t now;
  caf::type_id_t always;
};

} // namespace

// Processes of other versions know these numbers: a new message gets one at the
// end of its block, and a line here.
TEST(TypeIdsTest, NumbersStay) {
  const known all[] = {
    {"v1::Error", id<v1::Error>, 200},
    {"payload", id<payload>, 201},
    {"payloads", id<payloads>, 202},
    {"v1::TaskStart", id<v1::TaskStart>, 203},
    {"v1::TaskCancel", id<v1::TaskCancel>, 204},
    {"v1::TaskPause", id<v1::TaskPause>, 205},
    {"v1::TaskResume", id<v1::TaskResume>, 206},
    {"v1::TaskStarted", id<v1::TaskStarted>, 207},
    {"v1::TaskParked", id<v1::TaskParked>, 208},
    {"v1::TaskProgress", id<v1::TaskProgress>, 209},
    {"v1::TaskFinished", id<v1::TaskFinished>, 210},
    {"v1::GroupClose", id<v1::GroupClose>, 211},
    {"v1::GroupCancel", id<v1::GroupCancel>, 212},
    {"v1::GroupPause", id<v1::GroupPause>, 213},
    {"v1::GroupPaused", id<v1::GroupPaused>, 214},
    {"v1::GroupResume", id<v1::GroupResume>, 215},
    {"v1::GroupResumed", id<v1::GroupResumed>, 216},
    {"v1::GroupJoin", id<v1::GroupJoin>, 217},
    {"v1::GroupResult", id<v1::GroupResult>, 218},
    {"v1::GroupWatch", id<v1::GroupWatch>, 219},
    {"v1::GroupGetProgress", id<v1::GroupGetProgress>, 220},
    {"v1::GroupProgress", id<v1::GroupProgress>, 221},
    {"v1::Download", id<v1::Download>, 222},
    {"v1::DownloadResult", id<v1::DownloadResult>, 223},
    {"v1::GroupAwaitCancel", id<v1::GroupAwaitCancel>, 224},
    {"v1::GroupCancelled", id<v1::GroupCancelled>, 225},
    {"v1::Withdraw", id<v1::Withdraw>, 226},
    {"v1::LockAcquire", id<v1::LockAcquire>, 227},
    {"v1::LockGranted", id<v1::LockGranted>, 228},
    {"v1::LockRelease", id<v1::LockRelease>, 229},
    {"v1::LockReleased", id<v1::LockReleased>, 230},
    {"v1::LockQuery", id<v1::LockQuery>, 231},
    {"v1::LockState", id<v1::LockState>, 232},
    {"v1::ConditionWait", id<v1::ConditionWait>, 233},
    {"v1::ConditionWoken", id<v1::ConditionWoken>, 234},
    {"v1::ConditionNotify", id<v1::ConditionNotify>, 235},
    {"v1::ConditionNotified", id<v1::ConditionNotified>, 236},
    {"v1::EventWait", id<v1::EventWait>, 237},
    {"v1::EventHappened", id<v1::EventHappened>, 238},
    {"v1::EventSet", id<v1::EventSet>, 239},
    {"v1::EventClear", id<v1::EventClear>, 240},
    {"v1::EventQuery", id<v1::EventQuery>, 241},
    {"v1::EventState", id<v1::EventState>, 242},
    {"v1::SemaphoreAcquire", id<v1::SemaphoreAcquire>, 243},
    {"v1::SemaphoreGranted", id<v1::SemaphoreGranted>, 244},
    {"v1::SemaphoreRelease", id<v1::SemaphoreRelease>, 245},
    {"v1::SemaphoreKeep", id<v1::SemaphoreKeep>, 246},
    {"v1::SemaphoreResize", id<v1::SemaphoreResize>, 247},
    {"v1::SemaphoreQuery", id<v1::SemaphoreQuery>, 248},
    {"v1::SemaphoreState", id<v1::SemaphoreState>, 249},
    {"v1::BarrierWait", id<v1::BarrierWait>, 250},
    {"v1::BarrierPassed", id<v1::BarrierPassed>, 251},
    {"v1::BarrierReset", id<v1::BarrierReset>, 252},
    {"v1::BarrierAbort", id<v1::BarrierAbort>, 253},
    {"v1::BarrierQuery", id<v1::BarrierQuery>, 254},
    {"v1::BarrierState", id<v1::BarrierState>, 255},
    {"v1::RateAcquire", id<v1::RateAcquire>, 256},
    {"v1::RatePassed", id<v1::RatePassed>, 257},
    {"v1::QueuePut", id<v1::QueuePut>, 300},
    {"v1::QueuePutMany", id<v1::QueuePutMany>, 301},
    {"v1::QueueAccepted", id<v1::QueueAccepted>, 302},
    {"v1::QueueGet", id<v1::QueueGet>, 303},
    {"v1::QueueGetMany", id<v1::QueueGetMany>, 304},
    {"v1::QueueItem", id<v1::QueueItem>, 305},
    {"v1::QueueItems", id<v1::QueueItems>, 306},
    {"v1::QueueGiveBack", id<v1::QueueGiveBack>, 307},
    {"v1::QueueCancel", id<v1::QueueCancel>, 308},
    {"v1::QueueCancelled", id<v1::QueueCancelled>, 309},
    {"v1::QueueTaskDone", id<v1::QueueTaskDone>, 310},
    {"v1::QueueJoin", id<v1::QueueJoin>, 311},
    {"v1::QueueJoined", id<v1::QueueJoined>, 312},
    {"v1::QueueShutdown", id<v1::QueueShutdown>, 313},
    {"v1::QueueQuery", id<v1::QueueQuery>, 314},
    {"v1::QueueState", id<v1::QueueState>, 315},
    {"v1::QueueTake", id<v1::QueueTake>, 316},
    {"v1::BroadcastSubscribe", id<v1::BroadcastSubscribe>, 317},
    {"v1::BroadcastSubscribed", id<v1::BroadcastSubscribed>, 318},
    {"v1::BroadcastUnsubscribe", id<v1::BroadcastUnsubscribe>, 319},
    {"v1::BroadcastPublish", id<v1::BroadcastPublish>, 320},
    {"v1::BroadcastPublished", id<v1::BroadcastPublished>, 321},
    {"v1::BroadcastGet", id<v1::BroadcastGet>, 322},
    {"v1::BroadcastItems", id<v1::BroadcastItems>, 323},
    {"v1::BroadcastGiveBack", id<v1::BroadcastGiveBack>, 324},
    {"v1::BroadcastCancel", id<v1::BroadcastCancel>, 325},
    {"v1::BroadcastCancelled", id<v1::BroadcastCancelled>, 326},
    {"v1::BroadcastShutdown", id<v1::BroadcastShutdown>, 327},
    {"v1::BroadcastQuery", id<v1::BroadcastQuery>, 328},
    {"v1::BroadcastState", id<v1::BroadcastState>, 329},
    {"v1::BroadcastQuerySubscriber", id<v1::BroadcastQuerySubscriber>, 330},
    {"v1::BroadcastSubscriberState", id<v1::BroadcastSubscriberState>, 331},
  };
  for (const auto& x : all)
    EXPECT_EQ(x.now, x.always) << x.name;
  EXPECT_EQ(caf::id_block::troupe_messages::end, 258);
  EXPECT_EQ(caf::id_block::troupe_more_messages::end, 332);
}

} // namespace troupe
