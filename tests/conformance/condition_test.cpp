#include "conformance/group_fixture.hpp"
#include "conformance/plain_client.hpp"
#include "troupe/condition.hpp"
#include "troupe/core/lock_actor.hpp"
#include "troupe/timeout.hpp"

// asyncio-behaviours, section 3. Adapted: C10 and C11 keep the reason; C19 is
// "works across tasks and systems' threads", as every test here does.
namespace troupe {
namespace {

using ::testing::Each;
using ::testing::StartsWith;

class ConditionConformanceTest : public group_fixture {
protected:
  /// A task that waits, and tells who it is once it has the lock again.
  handle<void> wait(std::string name) {
    auto work = job([this, name] { return wait_and_tell(name); });
    auto result = spawn(system.get(), std::move(work));
    system.run_ready();
    return result;
  }
  task<void> wait_and_tell(std::string name) {
    auto mine = co_await ready.acquire();
    auto before = mine.token();
    try {
      co_await ready.wait(mine);
      woken.push_back(name);
    } catch (const cancelled& why) {
      woken.push_back(name + " cancelled"
                      + (why.text().empty() ? "" : ": " + why.text()));
    }
    EXPECT_TRUE(mine);
    EXPECT_GT(mine.token(), before);
    EXPECT_TRUE(co_await ready.locked());
  }

  /// Notifies so many.
  std::size_t notify(std::size_t count = 1) {
    return run([this, count]() -> task<std::size_t> {
      auto mine = co_await ready.acquire();
      auto told = co_await ready.notify(mine, count);
      co_await mine.release();
      co_return told;
    });
  }
  bool locked() { return system.run(ready.locked()); }
  void settle() { system.run_ready(); }

  condition ready{lock{system.get()}};
  std::vector<std::string> woken;
};

TEST_F(ConditionConformanceTest, C1_AWaitReleasesTheLockMeanwhile) {
  wait("a");
  EXPECT_FALSE(locked());
  EXPECT_EQ(notify(), 1u);
  settle();
  EXPECT_THAT(woken, ElementsAre("a"));
  EXPECT_FALSE(locked());
}

TEST_F(ConditionConformanceTest, C2_TheNotifiedWaitForTheLock) {
  wait("a");
  run([&]() -> task<void> {
    auto mine = co_await ready.acquire();
    co_await ready.notify(mine);
    co_await sleep(1s);
    EXPECT_THAT(woken, IsEmpty());
  });
  settle();
  EXPECT_THAT(woken, ElementsAre("a"));
}

TEST_F(ConditionConformanceTest, C3_C5_AllAreWokenInOrder) {
  wait("a");
  wait("b");
  wait("c");
  run([&]() -> task<void> {
    auto mine = co_await ready.acquire();
    EXPECT_EQ(co_await ready.notify_all(mine), 3u);
  });
  settle();
  EXPECT_THAT(woken, ElementsAre("a", "b", "c"));
}

TEST_F(ConditionConformanceTest, C4_ANotifyWakesAtMostSoMany) {
  wait("a");
  wait("b");
  wait("c");
  EXPECT_EQ(notify(2), 2u);
  settle();
  EXPECT_THAT(woken, ElementsAre("a", "b"));
  EXPECT_EQ(notify(2048), 1u);
  settle();
  EXPECT_THAT(woken, ElementsAre("a", "b", "c"));
}

TEST_F(ConditionConformanceTest, C6_WithoutTheLockAllFails) {
  auto released = [&](auto use) {
    return end_of([&]() -> task<void> {
      auto mine = co_await ready.acquire();
      auto other = std::move(mine);
      co_await other.release();
      co_await use(other);
    });
  };
  EXPECT_EQ(released([&](held& x) { return ready.wait(x); }), "stale_token");
  EXPECT_EQ(released([&](held& x) { return ready.notify(x); }), "stale_token");
  EXPECT_EQ(released([&](held& x) { return ready.notify_all(x); }),
            "stale_token");
}

TEST_F(ConditionConformanceTest, C6_SoItDoesWithAnotherLock) {
  lock other{system.get()};
  auto foreign = [&](auto use) {
    return end_of([&]() -> task<void> {
      auto mine = co_await other.acquire();
      co_await use(mine);
    });
  };
  auto somebody = start([&]() -> task<void> {
    auto mine = co_await ready.acquire(); // with the same token
    co_await sleep(1s);
  });
  EXPECT_EQ(foreign([&](held& x) { return ready.wait(x); }), "stale_token");
  EXPECT_EQ(foreign([&](held& x) { return ready.notify(x); }), "stale_token");
  EXPECT_EQ(
    foreign([&](held& x) { return ready.wait(x, [] { return false; }); }),
    "stale_token");
  system.advance(1s);
}

TEST_F(ConditionConformanceTest, C7_C10_ACancelledWaitHasTheLockFirst) {
  auto a = wait("a");
  auto holder = start([&]() -> task<void> {
    auto mine = co_await ready.acquire();
    co_await sleep(1s);
  });
  a.cancel(cancel_reason::requested, "enough");
  settle();
  EXPECT_THAT(woken, IsEmpty());
  system.advance(1s);
  EXPECT_THAT(woken, ElementsAre("a cancelled: enough"));
  EXPECT_EQ(notify(), 0u);
}

TEST_F(ConditionConformanceTest, C8_C9_C11_ACancelWhileItAcquiresIsKept) {
  auto a = wait("a");
  run([&]() -> task<void> {
    auto mine = co_await ready.acquire();
    co_await ready.notify(mine);
    a.cancel(cancel_reason::requested, "enough");
    co_await sleep(1s);
    EXPECT_THAT(woken, IsEmpty());
  });
  settle();
  EXPECT_THAT(woken, ElementsAre("a cancelled: enough"));
  EXPECT_FALSE(locked());
}

TEST_F(ConditionConformanceTest, C12_ACancelledNotificationGoesToAnother) {
  auto a = wait("a");
  wait("b");
  run([&]() -> task<void> {
    auto mine = co_await ready.acquire();
    co_await ready.notify(mine);
    a.cancel();
  });
  settle();
  EXPECT_THAT(woken, ElementsAre("a cancelled", "b"));
}

TEST_F(ConditionConformanceTest, C13_AlsoWhileItAcquiresTheLock) {
  auto a = wait("a");
  wait("b");
  run([&]() -> task<void> {
    auto mine = co_await ready.acquire();
    co_await ready.notify(mine);
    co_await sleep(1s);
    a.cancel();
    co_await sleep(1s);
  });
  settle();
  EXPECT_THAT(woken, ElementsAre("a cancelled", "b"));
}

TEST_F(ConditionConformanceTest, C13_AlsoWhenItHasTheLockAndIsPaused) {
  auto a = wait("a");
  wait("b");
  run([&]() -> task<void> {
    auto pause = co_await a.pause();
    {
      auto mine = co_await ready.acquire();
      co_await ready.notify(mine);
    }
    co_await sleep(1s);
    a.cancel();
  });
  settle();
  EXPECT_THAT(woken, ElementsAre("a cancelled", "b"));
}

TEST_F(ConditionConformanceTest, C11_ASecondCancelKeepsTheLock) {
  for (int steps = 0; steps != 10; ++steps) {
    auto a = wait("a");
    a.cancel(cancel_reason::requested, "first");
    testing::choices in_order;
    for (int i = 0; i != steps; ++i)
      system.run_one(in_order);
    a.cancel(cancel_reason::requested, "second");
    settle();
    EXPECT_FALSE(locked());
  }
  EXPECT_THAT(woken, Each(StartsWith("a cancelled")));
}

TEST_F(ConditionConformanceTest, C14_AWaitForAPredicateGivesItsLastValue) {
  int jobs = 0;
  auto waiter = start([&]() -> task<int> {
    auto mine = co_await ready.acquire();
    auto enough = [&] { return jobs > 1 ? jobs : 0; };
    co_return co_await ready.wait(mine, enough);
  });
  jobs = 1;
  notify();
  settle();
  EXPECT_FALSE(waiter.done());
  jobs = 2;
  notify();
  settle();
  EXPECT_EQ(system.run(job([&]() -> task<int> { co_return co_await waiter; })),
            2);
}

TEST_F(ConditionConformanceTest, C15_ATruePredicateNeedsNoLock) {
  auto wait_without = [&](bool value) {
    return end_of([&]() -> task<void> {
      auto mine = co_await ready.acquire();
      co_await mine.release();
      auto told = [value] { return value; };
      EXPECT_TRUE(co_await ready.wait(mine, told));
    });
  };
  EXPECT_EQ(wait_without(true), "done");
  EXPECT_EQ(wait_without(false), "stale_token");
}

TEST_F(ConditionConformanceTest, C16_SeveralShareALock) {
  condition other{ready.mutex()};
  wait("a");
  run([&]() -> task<void> {
    auto mine = co_await other.acquire();
    EXPECT_TRUE(co_await ready.locked());
    EXPECT_TRUE(co_await ready.mutex().locked());
    EXPECT_EQ(co_await other.notify_all(mine), 0u);
  });
  EXPECT_EQ(notify(), 1u);
}

TEST_F(ConditionConformanceTest, C17_AScopeHoldsTheLock) {
  run([]() -> task<void> {
    condition own;
    {
      auto mine = co_await own.acquire();
      EXPECT_TRUE(co_await own.locked());
    }
    EXPECT_FALSE(co_await own.locked());
  });
}

TEST_F(ConditionConformanceTest, C18_ATimeLimitLeavesTheLockAsItShouldBe) {
  auto late = [&]() -> task<void> {
    auto mine = co_await ready.acquire();
    auto body = [&](timeout_scope&) -> task<void> {
      co_await ready.wait(mine);
    };
    auto ended = co_await ending(with_timeout(1s, body));
    EXPECT_EQ(ended, "timed_out");
    EXPECT_TRUE(co_await ready.locked());
    co_await mine.release();
  };
  EXPECT_EQ(end_of(late), "done");
  EXPECT_FALSE(locked());
}

TEST_F(ConditionConformanceTest, C1_C2_C6_WithPlainActors) {
  auto mutex = spawn_lock(system.get());
  plain_client a{system.get()};
  plain_client b{system.get()};
  std::uint64_t token = 0;
  auto acquire = [&](plain_client& who) {
    who.ask<v1::LockGranted>(mutex, v1::LockAcquire{},
                             [&](const auto& x) { token = x.token(); });
    system.run_ready();
  };
  acquire(a);
  v1::ConditionWait what;
  what.set_token(token);
  what.set_condition(1);
  a.ask<v1::ConditionWoken>(mutex, what,
                            [&](const auto&) { woken.push_back("a"); });
  acquire(b);
  EXPECT_EQ(token, 2u);
  v1::ConditionNotify notify;
  notify.set_token(1);
  notify.set_condition(1);
  auto told = [&](const auto& x) {
    woken.push_back(std::to_string(x.count()));
  };
  auto complain = [&](std::string why) { woken.push_back(std::move(why)); };
  b.ask<v1::ConditionNotified>(mutex, notify, told, complain);
  notify.set_token(2);
  b.ask<v1::ConditionNotified>(mutex, notify, told, complain);
  system.run_ready();
  EXPECT_THAT(woken, ElementsAre("stale_token", "1"));
  v1::LockRelease release;
  release.set_token(2);
  b.tell(mutex, release);
  system.run_ready();
  EXPECT_THAT(woken, ElementsAre("stale_token", "1", "a"));
}

} // namespace
} // namespace troupe
