#include "conformance/group_fixture.hpp"
#include "troupe/group.hpp"
#include "troupe/this_task.hpp"
#include "troupe/timeout.hpp"

// What wins over a pause: cancels, deadlines and failures.
namespace troupe {
namespace {

class GroupPauseCancelTest : public group_fixture {};

TEST_F(GroupPauseCancelTest, ACancelOfTheGroupWins) {
  handle<void> a;
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      a = g.spawn(never_ends());
      auto pause = co_await g.pause();
      g.cancel();
      EXPECT_EQ(co_await ending(a), "cancelled");
    });
  });
  EXPECT_TRUE(a.was_cancelled());
}

TEST_F(GroupPauseCancelTest, ACancelOfATaskWins) {
  auto seconds = 0;
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      auto a = g.spawn(never_ends());
      g.spawn(job([&]() -> task<void> {
        co_await sleep(1s);
        ++seconds;
      }));
      auto pause = co_await g.pause();
      a.cancel();
      EXPECT_EQ(co_await ending(a), "cancelled");
      co_await sleep(5s);
      EXPECT_EQ(seconds, 0); // the others stand still
      g.cancel();
    });
  });
}

TEST_F(GroupPauseCancelTest, ACancelOfATaskThatHasNotStartedWins) {
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      auto pause = co_await g.pause();
      auto queued = g.spawn(gives(1));
      co_await sleep(1s);
      queued.cancel();
      EXPECT_EQ(co_await ending(queued), "cancelled");
      EXPECT_EQ(elapsed(), 1s);
    });
  });
}

TEST_F(GroupPauseCancelTest, ACancelFromOutsideWins) {
  handle<void> a;
  auto work = start([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      a = g.spawn(never_ends());
      auto pause = co_await g.pause();
      co_await never_ends();
    });
  });
  work.cancel();
  EXPECT_EQ(end_of(work), "cancelled");
  EXPECT_TRUE(a.was_cancelled());
}

TEST_F(GroupPauseCancelTest, ACancelReachesGroupsInPausedTasks) {
  handle<void> inner_task;
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      auto a = g.spawn(job([&]() -> task<void> {
        co_await with_group([&](group& inner) -> task<void> {
          inner_task = inner.spawn(never_ends());
          co_return;
        });
      }));
      co_await sleep(1s);
      auto pause = co_await g.pause();
      a.cancel();
      EXPECT_EQ(co_await ending(a), "cancelled");
      EXPECT_TRUE(inner_task.was_cancelled());
    });
  });
}

/// Counts seconds, from its first cancel on and until the second.
task<void> counts_when_cancelled(int& seconds) {
  return job([&seconds]() -> task<void> {
    co_await ending(never_ends());
    for (;;) {
      co_await sleep(1s);
      ++seconds;
    }
  });
}

TEST_F(GroupPauseCancelTest, AGuardOfAPauseThatACancelEndedUndoesNoOther) {
  auto seconds = 0;
  run([&]() -> task<void> {
    auto a = spawn(counts_when_cancelled(seconds));
    co_await yield();
    auto stale = co_await a.pause();
    a.cancel();
    co_await yield();
    auto pause = co_await a.pause();
    stale.resume();
    co_await sleep(5s);
    EXPECT_EQ(seconds, 0);
    pause.resume();
    co_await sleep(1ms); // it had slept long enough
    EXPECT_EQ(seconds, 1);
    a.cancel();
    EXPECT_EQ(co_await ending(a), "cancelled");
  });
}

TEST_F(GroupPauseCancelTest, NorDoesTheGroupOfATaskWhoseCancelWon) {
  auto seconds = 0;
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      auto a = g.spawn(counts_when_cancelled(seconds));
      co_await yield();
      auto all = co_await g.pause();
      a.cancel();
      co_await yield();
      auto one = co_await a.pause();
      all.resume();
      co_await sleep(5s);
      EXPECT_EQ(seconds, 0);
      one.resume();
      co_await sleep(1ms);
      EXPECT_EQ(seconds, 1);
      g.cancel();
    });
  });
}

TEST_F(GroupPauseCancelTest, ATimeoutOfAPausedTaskIsDeliveredOnResume) {
  auto told_at = duration::zero();
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      auto a = g.spawn(job([&]() -> task<void> {
        EXPECT_EQ(co_await ending(wait_for(never_ends(), 1s)), "timed_out");
        told_at = elapsed();
      }));
      co_await yield();
      {
        auto pause = co_await g.pause();
        co_await sleep(5s);
        EXPECT_FALSE(a.done());
      }
      co_await a;
    });
  });
  EXPECT_EQ(told_at, 5s);
}

TEST_F(GroupPauseCancelTest, ADeadlineOfTheGroupWins) {
  handle<void> a;
  auto end = end_of([&]() -> task<void> {
    co_await with_group(
      [&](group& g) -> task<void> {
        a = g.spawn(never_ends());
        auto pause = co_await g.pause();
        co_await never_ends();
      },
      group_options{}.deadline(this_task::now() + 2s));
  });
  EXPECT_EQ(end, "timed_out");
  EXPECT_EQ(end_of(a), "timed_out");
  EXPECT_EQ(elapsed(), 2s);
}

TEST_F(GroupPauseCancelTest, ADeadlineOfATaskWins) {
  run([&]() -> task<void> {
    co_await with_group(
      [&](group& g) -> task<void> {
        auto soon = spawn_options{}.deadline(this_task::now() + 2s);
        auto a = g.spawn(never_ends(), soon);
        co_await yield();
        auto pause = co_await g.pause();
        co_await sleep(3s);
        EXPECT_EQ(co_await ending(a), "timed_out");
      },
      group_options{}.on_error(on_error::collect));
  });
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(GroupPauseCancelTest, AFailureMeanwhileCancelsTheOthersAtOnce) {
  handle<void> other;
  auto end = end_of([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      auto bad = g.spawn([]() -> task<void> {
        co_await ending(never_ends());
        throw std::runtime_error{"boom"};
      }());
      other = g.spawn(never_ends());
      co_await yield();
      auto pause = co_await g.pause();
      bad.cancel();
      co_await never_ends();
    });
  });
  EXPECT_EQ(end, "group(boom)");
  EXPECT_TRUE(other.was_cancelled());
  EXPECT_EQ(elapsed(), 0s);
}

} // namespace
} // namespace troupe
