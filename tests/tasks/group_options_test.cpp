#include "conformance/group_fixture.hpp"
#include "troupe/finally.hpp"
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/map.hpp"
#include "troupe/this_task.hpp"
#include "troupe/timeout.hpp"
#include "troupe/wait.hpp"

#include <optional>

// What troupe's groups have and asyncio's have not: limits, deadlines,
// progress, other rules for failures.
namespace troupe {
namespace {

using ::testing::MatchesRegex;
using ::testing::StrEq;

class GroupOptionsTest : public group_fixture {};

group_options rule(on_error x) {
  return group_options{}.on_error(x);
}

// -- limit --------------------------------------------------------------------

TEST_F(GroupOptionsTest, ALimitHoldsTasksBackInOrder) {
  auto most = 0;
  auto now = 0;
  std::vector<int> order;
  run([&]() -> task<void> {
    co_await with_group(
      [&](group& g) -> task<void> {
        for (int i = 0; i != 6; ++i)
          g.spawn(job([&, i]() -> task<void> {
            order.push_back(i);
            most = std::max(most, ++now);
            co_await sleep(1s);
            --now;
          }));
        co_return;
      },
      group_options{}.limit(2));
  });
  EXPECT_EQ(most, 2);
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(GroupOptionsTest, ATaskCancelledBeforeItsTurnEndsAtOnce) {
  auto started = false;
  run([&]() -> task<void> {
    co_await with_group(
      [&](group& g) -> task<void> {
        g.spawn(gives(1, 5s));
        auto queued = g.spawn(job([&]() -> task<void> {
          started = true;
          co_return;
        }));
        co_await sleep(1s);
        EXPECT_TRUE(queued.cancel());
        EXPECT_EQ(co_await ending(queued), "cancelled");
        EXPECT_EQ(elapsed(), 1s);
        EXPECT_FALSE(queued.cancel());
      },
      group_options{}.limit(1));
  });
  EXPECT_FALSE(started);
  EXPECT_EQ(elapsed(), 5s);
}

TEST_F(GroupOptionsTest, AFailureEndsTasksThatWaitForTheirTurn) {
  handle<int> queued;
  auto end = end_of([&]() -> task<void> {
    co_await with_group(
      [&](group& g) -> task<void> {
        g.spawn(throws("boom", 1s));
        queued = g.spawn(gives(1));
        co_return;
      },
      group_options{}.limit(1));
  });
  EXPECT_EQ(end, "group(boom)");
  EXPECT_TRUE(queued.was_cancelled());
}

// -- deadline -----------------------------------------------------------------

TEST_F(GroupOptionsTest, TasksSeeTheInheritedDeadlineThoughTheClockStops) {
  run([]() -> task<void> {
    auto end = this_task::now() + 10s;
    auto see = []() -> task<time_point> { co_return this_task::deadline(); };
    auto body = [&](timeout_scope&) -> task<void> {
      co_await with_group(
        [&](group& g) -> task<void> {
          auto seen = g.spawn(see());
          EXPECT_EQ(co_await seen, end);
        },
        group_options{}.deadline(end - 1s).stop_clock(true));
    };
    co_await with_timeout(10s, body);
  });
}

// -- progress -----------------------------------------------------------------

TEST_F(GroupOptionsTest, ProgressCountsTasksByWhatBecameOfThem) {
  run([]() -> task<void> {
    co_await with_group(
      [](group& g) -> task<void> {
        g.spawn(gives(1));
        g.spawn(gives(2));
        g.spawn(throws("boom"));
        auto unwanted = g.spawn(never_ends());
        g.spawn(gives(3, 5s));
        co_await sleep(1s);
        unwanted.cancel();
        co_await yield();
        co_await yield();
        g.spawn(gives(4, 5s));
        g.spawn(gives(5, 5s)); // beyond the limit
        co_await sleep(1s);
        auto now = co_await g.progress();
        EXPECT_EQ(now.total, 7u);
        EXPECT_EQ(now.started, 7u);
        EXPECT_EQ(now.running, 3u);
        EXPECT_EQ(now.paused, 0u);
        EXPECT_EQ(now.done, 2u);
        EXPECT_EQ(now.failed, 1u);
        EXPECT_EQ(now.cancelled, 1u);
        EXPECT_THAT(now.paused_by, IsEmpty());
      },
      rule(on_error::collect));
  });
}

TEST_F(GroupOptionsTest, ProgressTellsTasksThatWaitForTheirTurn) {
  run([]() -> task<void> {
    co_await with_group(
      [](group& g) -> task<void> {
        for (int i = 0; i != 5; ++i)
          g.spawn(gives(i, 1s));
        auto now = co_await g.progress();
        EXPECT_EQ(now.total, 5u);
        EXPECT_EQ(now.started, 2u);
      },
      group_options{}.limit(2));
  });
}

TEST_F(GroupOptionsTest, ProgressIsThereAfterTheEnd) {
  run([]() -> task<void> {
    std::optional<group> ended;
    co_await with_group([&](group& g) -> task<void> {
      ended = g;
      g.spawn(gives(1, 1s));
      co_return;
    });
    EXPECT_EQ((co_await ended->progress()).done, 1u);
  });
}

// -- deadlines ----------------------------------------------------------------

TEST_F(GroupOptionsTest, PastItsDeadlineTasksAndGroupHaveTimedOut) {
  handle<void> a;
  std::string body_end;
  auto end = end_of([&]() -> task<void> {
    co_await with_group(
      [&](group& g) -> task<void> {
        a = g.spawn(never_ends());
        body_end = co_await ending(never_ends());
      },
      group_options{}.deadline(this_task::now() + 2s));
  });
  EXPECT_EQ(end, "timed_out");
  EXPECT_EQ(body_end, "cancelled");
  EXPECT_FALSE(a.was_cancelled());
  EXPECT_EQ(end_of(a), "timed_out");
  EXPECT_EQ(elapsed(), 2s);
}

TEST_F(GroupOptionsTest, PastItsDeadlineErrorsOfTasksComeFirst) {
  auto end = end_of([]() -> task<void> {
    co_await with_group(
      [](group& g) -> task<void> {
        g.spawn(never_ends());
        g.spawn([]() -> task<void> {
          co_await ending(never_ends());
          co_await throws("boom");
        }());
        co_return;
      },
      group_options{}.deadline(this_task::now() + 2s));
  });
  EXPECT_EQ(end, "group(boom)");
}

TEST_F(GroupOptionsTest, ATimeoutInsideATaskIsAnErrorLikeOthers) {
  auto late = []() -> task<void> { co_await wait_for(never_ends(), 1s); };
  EXPECT_EQ(end_of([&]() -> task<void> {
              co_await with_group([&](group& g) -> task<void> {
                g.spawn(late());
                co_return;
              });
            }),
            "group(timed_out)");
  EXPECT_EQ(end_of([&]() -> task<void> {
              co_await with_group(
                [&](group& g) -> task<void> {
                  g.spawn(late());
                  co_return;
                },
                rule(on_error::collect));
            }),
            "done");
}

TEST_F(GroupOptionsTest, ATaskThatWaitsForItsTurnTimesOutToo) {
  handle<int> queued;
  auto end = end_of([&]() -> task<void> {
    co_await with_group(
      [&](group& g) -> task<void> {
        g.spawn(never_ends());
        queued = g.spawn(gives(1));
        co_return;
      },
      group_options{}.limit(1).deadline(this_task::now() + 2s));
  });
  EXPECT_EQ(end, "timed_out");
  EXPECT_EQ(end_of(queued), "timed_out");
}

TEST_F(GroupOptionsTest, ACancelFromOutsideWinsOverTheDeadline) {
  auto work = start([&]() -> task<void> {
    co_await with_group(
      [](group& g) -> task<void> {
        g.spawn([]() -> task<void> {
          co_await ending(never_ends());
          co_await sleep(5s);
        }());
        co_return;
      },
      group_options{}.deadline(this_task::now() + 2s));
  });
  system.advance(3s); // it cleans up
  work.cancel();
  EXPECT_EQ(end_of(work), "cancelled");
}

TEST_F(GroupOptionsTest, TasksInheritTheNearestDeadline) {
  run([&]() -> task<void> {
    auto base = this_task::now();
    auto seen = [](time_point from) -> task<duration> {
      co_return this_task::deadline() == never ? forever
                                               : this_task::deadline() - from;
    };
    auto body = [&](timeout_scope&) -> task<void> {
      co_await with_group(
        [&](group& g) -> task<void> {
          auto outer = g.spawn(seen(base));
          auto own = g.spawn(seen(base), spawn_options{}.deadline(base + 1s));
          auto later = g.spawn(seen(base), spawn_options{}.deadline(base + 9s));
          EXPECT_EQ(co_await outer, 3s);
          EXPECT_EQ(co_await own, 1s);
          EXPECT_EQ(co_await later, 3s);
          auto gathered = co_await gather(tasks(seen(base)));
          EXPECT_THAT(gathered, ElementsAre(5s));
          auto nearer = gather_options{}.deadline(base + 2s);
          auto limited = co_await gather(tasks(seen(base)), nearer);
          EXPECT_THAT(limited, ElementsAre(2s));
          auto mapped = co_await map(list(base), seen);
          EXPECT_THAT(mapped, ElementsAre(5s));
          auto free = spawn(seen(base));
          EXPECT_EQ(co_await free, forever);
        },
        group_options{}.deadline(base + 3s));
    };
    co_await with_timeout(5s, body);
  });
}

TEST_F(GroupOptionsTest, ADeadlineReachesTheTasksOfTasks) {
  handle<void> grandchild;
  auto end = end_of([&]() -> task<void> {
    co_await with_group(
      [&](group& g) -> task<void> {
        g.spawn(job([&]() -> task<void> {
          co_await with_group([&](group& inner) -> task<void> {
            grandchild = inner.spawn(never_ends());
            co_return;
          });
        }));
        co_return;
      },
      group_options{}.deadline(this_task::now() + 2s));
  });
  EXPECT_EQ(end, "timed_out");
  EXPECT_EQ(elapsed(), 2s);
  EXPECT_EQ(end_of(grandchild), "timed_out");
}

TEST_F(GroupOptionsTest, PastTheDeadlineNothingStarts) {
  auto started = false;
  auto end = end_of([&]() -> task<void> {
    auto late = gather_options{}.deadline(this_task::now());
    auto work = job([&]() -> task<int> {
      started = true;
      co_return 1;
    });
    co_await gather(tasks(std::move(work)), late);
  });
  EXPECT_EQ(end, "timed_out");
  EXPECT_FALSE(started);
}

// -- errors -------------------------------------------------------------------

TEST_F(GroupOptionsTest, AnErrorGroupHoldsErrorsInTheOrderTheyCame) {
  run([]() -> task<void> {
    auto fails = [](std::string text, duration length) -> task<void> {
      co_await ending(never_ends());
      co_await throws(text, length);
    };
    auto work = with_group([&](group& g) -> task<void> {
      g.spawn(fails("third", 3s));
      g.spawn(throws("first", 1s));
      g.spawn(fails("second", 2s));
      co_await fails("body", 1s);
    });
    try {
      co_await std::move(work);
    } catch (const error_group& what) {
      EXPECT_EQ(told(std::current_exception()),
                "group(first, second, third, body)");
      EXPECT_EQ(what.code(), errc::internal);
      EXPECT_THAT(
        what.what(),
        MatchesRegex(".*: 4 tasks failed, the first: task `task-.*`: first"));
    }
  });
}

TEST_F(GroupOptionsTest, AnErrorGroupHasTheCodeOfTheFirst) {
  run([]() -> task<void> {
    auto work = with_group([](group& g) -> task<void> {
      auto fails = []() -> task<void> {
        throw failure{{errc::too_large, "it is"}};
        co_return;
      };
      g.spawn(fails(), spawn_options{}.name("big"));
      co_return;
    });
    try {
      co_await std::move(work);
    } catch (const error_group& what) {
      EXPECT_EQ(what.code(), errc::too_large);
      EXPECT_THAT(what.what(), StrEq("too_large: task `big`: it is"));
    }
  });
}

/// What a failure tells people.
template <class Op>
task<std::string> text_of(Op work) {
  try {
    co_await std::move(work);
  } catch (const std::exception& what) {
    co_return what.what();
  }
  co_return "";
}

TEST_F(GroupOptionsTest, AnErrorNamesTheTaskOnceThroughGroupsInGroups) {
  auto flush = []() -> task<void> { co_await wait_for(never_ends(), 3s); };
  auto inner = [flush]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(flush(), spawn_options{}.name("flush"));
      co_return;
    });
  };
  auto outer = with_group([&](group& g) -> task<void> {
    g.spawn(job(inner), spawn_options{}.name("inner"));
    co_return;
  });
  EXPECT_EQ(system.run(text_of(std::move(outer))),
            "timed_out: task `flush`: the limit of 3 s passed (timeout.hpp)");
}

TEST_F(GroupOptionsTest, AnErrorOfTheBodyNamesItsTask) {
  auto group_of_one = job([]() -> task<void> {
    co_await with_group([](group&) { return throws("boom"); });
  });
  auto work =
    spawn(system.get(), std::move(group_of_one), spawn_options{}.name("main"));
  EXPECT_EQ(system.run(text_of(work)), "internal: task `main`: boom");
}

TEST_F(GroupOptionsTest, EachLimitSaysWhatItWas) {
  auto told_by = [&](auto make) {
    auto work = spawn(system.get(), job([make] { return make(); }),
                      spawn_options{}.name("w"));
    return system.run(text_of(work));
  };
  auto forever_in = [](timeout_scope&) { return never_ends(); };
  EXPECT_EQ(told_by([=] { return with_timeout(250ms, forever_in); }),
            "timed_out: task `w`: the limit of 250 ms passed (timeout.hpp)");
  EXPECT_EQ(told_by([] { return wait_for(never_ends(), 0s); }),
            "timed_out: task `w`: the limit of 0 s passed (timeout.hpp)");
  EXPECT_EQ(
    told_by([=] { return with_deadline(this_task::now() + 1s, forever_in); }),
    "timed_out: task `w`: the deadline passed (timeout.hpp)");
  auto moved = [](timeout_scope& t) -> task<void> {
    t.reschedule(2s);
    co_await never_ends();
  };
  EXPECT_EQ(told_by([=] { return with_timeout(1h, moved); }),
            "timed_out: task `w`: the limit of 2 s passed (timeout.hpp)");
  EXPECT_EQ(told_by([]() -> task<void> {
              auto all = list(spawn(never_ends()));
              auto ended = as_completed(all, 5s);
              auto cleanup = [&]() -> task<void> {
                all[0].cancel();
                co_return;
              };
              co_await finally(ended.next(), cleanup);
            }),
            "timed_out: task `w`: the limit of 5 s passed (wait.hpp)");
}

TEST_F(GroupOptionsTest, ATaskPastItsDeadlineIsNamed) {
  auto late = job([]() -> task<void> {
    auto options = spawn_options{}.name("late").deadline(this_task::now() + 1s);
    co_await spawn(never_ends(), options);
  });
  EXPECT_EQ(system.run(text_of(std::move(late))),
            "timed_out: task `late`: the task's deadline passed");
}

TEST_F(GroupOptionsTest, CollectedFailuresAreOutcomesOfTheTasks) {
  handle<void> bad;
  handle<int> good;
  auto end = end_of([&]() -> task<void> {
    co_await with_group(
      [&](group& g) -> task<void> {
        bad = g.spawn(throws("boom"));
        good = g.spawn(gives(1, 2s));
        co_return;
      },
      rule(on_error::collect));
  });
  EXPECT_EQ(end, "done");
  EXPECT_EQ(elapsed(), 2s);
  EXPECT_EQ(end_of(bad), "boom");
  EXPECT_EQ(end_of(good), "done");
}

TEST_F(GroupOptionsTest, TasksLeftRunningBelongToTheGroupAround) {
  auto finished = false;
  run([&]() -> task<void> {
    co_await with_group([&](group&) -> task<void> {
      auto work = with_group(
        [&](group& g) -> task<void> {
          g.spawn(throws("boom", 1s));
          g.spawn(job([&]() -> task<void> {
            co_await sleep(3s);
            finished = true;
          }));
          co_return;
        },
        rule(on_error::leave_running));
      EXPECT_EQ(co_await ending(std::move(work)), "group(boom)");
      EXPECT_EQ(elapsed(), 1s);
    });
    EXPECT_TRUE(finished);
  });
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(GroupOptionsTest, TasksLeftRunningAreCancelledWithTheGroupAround) {
  handle<void> left;
  auto end = end_of([&]() -> task<void> {
    co_await with_group([&](group& around) -> task<void> {
      auto work = with_group(
        [&](group& g) -> task<void> {
          g.spawn(throws("boom"));
          left = g.spawn(never_ends());
          co_return;
        },
        rule(on_error::leave_running));
      EXPECT_EQ(co_await ending(std::move(work)), "group(boom)");
      around.spawn(throws("bang", 1s));
    });
  });
  EXPECT_EQ(end, "group(bang)");
  EXPECT_TRUE(left.was_cancelled());
}

// -- failures that look like cancels ------------------------------------------

TEST_F(GroupOptionsTest, AFailureOfSomethingThatWasCancelledIsAFailure) {
  auto fails = []() -> task<void> {
    co_await sleep(1s);
    throw failure{{errc::cancelled, "the teller was"}};
  };
  auto end = end_of([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(never_ends());
      g.spawn(fails());
      co_await never_ends();
    });
  });
  EXPECT_EQ(end, "group(cancelled)");
}

} // namespace
} // namespace troupe
