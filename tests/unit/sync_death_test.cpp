#include "conformance/plain_client.hpp"
#include "conformance/queue_fixture.hpp"
#include "troupe/core/barrier_actor.hpp"
#include "troupe/core/event_actor.hpp"
#include "troupe/core/lock_actor.hpp"
#include "troupe/core/rate_limiter_actor.hpp"
#include "troupe/core/semaphore_actor.hpp"

// What an actor has, or waits for, ends with it.
namespace troupe {
namespace {

class SyncDeathTest : public ::testing::Test {
protected:
  /// Notes whose answer came, or the error.
  template <class Reply, class Handle, class Message>
  void ask(plain_client& who, const std::string& name, const Handle& whom,
           const Message& what) {
    who.ask<Reply>(
      whom, what, [this, name](const Reply&) { notes.push_back(name); },
      [this, name](const std::string& why) {
        notes.push_back(name + " " + why);
      });
    system.run_ready();
  }

  void acquire(plain_client& who, const std::string& name,
               const lock_actor& mutex, bool shared = false) {
    v1::LockAcquire what;
    what.set_shared(shared);
    ask<v1::LockGranted>(who, name, mutex, what);
  }

  template <class Message>
  void tell(plain_client& who, const lock_actor& mutex, Message what,
            std::uint64_t token) {
    what.set_token(token);
    who.tell(mutex, what);
    system.run_ready();
  }

  void end(plain_client& who) {
    who.end();
    system.run_ready();
  }

  /// An actor that makes a call to a queue.
  caf::actor caller(const queue_actor& queue, const call& record,
                    plain_caller::job work) {
    auto result = caf::actor_cast<caf::actor>(
      system->spawn<plain_caller>(queue, record, std::move(work)));
    system.run_ready();
    return result;
  }
  static plain_caller::job put(int value) {
    return [value](plain_caller& self) {
      self.ask<v1::QueueAccepted>(v1::QueuePut{}, payload{value});
    };
  }
  static plain_caller::job get(std::uint64_t limit_ms = 0) {
    return [limit_ms](plain_caller& self) {
      v1::QueueGet what;
      what.set_limit_ms(limit_ms);
      self.ask<v1::QueueItem, payload>(what);
    };
  }
  static plain_caller::job join() {
    return
      [](plain_caller& self) { self.ask<v1::QueueJoined>(v1::QueueJoin{}); };
  }
  void kill(const caf::actor& who) {
    caf::anon_send_exit(who, caf::exit_reason::kill);
    system.run_ready();
  }

  testing::virtual_system system;
  std::vector<std::string> notes;
  plain_client a{system.get()};
  plain_client b{system.get()};
  plain_client c{system.get()};
};

TEST_F(SyncDeathTest, ASharerIsOneLessToWaitFor) {
  auto mutex = spawn_lock(system.get());
  acquire(a, "a", mutex, true);
  acquire(b, "b", mutex, true);
  acquire(c, "c", mutex);
  end(a);
  EXPECT_THAT(notes, ElementsAre("a", "b"));
  end(b);
  EXPECT_THAT(notes, ElementsAre("a", "b", "c"));
}

TEST_F(SyncDeathTest, AConditionDoesNotTellTheDead) {
  auto mutex = spawn_lock(system.get());
  acquire(a, "a", mutex);
  tell(a, mutex, v1::ConditionWait{}, 1);
  acquire(b, "b", mutex);
  v1::ConditionWait wait;
  wait.set_token(2);
  ask<v1::ConditionWoken>(b, "b is told", mutex, wait);
  end(a);
  acquire(c, "c", mutex);
  v1::ConditionNotify notify;
  notify.set_count(1);
  tell(c, mutex, notify, 3);
  tell(c, mutex, v1::LockRelease{}, 3);
  EXPECT_THAT(notes, ElementsAre("a", "b", "c", "b is told"));
}

TEST_F(SyncDeathTest, AnEventForgetsWhoWaits) {
  auto event = spawn_event(system.get());
  ask<v1::EventHappened>(a, "a", event, v1::EventWait{});
  ask<v1::EventHappened>(b, "b", event, v1::EventWait{});
  end(a);
  std::uint64_t waiting = 0;
  c.ask<v1::EventState>(event, v1::EventSet{}, [](const auto&) {});
  c.ask<v1::EventState>(event, v1::EventQuery{},
                        [&](const auto& x) { waiting = x.waiting(); });
  system.run_ready();
  EXPECT_THAT(notes, ElementsAre("b"));
  EXPECT_EQ(waiting, 0u);
}

TEST_F(SyncDeathTest, ABarrierDoesNotCountTheDead) {
  auto barrier = spawn_barrier(system.get(), 2, {});
  ask<v1::BarrierPassed>(a, "a", barrier, v1::BarrierWait{});
  end(a);
  ask<v1::BarrierPassed>(b, "b", barrier, v1::BarrierWait{});
  EXPECT_THAT(notes, IsEmpty());
  ask<v1::BarrierPassed>(c, "c", barrier, v1::BarrierWait{});
  EXPECT_THAT(notes, ElementsAre("b", "c"));
}

TEST_F(SyncDeathTest, ABarrierBreaksIfThatIsWanted) {
  auto barrier =
    spawn_barrier(system.get(), 3, barrier_options{}.break_on_death(true));
  ask<v1::BarrierPassed>(a, "a", barrier, v1::BarrierWait{});
  ask<v1::BarrierPassed>(b, "b", barrier, v1::BarrierWait{});
  end(a);
  ask<v1::BarrierPassed>(c, "c", barrier, v1::BarrierWait{});
  EXPECT_THAT(notes, ElementsAre("b broken", "c broken"));
}

TEST_F(SyncDeathTest, APlaceOfACapacityLimiterIsFreeAgain) {
  using again = permit_options::again;
  auto places = spawn_semaphore(
    system.get(), permit_options{}.permits(1).bound(1).on_again(again::fails));
  ask<v1::SemaphoreGranted>(a, "a", places, v1::SemaphoreAcquire{});
  ask<v1::SemaphoreGranted>(a, "a", places, v1::SemaphoreAcquire{});
  ask<v1::SemaphoreGranted>(b, "b", places, v1::SemaphoreAcquire{});
  end(a);
  EXPECT_THAT(notes, ElementsAre("a", "a already_held", "b"));
}

TEST_F(SyncDeathTest, ATurnOfARateLimiterIsForTheNext) {
  auto limiter = spawn_rate_limiter(system.get(), 1, 1s, 1);
  ask<v1::RatePassed>(a, "a", limiter, v1::RateAcquire{});
  ask<v1::RatePassed>(b, "b", limiter, v1::RateAcquire{});
  ask<v1::RatePassed>(c, "c", limiter, v1::RateAcquire{});
  end(b);
  EXPECT_THAT(notes, ElementsAre("a"));
  system.advance(1s);
  EXPECT_THAT(notes, ElementsAre("a", "c"));
}

TEST_F(SyncDeathTest, AQueueDoesNotPutWhatTheDeadWantedTo) {
  auto queue = spawn_queue(system.get(), queue_options{}.max_size(1));
  std::vector<call> calls(5);
  caller(queue, calls[0], put(1));
  auto dies = caller(queue, calls[1], put(2));
  caller(queue, calls[2], put(3));
  kill(dies);
  caller(queue, calls[3], get());
  caller(queue, calls[4], get());
  EXPECT_EQ(calls[3].result(), "1");
  EXPECT_EQ(calls[4].result(), "3");
  EXPECT_EQ(calls[2].result(), "ok");
}

TEST_F(SyncDeathTest, AQueueForgetsWhoJoins) {
  auto queue = spawn_queue(system.get());
  std::vector<call> calls(3);
  caller(queue, calls[0], put(1));
  auto dies = caller(queue, calls[1], join());
  caller(queue, calls[2], join());
  kill(dies);
  a.ask<v1::QueueState>(queue, v1::QueueTaskDone{}, [](const auto&) {});
  system.run_ready();
  EXPECT_EQ(calls[2].result(), "ok");
}

TEST_F(SyncDeathTest, AQueueEndsWithItsLastHandleThoughALimitWasSet) {
  auto queue = spawn_queue(system.get());
  auto address = caf::actor_cast<caf::actor_addr>(queue);
  std::vector<call> calls(2);
  caller(queue, calls[0], get(10'000));
  caller(queue, calls[1], put(1));
  EXPECT_EQ(calls[0].result(), "1");
  queue = nullptr;
  system.run_ready();
  EXPECT_FALSE(caf::actor_cast<caf::strong_actor_ptr>(address));
}

} // namespace
} // namespace troupe
