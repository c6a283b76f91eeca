#include "conformance/lock_users.hpp"
#include "troupe/timeout.hpp"

#include <optional>
#include <type_traits>

// asyncio-behaviours, section 1: each row with tasks, and with plain actors.
namespace troupe {
namespace {

template <class User>
class LockConformanceTest : public users_fixture<User> {
protected:
  bool locked() { return User::is_locked(this->system, this->used); }

  template <class... Users>
  void acquire(Users&... users) {
    (users.acquire(), ...);
    this->settle();
  }
  void release(User& user) {
    user.release();
    this->settle();
  }
};

using users =
  ::testing::Types<lock_task_user, uncached_lock_task_user, lock_actor_user>;
TYPED_TEST_SUITE(LockConformanceTest, users, form_names);

// Adapted: at once is before any later request.
TYPED_TEST(LockConformanceTest, L1_ANewLockIsFreeAndGrantedAtOnce) {
  EXPECT_FALSE(this->locked());
  this->a.acquire();
  this->b.poll();
  this->settle();
  EXPECT_EQ(this->a.state, "has");
  EXPECT_EQ(this->b.state, "timed_out");
  EXPECT_TRUE(this->locked());
}

TYPED_TEST(LockConformanceTest, L2_OneReleaseAdmitsOneWaiter) {
  this->acquire(this->a, this->b, this->c);
  EXPECT_THAT(this->states(), ElementsAre("has", "waits", "waits", "idle"));
  this->release(this->a);
  EXPECT_THAT(this->states(), ElementsAre("released", "has", "waits", "idle"));
}

TYPED_TEST(LockConformanceTest, L3_WaitersAreServedFirstComeFirstServed) {
  this->acquire(this->a, this->b);
  this->release(this->a);
  this->acquire(this->c, this->a);
  this->release(this->b);
  EXPECT_THAT(this->states(), ElementsAre("waits", "released", "has", "idle"));
  EXPECT_GT(this->c.token, this->b.token);
}

// Adapted: as L1.
TYPED_TEST(LockConformanceTest, L4_AReleaseHandsOverToTheWaiter) {
  this->acquire(this->a, this->b);
  this->a.release();
  this->c.poll();
  this->settle();
  EXPECT_THAT(this->states(),
              ElementsAre("released", "has", "timed_out", "idle"));
}

TYPED_TEST(LockConformanceTest, L5_ACancelledWaiterLosesItsPlace) {
  this->acquire(this->a, this->b);
  this->b.cancel();
  this->settle();
  EXPECT_EQ(this->b.state, "cancelled");
  this->release(this->a);
  EXPECT_FALSE(this->locked());
}

TYPED_TEST(LockConformanceTest, L6_AReleaseSkipsAWaiterThatIsJustCancelled) {
  this->acquire(this->a, this->b, this->c);
  this->a.release();
  this->b.cancel();
  this->settle();
  EXPECT_THAT(this->states(),
              ElementsAre("released", "cancelled", "has", "idle"));
}

TYPED_TEST(LockConformanceTest, L7_ACancelAndAReleaseAdmitOneWaiter) {
  this->acquire(this->a, this->b, this->c, this->d);
  this->b.cancel();
  this->a.release();
  this->settle();
  EXPECT_THAT(this->states(),
              ElementsAre("released", "cancelled", "has", "waits"));
}

TYPED_TEST(LockConformanceTest, L8_AGrantThatIsNotTakenGoesToTheNext) {
  this->acquire(this->a, this->b, this->c);
  this->a.release();
  this->run_until(this->a, "released");
  EXPECT_EQ(this->system.ready(), 1u) << "nothing was granted";
  EXPECT_EQ(this->b.state, "waits") << "it knows already";
  this->b.cancel();
  this->settle();
  EXPECT_THAT(this->states(),
              ElementsAre("released", "cancelled", "has", "idle"));
  EXPECT_EQ(this->b.token, 0u) << "it never had it";
  EXPECT_EQ(this->c.token, this->a.token + 2) << "one was for b";
}

TYPED_TEST(LockConformanceTest, L9_AReleaseOfWhatIsNotHeldFails) {
  this->release(this->a);
  EXPECT_EQ(this->a.state, "stale_token");
  this->acquire(this->a);
  this->release(this->a);
  EXPECT_EQ(this->a.state, "released");
  this->release(this->a);
  EXPECT_EQ(this->a.state, "stale_token");
}

TYPED_TEST(LockConformanceTest, L10_AReleaseWithoutWaitersFreesIt) {
  this->acquire(this->a);
  this->release(this->a);
  EXPECT_FALSE(this->locked());
}

TYPED_TEST(LockConformanceTest, L11_ItIsLockedInsideAScope) {
  this->acquire(this->a, this->b);
  EXPECT_TRUE(this->locked());
  this->a.leave();
  this->settle();
  EXPECT_THAT(this->states(), ElementsAre("left", "has", "idle", "idle"));
  this->b.leave();
  this->settle();
  EXPECT_FALSE(this->locked());
}

// Adapted: what asyncio refuses when it runs does not compile.
TYPED_TEST(LockConformanceTest, L12_OnlyItsAcquireCanBeAwaited) {
  static_assert(!can_be_awaited<typename TypeParam::subject>);
  static_assert(can_be_awaited<decltype(lock{}.acquire())>);
  static_assert(!std::is_constructible_v<held, lock>);
  static_assert(!std::is_constructible_v<held, task<held>>);
  EXPECT_FALSE(this->locked());
}

// Adapted: asyncio lets anybody release it, here a token does; and its holder
// is told what would never end.
TYPED_TEST(LockConformanceTest, L14_WhoHoldsItDoesNotGetItTwice) {
  this->acquire(this->a);
  this->acquire(this->a);
  EXPECT_EQ(this->a.state, "already_held");
  this->release(this->a);
  EXPECT_FALSE(this->locked());
}

TYPED_TEST(LockConformanceTest, L15_NobodyOvertakesAWaiterThatLives) {
  this->acquire(this->a, this->b);
  this->a.release();
  this->acquire(this->c);
  EXPECT_THAT(this->states(), ElementsAre("released", "has", "waits", "idle"));
}

TYPED_TEST(LockConformanceTest, TheEndOfAHolderReleases) {
  this->acquire(this->a, this->b);
  this->a.end();
  this->settle();
  EXPECT_EQ(this->b.state, "has");
}

TYPED_TEST(LockConformanceTest, TheEndOfAWaiterGivesUpItsPlace) {
  this->acquire(this->a, this->b, this->c);
  this->b.end();
  this->release(this->a);
  EXPECT_EQ(this->c.state, "has");
}

// -- what tasks have beside ---------------------------------------------------

class LockTaskTest : public group_fixture {
protected:
  bool locked() { return system.run(mutex.locked()); }

  lock mutex{system.get()};
};

TEST_F(LockTaskTest, ItIsMadeForTheSystemOfTheRunningTask) {
  run([]() -> task<void> {
    lock own;
    auto mine = co_await own.acquire();
    EXPECT_EQ(mine.token(), 1u);
  });
  EXPECT_THROW(lock{}, failure);
}

TEST_F(LockTaskTest, ALimitEndsAWait) {
  auto holder = start([&]() -> task<void> {
    auto mine = co_await mutex.acquire();
    co_await sleep(5s);
  });
  EXPECT_EQ(
    end_of([&]() -> task<void> { auto late = co_await mutex.acquire_for(2s); }),
    "timed_out");
  EXPECT_EQ(elapsed(), 2s);
  run([&]() -> task<void> {
    auto mine = co_await mutex.acquire_for(10s);
    EXPECT_EQ(elapsed(), 5s);
  });
}

TEST_F(LockTaskTest, WithoutWaitingItIsGrantedOrNot) {
  auto holder = start([&]() -> task<void> {
    auto mine = co_await mutex.try_acquire();
    EXPECT_TRUE(mine.has_value());
    co_await sleep(1s);
  });
  run([&]() -> task<void> {
    auto mine = co_await mutex.try_acquire();
    EXPECT_FALSE(mine.has_value());
  });
  EXPECT_EQ(end_of(holder), "done");
}

TEST_F(LockTaskTest, AGrantThatCameInAPauseIsKept) {
  auto holder = start([&]() -> task<void> {
    auto mine = co_await mutex.acquire();
    co_await sleep(1s);
  });
  bool has = false;
  auto waiter = start([&]() -> task<void> {
    auto mine = co_await mutex.acquire_for(2s);
    has = true;
  });
  run([&]() -> task<void> {
    auto pause = co_await waiter.pause();
    co_await sleep(5s);
    EXPECT_TRUE(co_await mutex.locked());
    EXPECT_FALSE(has);
  });
  EXPECT_EQ(end_of(waiter), "done");
  EXPECT_TRUE(has);
}

TEST_F(LockTaskTest, AGrantThatCameInAPauseIsGivenBackByACancel) {
  auto holder = start([&]() -> task<void> {
    auto mine = co_await mutex.acquire();
    co_await sleep(1s);
  });
  auto waiter = start([&]() -> task<void> {
    auto mine = co_await mutex.acquire();
    ADD_FAILURE() << "it was cancelled";
  });
  run([&]() -> task<void> {
    auto pause = co_await waiter.pause();
    co_await sleep(5s);
    waiter.cancel();
    EXPECT_EQ(co_await ending(waiter), "cancelled");
    EXPECT_FALSE(co_await mutex.locked());
  });
}

TEST_F(LockTaskTest, ATimeLimitAroundAWaitGivesUpThePlace) {
  auto holder = start([&]() -> task<void> {
    auto mine = co_await mutex.acquire();
    co_await sleep(5s);
  });
  auto late = [&]() -> task<void> {
    auto body = [&](timeout_scope&) -> task<void> {
      auto mine = co_await mutex.acquire();
    };
    EXPECT_EQ(co_await ending(with_timeout(1s, body)), "timed_out");
    co_await sleep(5s);
    EXPECT_FALSE(co_await mutex.locked());
  };
  EXPECT_EQ(end_of(late), "done");
  EXPECT_EQ(end_of(holder), "done");
}

TEST_F(LockTaskTest, ATaskThatEndsGivesUpWhatItReturns) {
  struct result {
    held what;
  };
  auto acquire = [](lock from) -> task<result> {
    auto mine = co_await from.acquire();
    co_return result{std::move(mine)};
  };
  auto child = spawn(system.get(), acquire(mutex));
  system.run_ready();
  EXPECT_FALSE(locked());
}

TEST_F(LockTaskTest, AHeldLockMayBeDroppedAnywhere) {
  std::optional<held> kept;
  auto holder = start([&]() -> task<void> {
    kept = co_await mutex.acquire();
    co_await sleep(1s);
  });
  EXPECT_TRUE(locked());
  kept.reset();
  EXPECT_FALSE(locked());
  EXPECT_EQ(end_of(holder), "done");
}

} // namespace
} // namespace troupe
