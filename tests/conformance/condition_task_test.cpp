#include "conformance/condition_users.hpp"
#include "troupe/run.hpp"

#include <string>
#include <vector>

// asyncio-behaviours, section 3: what tasks have beside condition_test.cpp.
namespace troupe {
namespace {

using ::testing::Each;
using ::testing::StartsWith;

class ConditionTaskTest : public group_fixture {
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
      woken.push_back(name + " cancelled: " + why.text());
    }
    EXPECT_TRUE(mine);
    EXPECT_GT(mine.token(), before);
    EXPECT_TRUE(co_await ready.locked());
  }

  condition ready{lock{system.get()}};
  std::vector<std::string> woken;
};

// Adapted: an exception is caught by value; it has the reason and the text.
TEST_F(ConditionTaskTest, C10_TheReasonOfACancelIsKept) {
  auto a = wait("a");
  a.cancel(cancel_reason::requested, "enough");
  system.run_ready();
  EXPECT_THAT(woken, ElementsAre("a cancelled: enough"));
}

// Adapted: as C10.
TEST_F(ConditionTaskTest, C11_AlsoWhileItAcquiresTheLock) {
  auto a = wait("a");
  run([&]() -> task<void> {
    auto mine = co_await ready.acquire();
    co_await ready.notify(mine);
    co_await sleep(1s);
    a.cancel(cancel_reason::requested, "enough");
    co_await sleep(1s);
    EXPECT_THAT(woken, IsEmpty());
  });
  system.run_ready();
  EXPECT_THAT(woken, ElementsAre("a cancelled: enough"));
}

TEST_F(ConditionTaskTest, C13_AlsoWhenItHasTheLockAndIsPaused) {
  auto a = wait("a");
  auto b = wait("b");
  run([&]() -> task<void> {
    auto pause = co_await a.pause();
    {
      auto mine = co_await ready.acquire();
      co_await ready.notify(mine);
    }
    co_await sleep(1s);
    a.cancel(cancel_reason::requested, "enough");
  });
  system.run_ready();
  EXPECT_THAT(woken, ElementsAre("a cancelled: enough", "b"));
}

// Plain actors ask their predicates themselves.
TEST_F(ConditionTaskTest, C15_ATruePredicateNeedsNoLock) {
  run([&]() -> task<void> {
    auto released = co_await ready.acquire();
    co_await released.release();
    EXPECT_EQ(co_await ready.wait(released, [] { return 7; }), 7);
  });
}

TEST_F(ConditionTaskTest, C6_WithAnotherLockAllFailsToo) {
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

TEST_F(ConditionTaskTest, C11_ASecondCancelKeepsTheLock) {
  for (int steps = 0; steps != 10; ++steps) {
    auto a = wait("a");
    a.cancel(cancel_reason::requested, "first");
    testing::choices in_order;
    for (int i = 0; i != steps; ++i)
      system.run_one(in_order);
    a.cancel(cancel_reason::requested, "second");
    system.run_ready();
    run([&]() -> task<void> { EXPECT_FALSE(co_await ready.locked()); });
  }
  EXPECT_THAT(woken, Each(StartsWith("a cancelled")));
}

// Adapted: where asyncio refuses another loop, tasks are on several threads.
TEST_F(ConditionTaskTest, C19_ItWorksAcrossThreads) {
  class turns {
  public:
    condition changed;
    int count = 0;
  };
  auto rounds = block_on(
    []() -> task<int> {
      turns game;
      auto play = [&game](int me) -> task<void> {
        auto mine = co_await game.changed.acquire();
        for (int i = 0; i != 500; ++i) {
          auto my_turn = [&game, me] { return game.count % 2 == me; };
          co_await game.changed.wait(mine, my_turn);
          ++game.count;
          co_await game.changed.notify(mine);
        }
      };
      auto one = spawn(job([play] { return play(0); }));
      auto other = spawn(job([play] { return play(1); }));
      co_await one;
      co_await other;
      co_return game.count;
    }(),
    run_options{}.threads(2));
  EXPECT_EQ(rounds, 1000);
}

} // namespace
} // namespace troupe
