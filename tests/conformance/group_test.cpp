#include "conformance/group_fixture.hpp"
#include "troupe/finally.hpp"
#include "troupe/group.hpp"
#include "troupe/this_task.hpp"

#include <memory>
#include <optional>

// Rows of asyncio's TaskGroup; those that are about cancels from outside are in
// group_cancel_test.cpp.
namespace troupe {
namespace {

class GroupConformanceTest : public group_fixture {};

/// Notes how it ended, and fails then.
task<void> fails_when_cancelled(std::string text) {
  co_await ending(never_ends());
  throw std::runtime_error{text};
}

TEST_F(GroupConformanceTest, TG1_TheEndWaitsForAllTasksWhoseResultsAreThere) {
  run([&]() -> task<void> {
    handle<int> a;
    handle<int> b;
    co_await with_group([&](group& g) -> task<void> {
      a = g.spawn(gives(1, 1s));
      b = g.spawn(gives(2, 3s));
      co_return;
    });
    EXPECT_EQ(elapsed(), 3s);
    EXPECT_TRUE(a.done() && b.done());
    EXPECT_EQ(co_await a + co_await b, 3);
  });
}

TEST_F(GroupConformanceTest, TG1_TheBodyMayAwaitItsTasks) {
  auto sum = run([]() -> task<int> {
    co_return co_await with_group([](group& g) -> task<int> {
      auto a = g.spawn(gives(1, 1s));
      auto b = g.spawn(gives(2, 2s));
      co_return co_await a + co_await b;
    });
  });
  EXPECT_EQ(sum, 3);
}

TEST_F(GroupConformanceTest, TG1_AnEmptyGroupEndsAtOnce) {
  run([]() -> task<void> {
    co_await with_group([](group&) -> task<void> { co_return; });
  });
  EXPECT_EQ(elapsed(), 0s);
}

TEST_F(GroupConformanceTest, TG2_ACancelledTaskCancelsNothingElse) {
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      auto a = g.spawn(never_ends());
      auto b = g.spawn(gives(2, 2s));
      co_await sleep(1s);
      a.cancel();
      EXPECT_EQ(co_await ending(a), "cancelled");
      EXPECT_EQ(co_await b, 2);
    });
  });
  EXPECT_EQ(elapsed(), 2s);
}

TEST_F(GroupConformanceTest, TG3_AFailureCancelsTheOtherTasksAndTheBody) {
  std::string body_end;
  auto after_it = false;
  handle<void> other;
  auto end = end_of([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(throws("boom", 1s));
      other = g.spawn(never_ends());
      body_end = co_await ending(never_ends());
    });
    after_it = true;
  });
  EXPECT_EQ(end, "group(boom)");
  EXPECT_EQ(body_end, "cancelled");
  EXPECT_TRUE(other.was_cancelled());
  EXPECT_FALSE(after_it);
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(GroupConformanceTest, TG3_TheEndOfCancelledTasksIsWaitedFor) {
  auto end = end_of([&]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      g.spawn(throws("boom", 1s));
      g.spawn([]() -> task<void> {
        co_await ending(never_ends());
        co_await sleep(4s);
      }());
      co_return;
    });
  });
  EXPECT_EQ(end, "group(boom)");
  EXPECT_EQ(elapsed(), 5s);
}

TEST_F(GroupConformanceTest, TG6_AFailureOfTheBodyCancelsTheTasks) {
  handle<void> other;
  auto end = end_of([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      other = g.spawn(never_ends());
      co_await throws("mine", 1s);
    });
  });
  EXPECT_EQ(end, "group(mine)");
  EXPECT_TRUE(other.was_cancelled());
}

TEST_F(GroupConformanceTest, TG6_AFailureBeforeTheFirstAwaitStartsNothing) {
  handle<void> other;
  auto started = false;
  auto end = end_of([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      other = g.spawn(job([&]() -> task<void> {
        co_await yield();
        started = true;
      }));
      throw std::runtime_error{"mine"};
      co_return;
    });
  });
  EXPECT_EQ(end, "group(mine)");
  EXPECT_TRUE(other.was_cancelled());
  EXPECT_FALSE(started);
}

TEST_F(GroupConformanceTest, TG8_AFailureInTheOuterGroupCancelsTheInner) {
  handle<void> inner_task;
  auto end = end_of([&]() -> task<void> {
    co_await with_group([&](group& outer) -> task<void> {
      outer.spawn(throws("boom", 1s));
      co_await with_group([&](group& inner) -> task<void> {
        inner_task = inner.spawn(never_ends());
        co_return;
      });
    });
  });
  EXPECT_EQ(end, "group(boom)");
  EXPECT_TRUE(inner_task.was_cancelled());
}

TEST_F(GroupConformanceTest, TG9_TheErrorsOfTheInnerGroupStandInTheOuters) {
  handle<void> outer_task;
  auto end = end_of([&]() -> task<void> {
    co_await with_group([&](group& outer) -> task<void> {
      outer_task = outer.spawn(never_ends());
      co_await with_group([&](group& inner) -> task<void> {
        inner.spawn(throws("boom", 1s));
        co_return;
      });
    });
  });
  EXPECT_EQ(end, "group(group(boom))");
  EXPECT_TRUE(outer_task.was_cancelled());
}

TEST_F(GroupConformanceTest, TG12_TheErrorOfTheBodysCleanupStandsLast) {
  auto end = end_of([]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      g.spawn(throws("boom", 1s));
      co_await fails_when_cancelled("mine");
    });
  });
  EXPECT_EQ(end, "group(boom, mine)");
}

// Adapted: no exception of C++ stands above the others, so that none goes bare.
TEST_F(GroupConformanceTest, TG13_ExceptionsOfAnyTypeStandInTheGroup) {
  auto end = end_of([]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      g.spawn([]() -> task<void> {
        co_await sleep(1s);
        throw 42; // NOLINT(hicpp-exception-baseclass)
      }());
      co_await fails_when_cancelled("mine");
    });
  });
  EXPECT_EQ(end, "group(unknown, mine)");
}

TEST_F(GroupConformanceTest, TG14_EndedTasksAreDropped) {
  auto value = std::make_shared<int>(1);
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      long most = 0;
      for (int i = 0; i != 2'000; ++i) {
        g.spawn(gives(value));
        co_await sleep(1ms);
        most = std::max(most, value.use_count());
      }
      EXPECT_LT(most, 200);
    });
  });
  EXPECT_EQ(value.use_count(), 1);
}

/// Spawns two of its kind, and they do, so many times.
task<void> multiplies(group g, int generations, std::shared_ptr<int> count) {
  ++*count;
  co_await sleep(10ms);
  for (int i = 0; generations != 0 && i != 2; ++i)
    g.spawn(multiplies(g, generations - 1, count));
}

TEST_F(GroupConformanceTest, TG14_SoAreThoseThatWereCancelledOrMayFail) {
  auto value = std::make_shared<int>(1);
  auto fails = [](std::shared_ptr<int>) -> task<void> {
    throw std::runtime_error{"no"};
    co_return;
  };
  auto waits = [](std::shared_ptr<int>) -> task<void> { co_await sleep(1h); };
  run([&]() -> task<void> {
    auto body = [&](group& g) -> task<void> {
      long most = 0;
      for (int i = 0; i != 1'000; ++i) {
        auto failed = g.spawn(fails(value));
        g.spawn(waits(value)).cancel();
        co_await sleep(1ms);
        EXPECT_TRUE(failed.done());
        most = std::max(most, value.use_count());
      }
      EXPECT_LT(most, 300);
    };
    co_await with_group(body, group_options{}.on_error(on_error::collect));
  });
  EXPECT_EQ(value.use_count(), 1);
}

TEST_F(GroupConformanceTest, TG15_TasksMaySpawnTasksWhichAreWaitedFor) {
  auto count = std::make_shared<int>(0);
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(multiplies(g, 4, count));
      co_return;
    });
    EXPECT_EQ(*count, 1 + 2 + 4 + 8 + 16);
  });
  EXPECT_EQ(elapsed(), 50ms);
}

TEST_F(GroupConformanceTest, TG16_AFailureEndsTasksThatMultiplyWithoutEnd) {
  auto count = std::make_shared<int>(0);
  auto end = end_of([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(multiplies(g, 1'000'000, count));
      g.spawn(throws("boom", 55ms));
      co_return;
    });
  });
  EXPECT_EQ(end, "group(boom)");
  EXPECT_GE(*count, 10);
}

// Adapted: a task has a name, but no context variables.
TEST_F(GroupConformanceTest, TG17_TasksHaveTheNamesTheyAreGiven) {
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      auto named =
        g.spawn([]() -> task<std::string> { co_return this_task::name(); }(),
                spawn_options{}.name("yolo"));
      EXPECT_EQ(named.name(), "yolo");
      EXPECT_EQ(co_await named, "yolo");
    });
  });
}

TEST_F(GroupConformanceTest, TG18_AFailedGroupTakesNoFurtherTasks) {
  std::string refused;
  auto end = end_of([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(throws("boom"));
      EXPECT_EQ(co_await ending(never_ends()), "cancelled");
      try {
        g.spawn(gives(1));
      } catch (const failure& what) {
        refused = to_string(what.code());
      }
    });
  });
  EXPECT_EQ(end, "group(boom)");
  EXPECT_EQ(refused, "closed");
}

// Adapted: there is no group before the body. The fixture checks that what was
// not started is disposed of.
TEST_F(GroupConformanceTest, TG19_AnEndedGroupTakesNoTasks) {
  run([]() -> task<void> {
    std::optional<group> escaped;
    co_await with_group([&](group& g) -> task<void> {
      escaped = g;
      co_return;
    });
    auto refused = job([&]() -> task<void> {
      escaped->spawn(gives(1));
      co_return;
    });
    EXPECT_EQ(co_await ending(std::move(refused)), "closed");
  });
}

// Adapted: a group is a call, which one awaits once.
TEST_F(GroupConformanceTest, TG20_AGroupIsEnteredOnce) {
  run([]() -> task<void> {
    auto work = with_group([](group&) -> task<void> { co_return; });
    co_await std::move(work);
    // NOLINTNEXTLINE(bugprone-use-after-move): the point
    EXPECT_EQ(co_await ending(std::move(work)), "already_taken");
  });
}

TEST_F(GroupConformanceTest, TG20_OutsideOfAnyTaskNothingIsSpawned) {
  std::optional<group> escaped;
  auto work = start([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      escaped = g;
      co_await sleep(1s);
    });
  });
  try {
    escaped->spawn(gives(1));
    FAIL() << "in which system?";
  } catch (const failure& what) {
    EXPECT_EQ(what.code(), errc::no_running_system);
  }
  system.run_until_done(work);
}

// Adapted: a destructor cannot throw, the cleanup of `finally` can.
TEST_F(GroupConformanceTest, TG21_AnErrorOfTheBodysCleanupJoinsThatOfATask) {
  run([]() -> task<void> {
    auto cleanup = []() -> task<void> { co_await throws("mine"); };
    auto work = with_group([&](group& g) -> task<void> {
      g.spawn(throws("boom", 1s));
      co_await finally(never_ends(), cleanup);
    });
    EXPECT_EQ(co_await ending(std::move(work)), "group(boom, mine)");
    EXPECT_EQ(this_task::cancelling(), 0u);
  });
}

TEST_F(GroupConformanceTest, TG25_AFailureRightAfterTheSpawnCancelsTheGroup) {
  handle<void> slow;
  auto end = end_of([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(job([g]() mutable -> task<void> {
        g.spawn([]() -> task<void> {
          throw std::runtime_error{"boom"};
          co_return;
        }());
        co_await sleep(1s);
      }));
      slow = g.spawn(never_ends());
      co_return;
    });
  });
  EXPECT_EQ(end, "group(boom)");
  EXPECT_TRUE(slow.was_cancelled());
  EXPECT_EQ(elapsed(), 0s);
}

TEST_F(GroupConformanceTest, AGroupStartsNoTaskEagerly) {
  auto eager = spawn_options{}.eager_start();
  auto body = [&](group& g) -> task<void> {
    g.spawn(gives(1), eager);
    co_return;
  };
  EXPECT_EQ(end_of([&] { return with_group(body); }),
            "group(invalid_argument)");
}

} // namespace
} // namespace troupe
