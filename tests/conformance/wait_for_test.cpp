// asyncio's rows F: waiting for a task with a limit.

#include "conformance/fixture.hpp"
#include "troupe/attempt.hpp"
#include "troupe/promise.hpp"
#include "troupe/timeout.hpp"

namespace troupe {
namespace {

TEST_F(TaskConformanceTest, F1_PastTheLimitItCancelsTheTaskAndWaitsForItsEnd) {
  run([]() -> task<void> {
    journal log;
    auto begin = this_task::now();
    auto work = spawn(clean_up_for(2s, log));
    EXPECT_EQ(co_await ending_of(wait_for(work, 1s)), "timed_out");
    EXPECT_EQ(this_task::now(), begin + 3s);
    EXPECT_THAT(log.lines(), ElementsAre("clean"));
    EXPECT_TRUE(work.was_cancelled());
    EXPECT_EQ(this_task::cancelling(), 0u);
  }());
}

TEST_F(TaskConformanceTest, F1_ATaskThatRunsHereIsWaitedForToo) {
  run([]() -> task<void> {
    journal log;
    auto begin = this_task::now();
    EXPECT_EQ(co_await ending_of(wait_for(clean_up_for(2s, log), 1s)),
              "timed_out");
    EXPECT_EQ(this_task::now(), begin + 3s);
    EXPECT_THAT(log.lines(), ElementsAre("clean"));
  }());
}

TEST_F(TaskConformanceTest, F2_CancellingTheWaitCancelsTheTask) {
  for (duration limit : {duration{60s}, forever}) {
    promise<int> future;
    auto work = start(result_of(future.get_handle()));
    auto waiting = start(wait_for(work, limit));
    waiting.cancel();
    system.run_ready();
    EXPECT_TRUE(waiting.was_cancelled());
    EXPECT_TRUE(work.was_cancelled());
    EXPECT_TRUE(future.get_handle().was_cancelled());
  }
}

TEST_F(TaskConformanceTest, F2_ACancelledWaitWaitsForTheTaskToEnd) {
  auto work = start(clean_up_for(5s, notes));
  auto waiting = start(wait_for(work, 60s));
  waiting.cancel();
  system.advance(4s);
  EXPECT_FALSE(waiting.done());
  system.advance(1s);
  EXPECT_TRUE(waiting.was_cancelled());
  EXPECT_THAT(notes.lines(), ElementsAre("clean"));
}

TEST_F(TaskConformanceTest, F2_ATaskThatIgnoresTheCancelIsWaitedForToo) {
  auto waiting = start(wait_for(ignore_cancels_for(5s, 1), 10s));
  waiting.cancel();
  system.advance(4s);
  EXPECT_FALSE(waiting.done());
  system.advance(1s);
  EXPECT_TRUE(waiting.done());
}

TEST_F(TaskConformanceTest, F3_WithoutTimeAnEndedTaskStillGivesItsValue) {
  run([]() -> task<void> {
    auto work = spawn(value_after(0s, 42));
    co_await work;
    EXPECT_EQ(co_await wait_for(work, 0s), 42);
    EXPECT_EQ(co_await wait_for(work, -1s), 42);
  }());
}

TEST_F(TaskConformanceTest, F4_WithoutTimeAFreshTaskIsNotBegun) {
  run([]() -> task<void> {
    journal log;
    auto fresh = [&]() -> task<void> {
      log.add("begun");
      co_return;
    };
    EXPECT_EQ(co_await ending_of(wait_for(fresh(), 0s)), "timed_out");
    EXPECT_EQ(co_await ending_of(wait_for(fresh(), -1s)), "timed_out");
    EXPECT_THAT(log.lines(), IsEmpty());
  }());
}

TEST_F(TaskConformanceTest, F5_WithoutTimeARunningTaskIsCancelledAndWaitedFor) {
  run([]() -> task<void> {
    for (auto limit : {0s, -1s}) {
      journal log;
      auto begin = this_task::now();
      auto work = spawn(clean_up_for(1s, log));
      co_await yield(); // it runs now
      EXPECT_EQ(co_await ending_of(wait_for(work, limit)), "timed_out");
      EXPECT_EQ(this_task::now(), begin + 1s);
      EXPECT_TRUE(work.was_cancelled());
      EXPECT_THAT(log.lines(), ElementsAre("clean"));
    }
  }());
}

TEST_F(TaskConformanceTest, F6_ForeverWaitsForEver) {
  run([]() -> task<void> {
    auto work = spawn(value_after(std::chrono::hours{10'000}, 42));
    EXPECT_EQ(co_await wait_for(work, forever), 42);
    EXPECT_EQ(co_await wait_for(value_after(1h, 43), forever), 43);
  }());
}

TEST_F(TaskConformanceTest, F7_AValueBeforeTheLimitIsGiven) {
  run([]() -> task<void> {
    auto work = spawn(value_after(100ms, 42));
    EXPECT_EQ(co_await wait_for(work, 200ms), 42);
  }());
}

TEST_F(TaskConformanceTest, F7_AValueInTheVeryMomentOfTheLimitWins) {
  run([]() -> task<void> {
    auto work = spawn(value_after(1s, 42));
    EXPECT_EQ(co_await wait_for(work, 1s), 42);
  }());
}

TEST_F(TaskConformanceTest, F7_AValueThatCameFirstInThatMomentWins) {
  run([]() -> task<void> {
    auto work = spawn(value_after(1s, 42));
    co_await yield(); // its timer is set before the limit's
    EXPECT_EQ(co_await wait_for(work, 1s), 42);
  }());
}

TEST_F(TaskConformanceTest, F7_ALimitThatWasTooLateEndsTheNextAwait) {
  run([]() -> task<void> {
    auto work = spawn(value_after(1s, 42));
    co_await yield();
    int value = 0;
    auto body = [&](timeout_scope&) -> task<void> {
      value = co_await work;
      co_await sleep(1h);
    };
    auto begin = this_task::now();
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "timed_out");
    EXPECT_EQ(value, 42);
    EXPECT_EQ(this_task::now(), begin + 1s);
  }());
}

TEST_F(TaskConformanceTest, F7_ALimitThatWasTooLateEndsNothingAfterIt) {
  run([]() -> task<void> {
    auto work = spawn(value_after(1s, 42));
    co_await yield();
    EXPECT_EQ(co_await wait_for(work, 1s), 42);
    EXPECT_EQ(co_await ending_of(sleep(1s)), "value");
  }());
}

TEST_F(TaskConformanceTest,
       F7_ALimitThatWasTooLateForTheLastAwaitChangesNothing) {
  promise<int> answer;
  auto work = start(result_of(answer.get_handle()));
  answer.set_value(42);
  work.cancel(cancel_reason::deadline);
  EXPECT_EQ(run(result_of(work)), 42);
}

TEST_F(TaskConformanceTest,
       F8_ATaskThatGivesAValueWhenCancelledWinsOverTheLimit) {
  run([]() -> task<void> {
    EXPECT_EQ(co_await wait_for(ignore_cancels_for(2s, 42), 1s), 42);
    auto work = spawn(ignore_cancels_for(2s, 43));
    EXPECT_EQ(co_await wait_for(work, 1s), 43);
    EXPECT_EQ(this_task::cancelling(), 0u);
    EXPECT_EQ(co_await ending_of(sleep(1s)), "value");
  }());
}

TEST_F(TaskConformanceTest, F9_AnotherErrorWhileCancelledComesThrough) {
  run([]() -> task<void> {
    auto work = spawn([]() -> task<void> {
      try {
        co_await sleep(1h);
      } catch (const cancelled&) {
        throw std::runtime_error{"mine"};
      }
    }());
    EXPECT_EQ(co_await ending_of(wait_for(work, 1s)), "mine");
    EXPECT_EQ(this_task::cancelling(), 0u);
  }());
}

TEST_F(TaskConformanceTest, AValueIsMovedOutOfAHandleThatIsMoved) {
  auto make = []() -> task<std::unique_ptr<int>> {
    co_return std::make_unique<int>(42);
  };
  auto body = [](task<std::unique_ptr<int>> work) -> task<void> {
    auto running = spawn(std::move(work));
    auto value = co_await wait_for(std::move(running), 1s);
    EXPECT_EQ(*value, 42);
  };
  run(body(make()));
}

TEST_F(TaskConformanceTest, F10_ACancelInTheTickOfTheEndCancelsTheWaiter) {
  promise<int> future;
  auto waiting = start(wait_for(future.get_handle(), 100s));
  future.set_value(42);
  waiting.cancel();
  system.run_ready();
  EXPECT_TRUE(waiting.was_cancelled());
  EXPECT_EQ(run(result_of(future.get_handle())), 42);
}

task<void> wait_and_go_on(handle<int> work, journal log) {
  co_await wait_for(work, 100s);
  co_await sleep(1s);
  log.add("not here");
}

TEST_F(TaskConformanceTest, F10_SoItDoesForOneThatGoesOn) {
  auto inner = spawn(system.get(), value_after(0s, 42));
  auto waiting = spawn(system.get(), wait_and_go_on(inner, notes));
  system.run_ready();
  EXPECT_TRUE(inner.done());
  waiting.cancel();
  system.advance(2s);
  EXPECT_TRUE(waiting.was_cancelled());
  EXPECT_EQ(run(result_of(inner)), 42);
  EXPECT_THAT(notes.lines(), IsEmpty());
}

// Adapted: asyncio chains the cancel; here it is the cause of the failure.
TEST_F(TaskConformanceTest, F11_TheTimeoutKeepsTheCancelOfTheTask) {
  run([]() -> task<void> {
    auto work = spawn(value_after(1h, 1));
    try {
      co_await wait_for(work, 1s);
      ADD_FAILURE() << "it has a limit";
    } catch (const failure& what) {
      EXPECT_NE(what.error().cause(), nullptr);
      if (what.error().cause()) {
        EXPECT_THROW(std::rethrow_exception(what.error().cause()), cancelled);
      }
    }
  }());
}

} // namespace
} // namespace troupe
