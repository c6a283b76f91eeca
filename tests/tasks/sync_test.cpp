#include "conformance/group_fixture.hpp"
#include "conformance/plain_client.hpp"
#include "troupe/capacity_limiter.hpp"
#include "troupe/core/event_actor.hpp"
#include "troupe/core/lock_actor.hpp"
#include "troupe/core/semaphore_actor.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/event.hpp"
#include "troupe/fence.hpp"
#include "troupe/rate_limiter.hpp"
#include "troupe/rlock.hpp"
#include "troupe/rwlock.hpp"
#include "troupe/semaphore.hpp"

#include <cstdint>
#include <memory>

// What troupe has beside asyncio's locks.
namespace troupe {
namespace {

class SyncTest : public group_fixture {
protected:
  /// How often the running task has waited.
  static std::uint32_t this_task_moves() {
    return detail::fiber::require().block()->moves();
  }
};

TEST_F(SyncTest, AnRlockIsReleasedAsOftenAsItWasAcquired) {
  run([]() -> task<void> {
    rlock mutex;
    auto outer = co_await mutex.acquire();
    {
      auto inner = co_await mutex.acquire();
      EXPECT_EQ(inner.token(), outer.token());
    }
    EXPECT_TRUE(co_await mutex.locked());
    co_await outer.release();
    EXPECT_FALSE(co_await mutex.locked());
  });
}

TEST_F(SyncTest, TasksAndPlainActorsShareWhatWasSpawned) {
  auto actor = spawn_lock(system.get());
  lock mutex{actor};
  plain_client client{system.get()};
  std::uint64_t token = 0;
  client.ask<v1::LockGranted>(actor, v1::LockAcquire{},
                              [&](const auto& x) { token = x.token(); });
  system.run_ready();
  EXPECT_EQ(token, 1u);
  auto user = start([&]() -> task<std::uint64_t> {
    auto mine = co_await mutex.acquire();
    co_return mine.token();
  });
  EXPECT_FALSE(user.done());
  v1::LockRelease release;
  release.set_token(token);
  client.tell(actor, release);
  run([&]() -> task<void> { EXPECT_EQ(co_await user, 2u); });

  semaphore slots{spawn_semaphore(system.get())};
  event happened{spawn_event(system.get())};
  run([&]() -> task<void> {
    EXPECT_EQ(co_await slots.available(), 1);
    EXPECT_FALSE(co_await happened.is_set());
  });
}

TEST_F(SyncTest, ALockIsTakenAgainWithoutAsking) {
  run([]() -> task<void> {
    lock mutex;
    auto first = co_await mutex.acquire();
    auto token = first.token();
    co_await first.release();
    EXPECT_FALSE(co_await mutex.locked());
    auto moves = this_task_moves();
    {
      auto second = co_await mutex.acquire();
      EXPECT_EQ(second.token(), token + 1);
    }
    auto third = co_await mutex.try_acquire();
    EXPECT_EQ(third->token(), token + 2);
    EXPECT_EQ(this_task_moves(), moves);
    EXPECT_TRUE(co_await mutex.locked());
  });
}

TEST_F(SyncTest, ALockThatIsNotCachedIsAskedForEveryTime) {
  run([]() -> task<void> {
    lock mutex{lock_options{}.cached(false)};
    auto first = co_await mutex.acquire();
    co_await first.release();
    auto moves = this_task_moves();
    auto second = co_await mutex.acquire();
    EXPECT_NE(this_task_moves(), moves);
  });
}

TEST_F(SyncTest, WhoTakesALockAgainAndAgainLetsOthersRun) {
  auto turns = std::make_shared<int>(0);
  auto count = [](std::shared_ptr<int> all) -> task<void> {
    for (;; ++*all)
      co_await yield();
  };
  run([&]() -> task<void> {
    lock mutex;
    auto other = spawn(count(turns));
    for (int i = 0; i != 10'000; ++i)
      auto mine = co_await mutex.acquire();
    EXPECT_GE(*turns, 10);
    other.cancel();
  });
}

TEST_F(SyncTest, ATaskThatLetsGoOfALockBeforeItEndsHoldsNobodyUp) {
  lock mutex{system.get()};
  auto first = start([&]() -> task<void> {
    for (int i = 0; i != 3; ++i)
      auto mine = co_await mutex.acquire();
    co_await sleep(1h); // it has the lease, and does nothing
  });
  run([&]() -> task<void> {
    auto mine = co_await mutex.acquire();
    EXPECT_EQ(elapsed(), 0s);
  });
  first.cancel();
  system.run_ready();
}

TEST_F(SyncTest, ReadersShareAndAWriterIsAlone) {
  rwlock data{system.get()};
  auto reader = start([&]() -> task<void> {
    auto mine = co_await data.read();
    co_await sleep(2s);
  });
  run([&]() -> task<void> {
    {
      auto mine = co_await data.read();
      EXPECT_EQ(elapsed(), 0s);
    }
    auto early = co_await data.try_write();
    EXPECT_FALSE(early.has_value());
    auto mine = co_await data.write();
    EXPECT_EQ(elapsed(), 2s);
    auto another = co_await attempt(data.read());
    EXPECT_EQ(another.error().code(), errc::already_held);
  });
}

TEST_F(SyncTest, AReaderDoesNotOvertakeAWriter) {
  rwlock data{system.get()};
  auto reader = start([&]() -> task<void> {
    auto mine = co_await data.read();
    co_await sleep(1s);
  });
  auto writer = start([&]() -> task<void> {
    auto mine = co_await data.write();
    co_await sleep(1s);
  });
  run([&]() -> task<void> {
    auto mine = co_await data.read();
    EXPECT_EQ(elapsed(), 2s);
  });
}

TEST_F(SyncTest, ACapacityLimiterGivesATaskOnePlace) {
  run([]() -> task<void> {
    capacity_limiter places{2};
    auto mine = co_await places.acquire();
    auto another = co_await attempt(places.acquire());
    EXPECT_EQ(another.error().code(), errc::already_held);
  });
}

TEST_F(SyncTest, ACapacityLimiterGrows) {
  capacity_limiter places{system.get(), 1};
  auto use = [&]() -> task<void> {
    auto mine = co_await places.acquire();
    co_await sleep(1s);
  };
  auto a = start(use);
  auto b = start(use);
  run([&]() -> task<void> { co_await places.resize(2); });
  EXPECT_EQ(end_of(b), "done");
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(SyncTest, ARateLimiterSpacesWhatComesAtOnce) {
  run([&]() -> task<void> {
    rate_limiter slow{2, 10s, 1};
    co_await slow.acquire("a");
    EXPECT_EQ(elapsed(), 0s);
    co_await slow.acquire("b");
    EXPECT_EQ(elapsed(), 0s);
    co_await slow.acquire("a");
    EXPECT_EQ(elapsed(), 5s);
  });
  EXPECT_THROW(rate_limiter(system.get(), 0, 1s), failure);
}

TEST_F(SyncTest, AFenceRefusesWhoIsLate) {
  fence data;
  EXPECT_TRUE(data.accept(2));
  EXPECT_TRUE(data.accept(2));
  EXPECT_FALSE(data.accept(1));
  EXPECT_EQ(data.seen(), 2u);
  EXPECT_FALSE(fence{5}.accept(4));
}

} // namespace
} // namespace troupe
