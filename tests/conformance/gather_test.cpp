#include "conformance/group_fixture.hpp"
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/log.hpp"
#include "troupe/promise.hpp"
#include "troupe/this_task.hpp"

// Rows of asyncio's gather; G8 and the like for handles are in
// gather_handles_test.cpp.
namespace troupe {
namespace {

class GatherConformanceTest : public group_fixture {};

/// asyncio's rule.
gather_options left_running() {
  return gather_options{}.on_error(on_error::leave_running);
}

task<int> cancels_itself(duration when = duration::zero()) {
  co_await sleep(when);
  this_task::handle().cancel();
  co_await sleep(1h);
  co_return 0;
}

TEST_F(GatherConformanceTest, G1_ResultsStandInArgumentOrder) {
  auto values = run([]() -> task<std::vector<int>> {
    co_return co_await gather(tasks(gives(1, 3s), gives(2, 1s), gives(3, 2s)));
  });
  EXPECT_THAT(values, ElementsAre(1, 2, 3));
}

TEST_F(GatherConformanceTest, G1_ItEndsWithTheLastOfThem) {
  auto all = start([]() -> task<std::vector<int>> {
    co_return co_await gather(tasks(gives(1, 1s), gives(2, 3s)));
  });
  system.advance(2s);
  EXPECT_FALSE(all.done());
  system.advance(1s);
  EXPECT_TRUE(all.done());
}

TEST_F(GatherConformanceTest, G1_OutcomesOfSuccessAreValuesInOrder) {
  run([]() -> task<void> {
    auto all = co_await gather_outcomes(tasks(gives(1, 2s), gives(2, 1s)));
    EXPECT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].value(), 1);
    EXPECT_EQ(all[1].value(), 2);
  });
}

TEST_F(GatherConformanceTest, G2_TheFirstFailureComesAtOnceAndTheOthersRunOn) {
  auto finished = false;
  run([&]() -> task<void> {
    auto other = job([&]() -> task<int> {
      co_await sleep(2s);
      finished = true;
      co_return 1;
    });
    auto all =
      gather(tasks(throws<int>("boom", 1s), std::move(other)), left_running());
    EXPECT_EQ(co_await ending(std::move(all)), "boom");
    EXPECT_EQ(elapsed(), 1s);
  });
  EXPECT_FALSE(finished);
  system.advance(1s);
  EXPECT_TRUE(finished);
}

TEST_F(GatherConformanceTest, G2_ItThrowsTheVeryExceptionOfTheTask) {
  auto boom = std::make_exception_ptr(std::runtime_error{"boom"});
  run([&]() -> task<void> {
    auto failing = job([&]() -> task<int> {
      co_await yield();
      std::rethrow_exception(boom);
    });
    std::exception_ptr seen;
    try {
      co_await gather(tasks(std::move(failing)), left_running());
    } catch (...) {
      seen = std::current_exception();
    }
    EXPECT_EQ(seen, boom);
  });
}

TEST_F(GatherConformanceTest, G2_LaterEndsOfTheOthersAreIgnored) {
  run([]() -> task<void> {
    auto all = gather(tasks(throws<int>("boom"), throws<int>("late", 1s),
                            cancels_itself(1s), gives(1, 2s)),
                      left_running());
    EXPECT_EQ(co_await ending(std::move(all)), "boom");
    co_await sleep(3s);
    EXPECT_EQ(this_task::cancelling(), 0u);
  });
}

TEST_F(GatherConformanceTest, G2_TheOthersBelongToTheGroupAroundIt) {
  auto finished = false;
  run([&]() -> task<void> {
    co_await with_group([&](group&) -> task<void> {
      auto other = job([&]() -> task<int> {
        co_await sleep(2s);
        finished = true;
        co_return 1;
      });
      auto all =
        gather(tasks(throws<int>("boom"), std::move(other)), left_running());
      EXPECT_EQ(co_await ending(std::move(all)), "boom");
      EXPECT_FALSE(finished);
    });
    EXPECT_TRUE(finished);
  });
}

// Not asyncio's rule, on purpose: deviation 2.
TEST_F(GatherConformanceTest, G2_ByDefaultTheOthersAreCancelledAndWaitedFor) {
  std::string other_end;
  run([&]() -> task<void> {
    auto other = job([&]() -> task<int> {
      other_end = co_await ending(never_ends());
      co_await sleep(2s); // it cleans up
      co_return 1;
    });
    auto all = gather(tasks(throws<int>("boom", 1s), std::move(other)));
    EXPECT_EQ(co_await ending(std::move(all)), "boom");
  });
  EXPECT_EQ(other_end, "cancelled");
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(GatherConformanceTest, G3_OutcomesWaitForAllAndHoldFailuresInOrder) {
  run([&]() -> task<void> {
    auto all = co_await gather_outcomes(
      tasks(gives(1, 3s), throws<int>("boom", 1s), gives(2, 2s)));
    EXPECT_EQ(elapsed(), 3s);
    EXPECT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0].value(), 1);
    EXPECT_EQ(told(all[1].error().cause()), "boom");
    EXPECT_EQ(all[2].value(), 2);
  });
}

TEST_F(GatherConformanceTest, G4_ACancelledTaskEndsItAsCancelled) {
  run([]() -> task<void> {
    auto all = gather(tasks(gives(1, 1s), cancels_itself()), left_running());
    EXPECT_EQ(co_await ending(std::move(all)), "cancelled");
  });
  system.advance(1s);
}

TEST_F(GatherConformanceTest, G4_WhoAwaitsItIsNotCancelledThen) {
  run([]() -> task<void> {
    auto all = gather(tasks(never_ends<int>(), cancels_itself()));
    EXPECT_EQ(co_await ending(std::move(all)), "cancelled");
    EXPECT_EQ(this_task::cancelling(), 0u);
    co_await sleep(1s);
  });
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(GatherConformanceTest, G5_OutcomesHoldCancelsInOrder) {
  run([]() -> task<void> {
    auto all = co_await gather_outcomes(
      tasks(gives(1), cancels_itself(), throws<int>("boom")));
    EXPECT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0].value(), 1);
    EXPECT_EQ(all[1].error().code(), errc::cancelled);
    EXPECT_EQ(told(all[2].error().cause()), "boom");
  });
}

TEST_F(GatherConformanceTest, G6_ItsCancelReachesEveryUnfinishedTask) {
  std::vector<std::string> ends;
  auto note_end = [&]() -> task<int> {
    ends.push_back(co_await ending(never_ends()));
    co_return 0;
  };
  auto all = start([&]() -> task<void> {
    co_await gather(
      tasks(gives(1), job(note_end), job(note_end), job(note_end)));
  });
  EXPECT_TRUE(all.cancel());
  EXPECT_EQ(end_of(all), "cancelled");
  EXPECT_THAT(ends, ElementsAre("cancelled", "cancelled", "cancelled"));
}

TEST_F(GatherConformanceTest, G6_EachOfItsCancelsReachesTheTasks) {
  auto cancels = 0;
  auto count_two = [&]() -> task<int> {
    while (cancels != 2) {
      co_await ending(never_ends());
      ++cancels;
    }
    co_return 0;
  };
  auto all =
    start([&]() -> task<void> { co_await gather(tasks(job(count_two))); });
  all.cancel();
  system.run_ready();
  EXPECT_EQ(cancels, 1);
  all.cancel();
  system.run_ready();
  EXPECT_EQ(cancels, 2);
  EXPECT_TRUE(all.was_cancelled());
}

TEST_F(GatherConformanceTest, G6_ASecondCancelAfterItsEndIsRefused) {
  auto all = start([]() -> task<void> {
    co_await gather(tasks(never_ends<int>(), never_ends<int>()));
  });
  EXPECT_TRUE(all.cancel());
  system.run_ready();
  EXPECT_FALSE(all.cancel());
}

TEST_F(GatherConformanceTest, G6_TheEndOfCancelledTasksIsWaitedFor) {
  auto all = start([]() -> task<void> {
    auto slow = job([]() -> task<int> {
      co_await ending(never_ends());
      co_await sleep(2s);
      co_return 0;
    });
    co_await gather(tasks(std::move(slow)));
  });
  all.cancel();
  system.advance(1s);
  EXPECT_FALSE(all.done());
  system.advance(1s);
  EXPECT_TRUE(all.was_cancelled());
}

TEST_F(GatherConformanceTest, G7_OfNothingGivesNothing) {
  run([]() -> task<void> {
    EXPECT_THAT(co_await gather(std::vector<task<int>>{}), IsEmpty());
    EXPECT_THAT(co_await gather_outcomes(std::vector<task<int>>{}), IsEmpty());
    EXPECT_THAT(co_await gather(std::vector<handle<int>>{}), IsEmpty());
    co_await gather(std::vector<task<void>>{});
  });
  EXPECT_EQ(elapsed(), 0s);
}

TEST_F(GatherConformanceTest, G9_ASecondFailureIsNotReported) {
  std::vector<std::string> lines;
  set_log_sink([&](log_level, std::string_view, std::string_view text) {
    lines.emplace_back(text);
  });
  run([]() -> task<void> {
    co_await ending(gather(
      tasks(throws<int>("boom", 1s), throws<int>("late", 2s)), left_running()));
    co_await sleep(5s);
  });
  set_log_sink({});
  EXPECT_THAT(lines, IsEmpty());
}

// Adapted: gather is no future; only who awaits it can be cancelled. That task
// is then, as it is in asyncio, but the tasks keep what they gave.
TEST_F(GatherConformanceTest, G10_ACancelAfterTheEndOfAllTasksLosesNoResult) {
  any_handle one;
  promise<int> source;
  auto value = source.get_handle();
  auto all = start([&]() -> task<void> {
    auto work = job([&]() -> task<int> {
      one = this_task::handle();
      co_return co_await value;
    });
    co_await gather(tasks(std::move(work)));
  });
  source.set_value(42);
  step_until([&] { return one.done(); });
  EXPECT_FALSE(all.done());
  EXPECT_TRUE(all.cancel());
  system.run_ready();
  EXPECT_TRUE(all.was_cancelled());
  EXPECT_FALSE(one.was_cancelled());
}

TEST_F(GatherConformanceTest,
       G11_OutcomesDoNotSwallowTheCancelOfWhoAwaitsThem) {
  auto text = std::string{};
  auto all = start([&]() -> task<void> {
    try {
      co_await gather_outcomes(tasks(never_ends<int>()));
    } catch (const cancelled& what) {
      text = what.text();
      throw;
    }
  });
  all.cancel(cancel_reason::requested, "my message");
  system.run_ready();
  EXPECT_TRUE(all.was_cancelled());
  EXPECT_EQ(text, "my message");
}

template <class... Arguments>
concept can_be_gathered = requires(Arguments... x) {
  gather(std::move(x)...);
};

// Adapted: the compiler refuses what is no task.
TEST_F(GatherConformanceTest, G12_OnlyTasksCanBeGathered) {
  static_assert(can_be_gathered<task<int>, task<void>>);
  static_assert(can_be_gathered<std::vector<task<int>>>);
  static_assert(!can_be_gathered<int>);
  static_assert(!can_be_gathered<std::vector<int>>);
  static_assert(!can_be_gathered<task<int>, int>);
}

TEST_F(GatherConformanceTest,
       G12_ATaskThatWasAwaitedIsRefusedAndNoneIsStarted) {
  auto started = false;
  run([&]() -> task<void> {
    auto used = gives(1);
    co_await std::move(used);
    auto fresh = job([&]() -> task<int> {
      started = true;
      co_return 1;
    });
    // NOLINTNEXTLINE(bugprone-use-after-move): the point
    auto all = gather(tasks(std::move(fresh), std::move(used)));
    EXPECT_EQ(co_await ending(std::move(all)), "already_taken");
  });
  EXPECT_FALSE(started);
}

} // namespace
} // namespace troupe
