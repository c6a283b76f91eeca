// asyncio's rows K1 to K9: what a cancel does to the task itself.

#include "conformance/fixture.hpp"
#include "troupe/promise.hpp"
#include "troupe/timeout.hpp"

namespace troupe {
namespace {

/// Counts the cancels that are thrown at it, and waits on.
task<void> count_cancels(journal log) {
  for (;;) {
    try {
      co_await sleep(1h);
      co_return;
    } catch (const cancelled&) {
      log.add("cancelled");
    }
  }
}

TEST_F(TaskConformanceTest, K1_CancelOfAPendingTaskIsThrownWhereItWaits) {
  auto work = start(wait_for_ever(notes));
  EXPECT_TRUE(work.cancel());
  system.run_ready();
  EXPECT_THAT(notes.lines(), ElementsAre("cancelled"));
  EXPECT_TRUE(work.was_cancelled());
}

TEST_F(TaskConformanceTest, K1_CancelIsThrownAtAYield) {
  auto work = spawn(system.get(), []() -> task<void> {
    for (;;)
      co_await yield();
  }());
  start([](any_handle other) -> task<void> {
    co_await yield();
    EXPECT_FALSE(other.done());
    EXPECT_TRUE(other.cancel());
  }(work));
  EXPECT_TRUE(work.was_cancelled());
}

TEST_F(TaskConformanceTest, K1_CancelOfAnEndedTaskIsFalse) {
  auto work = start(value_after(0s, 1));
  EXPECT_TRUE(work.done());
  EXPECT_FALSE(work.cancel());
  EXPECT_FALSE(work.was_cancelled());
}

TEST_F(TaskConformanceTest, K2_CancelsAreCounted) {
  auto work = start(value_after(10s, 1));
  EXPECT_EQ(work.cancelling(), 0u);
  EXPECT_TRUE(work.cancel());
  EXPECT_EQ(work.cancelling(), 1u);
  EXPECT_TRUE(work.cancel());
  EXPECT_EQ(work.cancelling(), 2u);
  system.run_ready();
  EXPECT_TRUE(work.was_cancelled());
}

TEST_F(TaskConformanceTest, K3_AfterAnUncancelItGoesOnAndCanBeCancelledAgain) {
  auto work = start([]() -> task<void> {
    try {
      co_await sleep(10s);
    } catch (const cancelled&) {
      EXPECT_EQ(this_task::uncancel(), 0u);
    }
    co_await sleep(10s);
  }());
  work.cancel();
  system.run_ready();
  EXPECT_FALSE(work.done());
  EXPECT_EQ(work.cancelling(), 0u);
  EXPECT_TRUE(work.cancel());
  system.run_ready();
  EXPECT_TRUE(work.was_cancelled());
}

TEST_F(TaskConformanceTest, K3_UncancelOfAnEndedTaskChangesNothing) {
  auto work = start(value_after(10s, 1));
  work.cancel();
  system.run_ready();
  work.uncancel();
  EXPECT_TRUE(work.done());
  EXPECT_TRUE(work.was_cancelled());
}

TEST_F(TaskConformanceTest,
       K4_UncancelToZeroWithdrawsACancelThatWasNotDelivered) {
  auto work = start(value_after(10s, 1));
  work.cancel();
  EXPECT_EQ(work.uncancel(), 0u);
  system.advance(10s);
  EXPECT_TRUE(work.done());
  EXPECT_FALSE(work.was_cancelled());
}

TEST_F(TaskConformanceTest, K4_ASelfCancelCanBeWithdrawn) {
  run([]() -> task<void> {
    this_task::handle().cancel();
    this_task::uncancel();
    co_await sleep(1s);
  }());
}

TEST_F(TaskConformanceTest, K4_UncancelWhileTheAnswerWaitsWithdraws) {
  promise<int> answer;
  auto work = start(result_of(answer.get_handle()));
  answer.set_value(42);
  work.cancel();
  work.uncancel();
  system.run_ready();
  EXPECT_FALSE(work.was_cancelled());
  EXPECT_TRUE(work.done());
}

TEST_F(TaskConformanceTest, K4_UncancelToOneWithdrawsNothing) {
  auto work = start(value_after(10s, 1));
  work.cancel();
  work.cancel();
  EXPECT_EQ(work.uncancel(), 1u);
  system.run_ready();
  EXPECT_TRUE(work.was_cancelled());
}

/// A scope that cancels its task after a second, by asyncio's five steps: 1
/// remember the count, 2 cancel, 3 see that the cancel comes out, 4 uncancel, 5
/// convert the cancel if the count is back.
task<std::string> five_steps(handle<void> gate, journal log) {
  auto before = this_task::cancelling();
  auto self = this_task::handle();
  auto timer = spawn([](any_handle work) -> task<void> {
    co_await sleep(1s);
    work.cancel();
  }(self));
  auto out = co_await ending_of(gate);
  auto asked = timer.done();
  timer.cancel();
  if (asked && this_task::uncancel() <= before && out == "cancelled")
    out = "converted";
  log.add(out);
  co_return out;
}

TEST_F(TaskConformanceTest, K5_AScopeConvertsItsOwnCancel) {
  promise<> gate;
  EXPECT_EQ(run(five_steps(gate.get_handle(), notes)), "converted");
}

TEST_F(TaskConformanceTest, K5_AScopeThatAskedForNothingConvertsNothing) {
  promise<> gate;
  auto work = start(five_steps(gate.get_handle(), notes));
  work.cancel();
  system.run_ready();
  EXPECT_THAT(notes.lines(), ElementsAre("cancelled"));
}

TEST_F(TaskConformanceTest, K5_ACancelFromOutsideBesideItsOwnStaysACancel) {
  auto work = start([](journal log) -> task<void> {
    auto slow = [&](timeout_scope&) -> task<int> {
      co_return co_await clean_up_for(1s, log);
    };
    log.add(co_await ending_of(with_timeout(1s, slow)));
    EXPECT_EQ(this_task::cancelling(), 1u);
  }(notes));
  system.advance(1s); // its own
  work.cancel();      // while it cleans up
  system.run_ready();
  EXPECT_THAT(notes.lines(), ElementsAre("cancelled"));
}

TEST_F(TaskConformanceTest, K5_ACancelThatWasCaughtBeforeTheScopeDoesNotCount) {
  auto work = start([]() -> task<void> {
    EXPECT_EQ(co_await ending_of(sleep(1h)), "cancelled");
    EXPECT_EQ(this_task::cancelling(), 1u);
    auto slow = [](timeout_scope&) -> task<void> { co_await sleep(1h); };
    EXPECT_EQ(co_await ending_of(with_timeout(1s, slow)), "timed_out");
    EXPECT_EQ(this_task::cancelling(), 1u);
  }());
  work.cancel();
  system.advance(1s);
  EXPECT_TRUE(work.done());
}

/// Tells the cancel that ended a task.
task<std::string> cancel_of(handle<void> work) {
  try {
    co_await work;
  } catch (const cancelled& what) {
    co_return to_string(what);
  }
  co_return "none";
}

// Adapted: the message is a reason, of a closed set, and a text.
TEST_F(TaskConformanceTest, K6_ReasonAndTextReachTheTaskAndWhoAwaitsIt) {
  auto work = start([](journal log) -> task<void> {
    try {
      co_await sleep(1h);
    } catch (const cancelled& what) {
      log.add(to_string(what));
      throw;
    }
  }(notes));
  auto waiting = start(cancel_of(work));
  work.cancel(cancel_reason::shutdown, "bye");
  EXPECT_EQ(run(result_of(waiting)),
            "task `" + work.name() + "` was cancelled (shutdown): bye");
  EXPECT_THAT(notes.lines(), ElementsAre("cancelled (shutdown): bye"));
}

TEST_F(TaskConformanceTest, K6_ATextIsNotNeeded) {
  auto work = start([]() -> task<void> {
    try {
      co_await sleep(1h);
    } catch (const cancelled& what) {
      EXPECT_EQ(what.reason(), cancel_reason::requested);
      EXPECT_EQ(what.text(), "");
    }
  }());
  work.cancel();
  system.run_ready();
  EXPECT_TRUE(work.done());
}

TEST_F(TaskConformanceTest, K6_CancelledBeforeItsFirstStepItDoesNotRun) {
  auto work = spawn(system.get(), write(notes, "ran"));
  work.cancel(cancel_reason::requested, "too late");
  EXPECT_EQ(run(cancel_of(work)),
            "task `" + work.name() + "` was cancelled (requested): too late");
  EXPECT_THAT(notes.lines(), IsEmpty());
}

TEST_F(TaskConformanceTest, K7_CancellingTheAwaitedFutureCancelsTheTask) {
  promise<int> future;
  auto work = start(result_of(future.get_handle()));
  future.get_handle().cancel();
  system.run_ready();
  EXPECT_TRUE(work.was_cancelled());
}

task<void> await_twice(handle<void> first, journal log) {
  log.add(co_await ending_of(first));
  log.add(co_await ending_of(sleep(1s)));
}

TEST_F(TaskConformanceTest, K7_CancellingFutureAndTaskIsOneCancel) {
  promise<> future;
  auto work = start(await_twice(future.get_handle(), notes));
  future.get_handle().cancel();
  work.cancel();
  system.advance(1s);
  EXPECT_THAT(notes.lines(), ElementsAre("cancelled", "value"));
}

TEST_F(TaskConformanceTest, K7_CancellingTaskAndFutureIsOneCancel) {
  promise<> future;
  auto work = start(await_twice(future.get_handle(), notes));
  work.cancel();
  future.get_handle().cancel();
  system.advance(1s);
  EXPECT_THAT(notes.lines(), ElementsAre("cancelled", "value"));
}

TEST_F(TaskConformanceTest, K8_WhoCatchesTheCancelAndGivesAValueHasSucceeded) {
  auto work = start([]() -> task<int> {
    try {
      co_await sleep(1h);
    } catch (const cancelled&) {
    }
    co_return 42;
  }());
  work.cancel();
  system.run_ready();
  EXPECT_FALSE(work.was_cancelled());
  EXPECT_EQ(run(result_of(work)), 42);
}

TEST_F(TaskConformanceTest, K8_WhoIgnoresTheCancelRunsOn) {
  auto work = start(ignore_cancels_for(10s, 42));
  work.cancel();
  system.advance(9s);
  EXPECT_FALSE(work.done());
  system.advance(1s);
  EXPECT_TRUE(work.done());
  EXPECT_FALSE(work.was_cancelled());
}

TEST_F(TaskConformanceTest, K8_EachCancelIsThrownOnce) {
  auto work = start(count_cancels(notes));
  for (int i = 0; i != 3; ++i) {
    work.cancel();
    system.run_ready();
  }
  EXPECT_THAT(notes.lines(),
              ElementsAre("cancelled", "cancelled", "cancelled"));
  system.advance(1h);
  EXPECT_TRUE(work.done());
}

TEST_F(TaskConformanceTest, K9_ASelfCancelTakesEffectAtTheNextAwait) {
  auto work = start([](journal log) -> task<void> {
    this_task::handle().cancel();
    log.add("runs on");
    co_await sleep(1s);
    log.add("not here");
  }(notes));
  EXPECT_THAT(notes.lines(), ElementsAre("runs on"));
  EXPECT_TRUE(work.was_cancelled());
}

TEST_F(TaskConformanceTest,
       K9_ASelfCancelWithoutAnotherAwaitTakesEffectAtTheEnd) {
  auto work = start([]() -> task<int> {
    this_task::handle().cancel();
    co_return 42;
  }());
  EXPECT_TRUE(work.was_cancelled());
}

} // namespace
} // namespace troupe
