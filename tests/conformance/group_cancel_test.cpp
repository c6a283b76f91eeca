#include "conformance/group_fixture.hpp"
#include "troupe/finally.hpp"
#include "troupe/group.hpp"
#include "troupe/this_task.hpp"

// Rows of asyncio's TaskGroup that are about cancels.
namespace troupe {
namespace {

class GroupCancelConformanceTest : public group_fixture {};

task<void> fails_when_cancelled(std::string text) {
  co_await ending(never_ends());
  throw std::runtime_error{text};
}

/// Ends late when it is cancelled.
task<void> cleans_up(duration length) {
  co_await ending(never_ends());
  co_await sleep(length);
}

TEST_F(GroupCancelConformanceTest, TG4_ACancelDuringTheExitCancelsAllTasks) {
  handle<void> a;
  handle<void> b;
  auto work = start([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      a = g.spawn(never_ends());
      b = g.spawn(never_ends());
      co_return;
    });
  });
  work.cancel();
  EXPECT_EQ(end_of(work), "cancelled");
  EXPECT_TRUE(a.was_cancelled());
  EXPECT_TRUE(b.was_cancelled());
}

TEST_F(GroupCancelConformanceTest, TG4_ACancelDuringTheBodyCancelsAllTasks) {
  handle<void> a;
  auto work = start([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      a = g.spawn(never_ends());
      co_await never_ends();
    });
  });
  work.cancel();
  EXPECT_EQ(end_of(work), "cancelled");
  EXPECT_TRUE(a.was_cancelled());
}

TEST_F(GroupCancelConformanceTest, TG4_TheEndOfTheTasksIsWaitedFor) {
  auto work = start([]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      g.spawn(cleans_up(2s));
      co_return;
    });
  });
  work.cancel();
  system.advance(1s);
  EXPECT_FALSE(work.done());
  system.advance(1s);
  EXPECT_TRUE(work.was_cancelled());
}

TEST_F(GroupCancelConformanceTest, TG4_TheReasonAndTextOfTheCancelSurvive) {
  std::string told_to_task;
  auto work = start([&]() -> task<void> {
    auto child = job([&]() -> task<void> {
      try {
        co_await never_ends();
      } catch (const cancelled& what) {
        told_to_task = what.text();
        throw;
      }
    });
    try {
      co_await with_group([&](group& g) -> task<void> {
        g.spawn(std::move(child));
        co_return;
      });
    } catch (const cancelled& what) {
      EXPECT_EQ(what.reason(), cancel_reason::shutdown);
      EXPECT_EQ(what.text(), "my message");
      throw;
    }
  });
  work.cancel(cancel_reason::shutdown, "my message");
  system.run_ready();
  EXPECT_TRUE(work.was_cancelled());
  EXPECT_EQ(told_to_task, "my message");
}

TEST_F(GroupCancelConformanceTest, TG5_ATaskThatFailsThenMakesItAnErrorGroup) {
  auto work = start([]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      g.spawn(fails_when_cancelled("boom"));
      g.spawn(never_ends());
      co_return;
    });
  });
  work.cancel();
  EXPECT_EQ(end_of(work), "group(boom)");
  EXPECT_FALSE(work.was_cancelled());
}

TEST_F(GroupCancelConformanceTest, TG7_ErrorsOfNestedGroupsNest) {
  auto work = start([]() -> task<void> {
    co_await with_group([](group&) -> task<void> {
      co_await with_group([](group& inner) -> task<void> {
        inner.spawn(fails_when_cancelled("boom"));
        co_return;
      });
    });
  });
  work.cancel();
  EXPECT_EQ(end_of(work), "group(group(boom))");
}

TEST_F(GroupCancelConformanceTest, TG7_ErrorsNestBesideTasksOfTheOuterGroup) {
  handle<void> outer_task;
  auto work = start([&]() -> task<void> {
    co_await with_group([&](group& outer) -> task<void> {
      outer_task = outer.spawn(never_ends());
      co_await with_group([](group& inner) -> task<void> {
        inner.spawn(fails_when_cancelled("boom"));
        co_return;
      });
    });
  });
  work.cancel();
  EXPECT_EQ(end_of(work), "group(group(boom))");
  EXPECT_TRUE(outer_task.was_cancelled());
}

TEST_F(GroupCancelConformanceTest, TG10_ATaskFailsWhileTheBodyCleansUp) {
  auto work = start([]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      g.spawn(throws("boom", 3s));
      auto cleanup = []() -> task<void> { co_await sleep(5s); };
      co_await finally(never_ends(), cleanup);
    });
  });
  system.advance(1s);
  work.cancel();
  EXPECT_EQ(end_of(work), "group(boom)");
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(GroupCancelConformanceTest, TG10_ATaskFailsWhileTheExitCleansUp) {
  auto work = start([]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      g.spawn(cleans_up(5s));
      g.spawn([]() -> task<void> {
        co_await ending(never_ends());
        co_await throws("boom", 3s);
      }());
      co_return;
    });
  });
  work.cancel();
  EXPECT_EQ(end_of(work), "group(boom)");
  EXPECT_EQ(elapsed(), 5s);
}

TEST_F(GroupCancelConformanceTest, TG11_TheBodyMakesAnErrorOfTheCancel) {
  auto work = start([]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      g.spawn(never_ends());
      co_await fails_when_cancelled("mine");
    });
  });
  work.cancel();
  EXPECT_EQ(end_of(work), "group(mine)");
}

TEST_F(GroupCancelConformanceTest, TG22_AHandledFailureLeavesNoCancelBehind) {
  run([&]() -> task<void> {
    auto work = with_group([](group& g) -> task<void> {
      g.spawn(throws("boom"));
      co_await never_ends();
    });
    EXPECT_EQ(co_await ending(std::move(work)), "group(boom)");
    EXPECT_EQ(this_task::cancelling(), 0u);
    co_await sleep(1s);
  });
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(GroupCancelConformanceTest,
       TG22_ABodyThatDoesNotAwaitLeavesNoCancelEither) {
  run([&]() -> task<void> {
    auto work = with_group([](group& g) -> task<void> {
      g.spawn(throws("boom"));
      g.cancel();
      co_return;
    });
    co_await ending(std::move(work));
    EXPECT_EQ(this_task::cancelling(), 0u);
    co_await sleep(1s);
  });
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(GroupCancelConformanceTest, TG22_AnEarlierCancelStaysCounted) {
  auto work = start([&]() -> task<void> {
    EXPECT_EQ(co_await ending(never_ends()), "cancelled");
    auto failing = with_group([](group& g) -> task<void> {
      g.spawn(throws("boom"));
      co_await never_ends();
    });
    EXPECT_EQ(co_await ending(std::move(failing)), "group(boom)");
    EXPECT_EQ(this_task::cancelling(), 1u);
  });
  work.cancel();
  EXPECT_EQ(end_of(work), "done");
}

TEST_F(GroupCancelConformanceTest, TG23_BothGroupsFailAndTheCountComesBack) {
  run([]() -> task<void> {
    auto outer_work = with_group([](group& outer) -> task<void> {
      auto inner_work = with_group([&](group& inner) -> task<void> {
        inner.spawn(throws("inner"));
        outer.spawn(throws("outer"));
        co_return;
      });
      EXPECT_EQ(co_await ending(std::move(inner_work)), "group(inner)");
      EXPECT_EQ(this_task::cancelling(), 1u);
    });
    EXPECT_EQ(co_await ending(std::move(outer_work)), "group(outer)");
    EXPECT_EQ(this_task::cancelling(), 0u);
    co_await sleep(1s);
  });
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(GroupCancelConformanceTest,
       TG24_AnErrorComesFirstThenTheCancelFromOutside) {
  auto order = std::vector<std::string>{};
  auto work = start([&]() -> task<void> {
    auto failing = with_group([](group& g) -> task<void> {
      g.spawn(fails_when_cancelled("boom"));
      co_await never_ends();
    });
    order.push_back(co_await ending(std::move(failing)));
    EXPECT_EQ(this_task::cancelling(), 1u);
    order.push_back(co_await ending(never_ends()));
    throw cancelled{cancel_reason::requested};
  });
  work.cancel();
  EXPECT_EQ(end_of(work), "cancelled");
  EXPECT_THAT(order, ElementsAre("group(boom)", "cancelled"));
}

TEST_F(GroupCancelConformanceTest, TG24_ItsReasonAndTextSurvive) {
  auto work = start([&]() -> task<void> {
    auto failing = with_group([](group& g) -> task<void> {
      g.spawn(fails_when_cancelled("boom"));
      co_await never_ends();
    });
    EXPECT_EQ(co_await ending(std::move(failing)), "group(boom)");
    try {
      co_await never_ends();
    } catch (const cancelled& what) {
      EXPECT_EQ(what.reason(), cancel_reason::shutdown);
      EXPECT_EQ(what.text(), "my message");
    }
  });
  work.cancel(cancel_reason::shutdown, "my message");
  EXPECT_EQ(end_of(work), "done");
}

TEST_F(GroupCancelConformanceTest, TG24_SoDoesOneThatCameDuringTheExit) {
  auto order = std::vector<std::string>{};
  auto work = start([&]() -> task<void> {
    auto failing = with_group([](group& g) -> task<void> {
      g.spawn(fails_when_cancelled("boom"));
      co_return;
    });
    order.push_back(co_await ending(std::move(failing)));
    order.push_back(co_await ending(never_ends()));
  });
  work.cancel();
  EXPECT_EQ(end_of(work), "done");
  EXPECT_THAT(order, ElementsAre("group(boom)", "cancelled"));
}

TEST_F(GroupCancelConformanceTest,
       TG24_ACancelOfAnAwaitedTaskIsNoneFromOutside) {
  run([&]() -> task<void> {
    auto failing = with_group([](group& g) -> task<void> {
      g.spawn(fails_when_cancelled("boom"));
      auto other = g.spawn(never_ends());
      co_await yield();
      other.cancel();
      co_await other; // throws its `cancelled` here
    });
    EXPECT_EQ(co_await ending(std::move(failing)), "group(boom)");
    EXPECT_EQ(this_task::cancelling(), 0u);
    co_await sleep(1s);
  });
  EXPECT_EQ(elapsed(), 1s);
}

} // namespace
} // namespace troupe
