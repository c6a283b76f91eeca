#include "conformance/lock_users.hpp"
#include "troupe/group.hpp"
#include "troupe/timeout.hpp"

#include <type_traits>
#include <vector>

// asyncio-behaviours, section 1: each row with tasks, and with plain actors.
// Adapted: L1 and L4 by what is answered first; L12 at compile time; L14 is a
// deviation: a token releases, and nobody acquires twice.
namespace troupe {
namespace {

template <class User>
class LockConformanceTest : public group_fixture {
protected:
  void TearDown() override {
    for (auto* user : {&a, &b, &c})
      user->end();
    group_fixture::TearDown();
  }

  const typename User::subject& mutex() { return mutex_; }
  bool locked() { return is_locked(system, mutex_); }
  void settle() { system.run_ready(); }

  /// Lets one actor run.
  bool step() { return system.run_one(in_order_); }

  template <class... Users>
  void acquire(Users&... users) {
    (users.acquire(), ...);
    settle();
  }
  void release(User& user) {
    user.release();
    settle();
  }
  std::vector<std::string> states() { return {a.state, b.state, c.state}; }

private:
  typename User::subject mutex_ = User::make(system.get());
  testing::choices in_order_;

protected:
  User a{system.get(), mutex_};
  User b{system.get(), mutex_};
  User c{system.get(), mutex_};
};

struct names {
  template <class User>
  // NOLINTNEXTLINE(readability-identifier-naming): googletest calls it
  static std::string GetName(int) {
    return std::is_same_v<User, task_user> ? "Task" : "Actor";
  }
};

using users = ::testing::Types<task_user, actor_user>;
TYPED_TEST_SUITE(LockConformanceTest, users, names);

TYPED_TEST(LockConformanceTest, L1_ANewLockIsFreeAndGrantedAtOnce) {
  EXPECT_FALSE(this->locked());
  this->acquire(this->a);
  EXPECT_EQ(this->a.state, "has");
  EXPECT_TRUE(this->locked());
}

TYPED_TEST(LockConformanceTest, L2_OneReleaseAdmitsOneWaiter) {
  this->acquire(this->a, this->b, this->c);
  EXPECT_THAT(this->states(), ElementsAre("has", "waits", "waits"));
  this->release(this->a);
  EXPECT_THAT(this->states(), ElementsAre("released", "has", "waits"));
}

TYPED_TEST(LockConformanceTest, L3_WaitersAreServedFirstComeFirstServed) {
  this->acquire(this->a, this->b);
  this->release(this->a);
  this->acquire(this->c, this->a);
  this->release(this->b);
  EXPECT_THAT(this->states(), ElementsAre("waits", "released", "has"));
  EXPECT_GT(this->c.token, this->b.token);
}

TYPED_TEST(LockConformanceTest, L4_AReleaseHandsOverToTheWaiter) {
  this->acquire(this->a, this->b);
  this->a.release();
  this->c.poll();
  this->settle();
  EXPECT_THAT(this->states(), ElementsAre("released", "has", "timed_out"));
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
  EXPECT_THAT(this->states(), ElementsAre("released", "cancelled", "has"));
}

TYPED_TEST(LockConformanceTest, L7_ACancelAndAReleaseAdmitOneWaiter) {
  TypeParam d{this->system.get(), this->mutex()};
  this->acquire(this->a, this->b, this->c, d);
  this->b.cancel();
  this->a.release();
  this->settle();
  EXPECT_THAT(this->states(), ElementsAre("released", "cancelled", "has"));
  EXPECT_EQ(d.state, "waits");
  d.end();
  this->settle();
}

TYPED_TEST(LockConformanceTest, L8_AGrantThatIsNotTakenGoesToTheNext) {
  this->acquire(this->a, this->b, this->c);
  this->a.release();
  this->step(); // a asks
  this->step(); // the lock grants
  EXPECT_EQ(this->b.state, "waits") << "it knows already";
  this->b.cancel();
  this->settle();
  EXPECT_THAT(this->states(), ElementsAre("released", "cancelled", "has"));
}

TYPED_TEST(LockConformanceTest, L9_AReleaseOfWhatIsNotHeldFails) {
  this->acquire(this->a);
  this->release(this->a);
  if constexpr (std::is_same_v<TypeParam, actor_user>) {
    this->release(this->a);
    EXPECT_EQ(this->a.state, "stale_token");
  } else {
    auto twice = [&]() -> task<void> {
      auto mine = co_await this->mutex().acquire();
      co_await mine.release();
      co_await mine.release();
    };
    EXPECT_EQ(this->end_of(twice), "stale_token");
  }
}

TYPED_TEST(LockConformanceTest, L10_AReleaseWithoutWaitersFreesIt) {
  this->acquire(this->a);
  this->release(this->a);
  EXPECT_FALSE(this->locked());
}

TYPED_TEST(LockConformanceTest, L15_NobodyOvertakesAWaiterThatLives) {
  this->acquire(this->a, this->b);
  this->a.release();
  this->acquire(this->c);
  EXPECT_THAT(this->states(), ElementsAre("released", "has", "waits"));
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
  lock mutex{system.get()};
};

TEST_F(LockTaskTest, L11_ItIsLockedInsideAScope) {
  run([&]() -> task<void> {
    {
      auto mine = co_await mutex.acquire();
      EXPECT_TRUE(co_await mutex.locked());
    }
    EXPECT_FALSE(co_await mutex.locked());
  });
}

TEST_F(LockTaskTest, L14_ATaskThatHoldsItDoesNotGetItTwice) {
  EXPECT_EQ(end_of([&]() -> task<void> {
              auto mine = co_await mutex.acquire();
              auto again = co_await mutex.acquire();
            }),
            "already_held");
}

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
  EXPECT_EQ(end_of([&]() -> task<void> { co_await mutex.acquire_for(2s); }),
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
  auto child = spawn(system.get(), mutex.acquire());
  system.run_ready();
  EXPECT_FALSE(is_locked(system, mutex));
}

TEST_F(LockTaskTest, AHeldLockMayBeDroppedAnywhere) {
  std::optional<held> kept;
  auto holder = start([&]() -> task<void> {
    kept = co_await mutex.acquire();
    co_await sleep(1s);
  });
  EXPECT_TRUE(is_locked(system, mutex));
  kept.reset();
  EXPECT_FALSE(is_locked(system, mutex));
  EXPECT_EQ(end_of(holder), "done");
}

} // namespace
} // namespace troupe
