#include "conformance/group_fixture.hpp"
#include "troupe/core/child_link.hpp"
#include "troupe/core/supervisor_actor.hpp"
#include "troupe/detail/group_state.hpp"
#include "troupe/detail/thread_pool.hpp"
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/promise.hpp"
#include "troupe/shield.hpp"
#include "troupe/to_thread.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <future>
#include <memory>
#include <optional>

// Pause, which asyncio has not.
namespace troupe {
namespace {

class GroupPauseTest : public group_fixture {
protected:
  /// Counts seconds, until it is cancelled.
  task<void> counts(int& seconds) {
    return job([&seconds]() -> task<void> {
      for (;;) {
        co_await sleep(1s);
        ++seconds;
      }
    });
  }
};

TEST_F(GroupPauseTest, EveryTaskStandsStillUntilItIsResumed) {
  auto a = 0;
  auto b = 0;
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(counts(a));
      g.spawn(counts(b));
      co_await sleep(2500ms);
      {
        auto pause = co_await g.pause();
        co_await sleep(10s);
        EXPECT_EQ(a, 2);
        EXPECT_EQ(b, 2);
      }
      co_await sleep(2s);
      EXPECT_EQ(a, 4);
      EXPECT_EQ(b, 4);
      g.cancel();
    });
  });
}

TEST_F(GroupPauseTest, NothingStartsMeanwhile) {
  auto started = false;
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      auto pause = co_await g.pause();
      auto late = g.spawn(job([&]() -> task<void> {
        started = true;
        co_return;
      }));
      co_await sleep(1s);
      EXPECT_FALSE(started);
      pause.resume();
      co_await late;
      EXPECT_TRUE(started);
    });
  });
}

TEST_F(GroupPauseTest, AnswersThatComeMeanwhileAreKept) {
  promise<int> source;
  auto value = source.get_handle();
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      auto reader =
        g.spawn(job([&]() -> task<int> { co_return co_await value; }));
      co_await yield();
      auto pause = co_await g.pause();
      source.set_value(42);
      co_await sleep(1s);
      EXPECT_FALSE(reader.done());
      pause.resume();
      EXPECT_EQ(co_await reader, 42);
    });
  });
}

TEST_F(GroupPauseTest, DroppingTheGuardResumes) {
  auto seconds = 0;
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(counts(seconds));
      { auto pause = co_await g.pause(); }
      co_await sleep(1500ms);
      EXPECT_EQ(seconds, 1);
      g.cancel();
    });
  });
}

TEST_F(GroupPauseTest, AMovedGuardPausesUntilItsEnd) {
  auto seconds = 0;
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(counts(seconds));
      std::optional<pause_guard> kept;
      {
        auto pause = co_await g.pause();
        kept.emplace(std::move(pause));
      }
      co_await sleep(5s);
      EXPECT_EQ(seconds, 0);
      kept.reset();
      co_await sleep(1ms); // it had slept long enough
      EXPECT_EQ(seconds, 1);
      g.cancel();
    });
  });
}

TEST_F(GroupPauseTest, TwoPausersBothHaveToResume) {
  auto seconds = 0;
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(counts(seconds));
      auto first = co_await g.pause();
      auto second = co_await g.pause();
      EXPECT_EQ((co_await g.progress()).paused_by.size(), 2u);
      first.resume();
      first.resume(); // once more is harmless
      co_await sleep(5s);
      EXPECT_EQ(seconds, 0);
      EXPECT_EQ((co_await g.progress()).paused_by.size(), 1u);
      second.resume();
      co_await sleep(1ms); // it had slept long enough
      EXPECT_EQ(seconds, 1);
      g.cancel();
    });
  });
}

TEST_F(GroupPauseTest, ProgressTellsWhoStandsStill) {
  auto seconds = 0;
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(counts(seconds));
      g.spawn(counts(seconds));
      g.spawn(gives(1));
      co_await sleep(500ms);
      auto pause = co_await g.pause();
      auto now = co_await g.progress();
      EXPECT_EQ(now.paused, 2u);
      EXPECT_EQ(now.running, 0u);
      EXPECT_EQ(now.done, 1u);
      g.cancel();
    });
  });
}

TEST_F(GroupPauseTest, ItIsPassedOnToGroupsInTasks) {
  auto seconds = 0;
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(job([&]() -> task<void> {
        co_await with_group([&](group& inner) -> task<void> {
          inner.spawn(counts(seconds));
          co_return;
        });
      }));
      co_await sleep(500ms);
      auto pause = co_await g.pause();
      co_await sleep(5s);
      EXPECT_EQ(seconds, 0);
      pause.resume();
      co_await sleep(1ms); // it had slept long enough
      EXPECT_EQ(seconds, 1);
      g.cancel();
    });
  });
}

TEST_F(GroupPauseTest, ItIsPassedOnToGathersInTasks) {
  auto seconds = 0;
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(job([&]() -> task<void> {
        co_await gather(tasks(counts(seconds), counts(seconds)));
      }));
      co_await sleep(500ms);
      auto pause = co_await g.pause();
      co_await sleep(5s);
      EXPECT_EQ(seconds, 0);
      pause.resume();
      co_await yield();
      g.cancel();
    });
  });
}

TEST_F(GroupPauseTest, ItIsNotPassedOnToTasksThatAreMerelyAwaited) {
  auto seconds = 0;
  auto outside = spawn(system.get(), counts(seconds));
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(job([&]() -> task<void> { co_await shield(outside); }));
      co_await sleep(500ms);
      auto pause = co_await g.pause();
      co_await sleep(2s);
      EXPECT_EQ(seconds, 2);
      g.cancel();
    });
  });
  outside.cancel();
}

TEST_F(GroupPauseTest, ATaskInAThreadCountsAsStandingStill) {
  std::promise<void> open;
  auto gate = open.get_future().share();
  auto work = start([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      auto wait = [gate] { gate.wait(); };
      auto a = g.spawn(job([&]() -> task<void> { co_await to_thread(wait); }));
      co_await yield();
      auto pause = co_await g.pause(); // while the thread is busy
      open.set_value();
      while (!detail::runtime::current()->threads().busy().empty())
        std::this_thread::yield();
      co_await sleep(1s);
      EXPECT_FALSE(a.done());
      pause.resume();
      co_await a;
    });
  });
  system.run_until_done(work);
  EXPECT_EQ(end_of(work), "done");
}

// -- limit --------------------------------------------------------------------

supervised_actor::behavior_type make_stubborn(supervised_actor::pointer self) {
  auto link = std::make_shared<child_link>();
  return {
    [self, link](const v1::TaskStart& x) {
      link->start(*self, x);
      link->tell_started("stubborn");
    },
    [link](const v1::TaskCancel&) { link->finished(succeeded()); },
    [](const v1::TaskPause&) {}, // it goes on
    [](const v1::TaskResume&) {},
  };
}

/// A child that does not stand still. Coroutines always do.
add_children stubborn() {
  return add_children{
    {[](caf::actor_system& system) { return system.spawn(make_stubborn); }}};
}

TEST_F(GroupPauseTest, PastTheLimitItTellsWhoDidNotStandStill) {
  auto seconds = 0;
  run([&]() -> task<void> {
    auto state = detail::group_state::make(supervisor_options{});
    group g{state};
    state->add(stubborn());
    auto counting = g.spawn(counts(seconds), spawn_options{}.name("counting"));
    co_await sleep(500ms);
    auto limited = job([&]() -> task<void> {
      auto pause = co_await g.pause(pause_options{}.limit(2s));
    });
    try {
      co_await std::move(limited);
      ADD_FAILURE() << "who stood still?";
    } catch (const failure& what) {
      EXPECT_EQ(what.code(), errc::timed_out);
      EXPECT_THAT(what.what(), HasSubstr("stubborn"));
      EXPECT_THAT(what.what(), ::testing::Not(HasSubstr("counting")));
    }
    EXPECT_EQ(elapsed(), 2500ms);
    // The pause was undone.
    EXPECT_THAT((co_await g.progress()).paused_by, IsEmpty());
    co_await sleep(1s);
    EXPECT_EQ(seconds, 2);
    g.cancel();
    EXPECT_EQ(co_await ending(counting), "cancelled");
  });
}

TEST_F(GroupPauseTest, AnUnusedLimitHasNoEffect) {
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(never_ends());
      auto pause = co_await g.pause(pause_options{}.limit(1s));
      co_await sleep(5s);
      EXPECT_EQ((co_await g.progress()).paused, 1u);
      g.cancel();
    });
  });
}

TEST_F(GroupPauseTest, ACancelledPauseIsUndone) {
  auto seconds = 0;
  run([&]() -> task<void> {
    auto state = detail::group_state::make(supervisor_options{});
    group g{state};
    state->add(stubborn());
    auto counting = g.spawn(counts(seconds));
    auto pauser =
      spawn(job([&]() -> task<void> { auto pause = co_await g.pause(); }));
    co_await sleep(1500ms);
    EXPECT_EQ(seconds, 0);
    pauser.cancel();
    EXPECT_EQ(co_await ending(pauser), "cancelled");
    co_await sleep(1s);
    EXPECT_NE(seconds, 0);
    g.cancel();
    EXPECT_EQ(co_await ending(counting), "cancelled");
  });
}

// -- one task -----------------------------------------------------------------

TEST_F(GroupPauseTest, ATaskStandsStillWithItsGroups) {
  auto own = 0;
  auto child = 0;
  auto other = 0;
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      auto a = g.spawn(job([&]() -> task<void> {
        co_await with_group([&](group& inner) -> task<void> {
          inner.spawn(counts(child));
          co_await counts(own);
        });
      }));
      g.spawn(counts(other));
      co_await sleep(500ms);
      {
        auto pause = co_await a.pause();
        co_await sleep(3s);
        EXPECT_EQ(own, 0);
        EXPECT_EQ(child, 0);
        EXPECT_EQ(other, 3);
      }
      co_await sleep(100ms);
      EXPECT_EQ(own, 1);
      EXPECT_EQ(child, 1);
      g.cancel();
    });
  });
}

TEST_F(GroupPauseTest, AnEndedTaskIsPausedAtOnce) {
  run([]() -> task<void> {
    auto a = spawn(gives(1));
    co_await a;
    auto pause = co_await a.pause();
    pause.resume();
  });
}

TEST_F(GroupPauseTest, APausedTaskIsKeptThoughWhatItWaitedForHasCome) {
  run([&]() -> task<void> {
    auto sleeper = spawn(job([]() -> task<int> {
      co_await sleep(1s);
      co_return 7;
    }));
    co_await yield();
    {
      auto pause = co_await sleeper.pause();
      co_await sleep(2s);
    }
    EXPECT_EQ(co_await sleeper, 7);
  });
}

TEST_F(GroupPauseTest, ATaskThatIsPausedBeforeItsFirstStepIsKept) {
  run([&]() -> task<void> {
    auto idle = spawn(gives(7));
    {
      auto pause = co_await idle.pause();
      co_await sleep(2s);
      EXPECT_FALSE(idle.done());
    }
    EXPECT_EQ(co_await idle, 7);
  });
}

TEST_F(GroupPauseTest, ATaskPausedTwiceHasToBeResumedTwice) {
  auto seconds = 0;
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      auto a = g.spawn(counts(seconds));
      co_await yield();
      auto all = co_await g.pause();
      auto one = co_await a.pause();
      all.resume();
      co_await sleep(5s);
      EXPECT_EQ(seconds, 0);
      one.resume();
      co_await sleep(100ms);
      EXPECT_EQ(seconds, 1);
      g.cancel();
    });
  });
}

// -- resume of a handle -------------------------------------------------------

TEST_F(GroupPauseTest, ATaskGoesOnAsWhoPausedItResumesIt) {
  auto seconds = 0;
  run([&]() -> task<void> {
    auto a = spawn(counts(seconds));
    co_await yield();
    auto guard = co_await a.pause();
    co_await sleep(5s);
    EXPECT_EQ(seconds, 0);
    EXPECT_TRUE(a.resume());
    EXPECT_FALSE(a.resume());
    co_await sleep(100ms);
    EXPECT_EQ(seconds, 1); // though the guard is still there
    a.cancel();
    co_await ending(a);
  });
}

TEST_F(GroupPauseTest, ResumeUndoesAllPausesOfTheRunningTaskAndNoOthers) {
  auto seconds = 0;
  run([&]() -> task<void> {
    auto a = spawn(counts(seconds));
    co_await yield();
    auto other = spawn(job([&]() -> task<void> {
      auto guard = co_await a.pause();
      co_await sleep(5s);
    }));
    co_await yield();
    auto one = co_await a.pause();
    auto two = co_await a.pause();
    EXPECT_TRUE(a.resume());
    co_await sleep(4s);
    EXPECT_EQ(seconds, 0);
    co_await other;
    co_await sleep(100ms);
    EXPECT_EQ(seconds, 1);
    a.cancel();
    co_await ending(a);
  });
}

TEST_F(GroupPauseTest, AGuardDoesNotUndoALaterPause) {
  auto seconds = 0;
  run([&]() -> task<void> {
    auto a = spawn(counts(seconds));
    co_await yield();
    auto stale = co_await a.pause();
    a.resume();
    auto guard = co_await a.pause();
    stale.resume();
    co_await sleep(5s);
    EXPECT_EQ(seconds, 0);
    guard.resume();
    co_await sleep(100ms);
    EXPECT_EQ(seconds, 1);
    a.cancel();
    co_await ending(a);
  });
}

TEST_F(GroupPauseTest, ATaskThatHasNotStartedIsResumedToo) {
  run([&]() -> task<void> {
    auto a = spawn(gives(7));
    auto guard = co_await a.pause();
    a.resume();
    EXPECT_EQ(co_await a, 7); // no deadlock any more
  });
}

TEST_F(GroupPauseTest, OutsideOfAnyTaskNobodyResumes) {
  auto a = start([]() -> task<void> { co_await sleep(1s); });
  try {
    a.resume();
    FAIL() << "who resumes?";
  } catch (const failure& what) {
    EXPECT_EQ(what.code(), errc::no_running_system);
  }
  system.advance(1s);
}

} // namespace
} // namespace troupe
