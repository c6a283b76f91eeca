// asyncio's rows T12 to T19: moving a time limit, and what it meets.

#include "conformance/fixture.hpp"
#include "troupe/attempt.hpp"
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/timeout.hpp"

namespace troupe {
namespace {

task<void> one_hour(timeout_scope&) {
  co_await sleep(1h);
}

TEST_F(TaskConformanceTest, T12_AScopeCanBeGivenMoreTime) {
  run([]() -> task<void> {
    auto begin = this_task::now();
    auto body = [&](timeout_scope& scope) -> task<void> {
      scope.reschedule(30s);
      EXPECT_EQ(scope.when(), begin + 30s);
      co_await sleep(1h);
    };
    EXPECT_EQ(co_await ending_of(with_timeout(10s, body)), "timed_out");
    EXPECT_EQ(this_task::now(), begin + 30s);
  }());
}

TEST_F(TaskConformanceTest, T12_AScopeCanBeGivenLessTime) {
  run([]() -> task<void> {
    auto begin = this_task::now();
    auto body = [&](timeout_scope& scope) -> task<void> {
      scope.reschedule_at(begin + 1s);
      co_await sleep(1h);
    };
    EXPECT_EQ(co_await ending_of(with_timeout(10s, body)), "timed_out");
    EXPECT_EQ(this_task::now(), begin + 1s);
  }());
}

TEST_F(TaskConformanceTest, T12_ALimitCanBeTakenAway) {
  run([]() -> task<void> {
    auto body = [](timeout_scope& scope) -> task<void> {
      scope.reschedule(forever);
      EXPECT_EQ(scope.when(), never);
      co_await sleep(1h);
      EXPECT_FALSE(scope.expired());
    };
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "value");
  }());
}

TEST_F(TaskConformanceTest, T12_AScopeThatIsMovedFromInsideAnotherIsMovedOnly) {
  run([]() -> task<void> {
    auto begin = this_task::now();
    co_await with_timeout(10s, [&](timeout_scope& outer) -> task<void> {
      co_await with_timeout(5s, [&](timeout_scope&) -> task<void> {
        outer.reschedule(20s);
        EXPECT_EQ(this_task::deadline(), begin + 5s);
        outer.reschedule(1s);
        EXPECT_EQ(this_task::deadline(), begin + 1s);
        outer.reschedule(30s);
        co_return;
      });
      EXPECT_EQ(this_task::deadline(), begin + 30s);
    });
    EXPECT_EQ(this_task::deadline(), never);
  }());
}

TEST_F(TaskConformanceTest, T12_AGroupInAScopeThatWasMovedHasItsDeadline) {
  run([]() -> task<void> {
    auto begin = this_task::now();
    auto body = [&](timeout_scope& outer) -> task<void> {
      co_await with_timeout(1h, [&](timeout_scope&) -> task<void> {
        outer.reschedule(30s);
        co_return;
      });
      auto tell = []() -> task<time_point> { co_return this_task::deadline(); };
      EXPECT_EQ(co_await with_group([&](group& g) -> task<time_point> {
                  co_return co_await g.spawn(tell());
                }),
                begin + 30s);
    };
    co_await with_timeout(10s, body);
  }());
}

task<void> sleeps_with_deadline(time_point deadline) {
  co_await sleep(20s);
  EXPECT_EQ(this_task::deadline(), deadline);
}

task<void> groups_a_sleeper(time_point deadline) {
  co_await with_group([&](group& g) -> task<void> {
    g.spawn(sleeps_with_deadline(deadline));
    co_await sleep(15s);
  });
}

TEST_F(TaskConformanceTest, T12_AGroupThatIsOpenIsGivenMoreTime) {
  run([]() -> task<void> {
    auto begin = this_task::now();
    auto body = [&](timeout_scope& scope) -> task<void> {
      co_await with_group([&](group& g) -> task<void> {
        g.spawn(sleeps_with_deadline(begin + 30s));
        g.spawn(groups_a_sleeper(begin + 30s));
        co_await sleep(1s);
        scope.reschedule_at(begin + 30s);
      });
    };
    co_await with_timeout(10s, body);
    EXPECT_EQ(this_task::now(), begin + 20s);
  }());
}

TEST_F(TaskConformanceTest, T12_AGroupThatIsOpenHasALimitNoMore) {
  run([]() -> task<void> {
    auto body = [](timeout_scope& scope) -> task<void> {
      co_await with_group([&](group& g) -> task<void> {
        g.spawn(sleeps_with_deadline(never));
        scope.reschedule(forever);
        co_return;
      });
    };
    EXPECT_EQ(co_await ending_of(with_timeout(10s, body)), "value");
  }());
}

TEST_F(TaskConformanceTest, T12_AGroupThatIsOpenIsGivenLessTime) {
  run([]() -> task<void> {
    auto begin = this_task::now();
    auto body = [](timeout_scope& scope) -> task<void> {
      co_await with_group([&](group& g) -> task<void> {
        g.spawn(sleeps_with_deadline(never));
        scope.reschedule(2s);
        co_return;
      });
    };
    EXPECT_EQ(co_await ending_of(with_timeout(10s, body)), "timed_out");
    EXPECT_EQ(this_task::now(), begin + 2s);
  }());
}

// Adapted: a scope exists from its beginning to its end only, so that there is
// no wrong time for this but after it has expired.
TEST_F(TaskConformanceTest, T13_AScopeThatExpiredCannotBeGivenMoreTime) {
  run([]() -> task<void> {
    auto body = [](timeout_scope& scope) -> task<void> {
      EXPECT_EQ(co_await ending_of(sleep(1h)), "cancelled");
      scope.reschedule(1h);
    };
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "timed_out");
  }());
}

// Adapted: nobody can enter a scope: `with_timeout` makes and leaves it.
TEST_F(TaskConformanceTest, T14_AScopeCannotBeEnteredAgain) {
  static_assert(!std::is_copy_constructible_v<timeout_scope>);
  static_assert(!std::is_move_constructible_v<timeout_scope>);
  static_assert(!std::is_assignable_v<timeout_scope&, timeout_scope&&>);
}

// Adapted: what `with_timeout` gives can only be awaited, and that by a task.
TEST_F(TaskConformanceTest, T15_AScopeNeedsATask) {
  try {
    timeout_scope scope{duration{1s}};
    ADD_FAILURE() << "there is no task";
  } catch (const failure& what) {
    EXPECT_EQ(what.code(), errc::no_running_system);
  }
}

TEST_F(TaskConformanceTest, T16_ALimitInTheCleanupOfOneThatExpiredIsItsOwn) {
  run([]() -> task<void> {
    auto begin = this_task::now();
    std::string cleanup_end;
    auto body = [&](timeout_scope&) -> task<void> {
      auto cleanup = [&]() -> task<void> {
        cleanup_end = co_await ending_of(with_timeout(2s, one_hour));
      };
      co_await finally(sleep(1h), cleanup);
    };
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "timed_out");
    EXPECT_EQ(cleanup_end, "timed_out");
    EXPECT_EQ(this_task::now(), begin + 3s);
    EXPECT_EQ(this_task::cancelling(), 0u);
  }());
}

TEST_F(TaskConformanceTest, T17_ALimitWorksAfterACancelThatWasCaught) {
  run([]() -> task<void> {
    this_task::handle().cancel();
    EXPECT_EQ(co_await ending_of(sleep(1s)), "cancelled");
    EXPECT_EQ(co_await ending_of(with_timeout(0s, one_hour)), "timed_out");
  }());
}

TEST_F(TaskConformanceTest, T17_AFreshCancelInALimitStaysACancel) {
  run([]() -> task<void> {
    this_task::handle().cancel();
    EXPECT_EQ(co_await ending_of(sleep(1s)), "cancelled");
    auto body = [](timeout_scope&) -> task<void> {
      this_task::handle().cancel();
      co_await sleep(2s);
    };
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "cancelled");
    EXPECT_EQ(this_task::cancelling(), 2u);
  }());
}

TEST_F(TaskConformanceTest, T18_AnErrorOfAGroupInALimitWinsOverTheTimeout) {
  run([]() -> task<void> {
    auto body = [](timeout_scope&) -> task<void> {
      co_await with_group([](group& g) -> task<void> {
        g.spawn([]() -> task<void> {
          auto cleanup = []() -> task<void> {
            throw std::runtime_error{"cleanup"};
            co_return;
          };
          co_await finally(sleep(1h), cleanup);
        }());
        co_return;
      });
    };
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "error group");
    EXPECT_EQ(this_task::cancelling(), 0u);
    EXPECT_EQ(co_await ending_of(sleep(1s)), "value");
  }());
}

TEST_F(TaskConformanceTest, T18_AGroupInALimitIsCancelledByIt) {
  run([]() -> task<void> {
    journal log;
    auto begin = this_task::now();
    auto body = [&](timeout_scope&) -> task<void> {
      co_await with_group([&](group& g) -> task<void> {
        g.spawn(wait_for_ever(log));
        co_return;
      });
    };
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "timed_out");
    EXPECT_EQ(this_task::now(), begin + 1s);
    EXPECT_THAT(log.lines(), ElementsAre("cancelled"));
    EXPECT_EQ(this_task::cancelling(), 0u);
  }());
}

TEST_F(TaskConformanceTest, T18_AGatherInALimitIsCancelledByIt) {
  run([]() -> task<void> {
    journal log;
    auto body = [&](timeout_scope&) -> task<void> {
      std::vector<task<int>> jobs;
      jobs.push_back(wait_for_ever(log));
      jobs.push_back(wait_for_ever(log));
      co_await gather(std::move(jobs));
    };
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "timed_out");
    EXPECT_THAT(log.lines(), ElementsAre("cancelled", "cancelled"));
    EXPECT_EQ(this_task::cancelling(), 0u);
  }());
}

TEST_F(TaskConformanceTest, T18_ABodyThatIgnoresTheEndOfAGroupIsStillLimited) {
  run([]() -> task<void> {
    journal log;
    auto group_of_one = [&](group& g) -> task<void> {
      g.spawn(wait_for_ever(log));
      co_return;
    };
    auto body = [&](timeout_scope&) -> task<void> {
      static_cast<void>(co_await attempt(with_group(group_of_one)));
      co_await sleep(1h);
    };
    auto begin = this_task::now();
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "timed_out");
    EXPECT_EQ(this_task::now(), begin + 1s);
  }());
}

TEST_F(TaskConformanceTest, T18_ABodyThatIgnoresTheEndOfAGatherIsStillLimited) {
  run([]() -> task<void> {
    journal log;
    auto body = [&](timeout_scope&) -> task<void> {
      std::vector<task<int>> jobs;
      jobs.push_back(wait_for_ever(log));
      static_cast<void>(co_await attempt(gather(std::move(jobs))));
      co_await sleep(1h);
    };
    auto begin = this_task::now();
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "timed_out");
    EXPECT_EQ(this_task::now(), begin + 1s);
  }());
}

TEST_F(TaskConformanceTest, T18_AGroupWhoseBodyWaitsInALimitIsCancelledByIt) {
  run([]() -> task<void> {
    journal log;
    auto wait = [&](group& g) -> task<void> {
      g.spawn(wait_for_ever(log));
      co_await sleep(1h);
    };
    auto body = [&](timeout_scope&) -> task<void> {
      auto end = co_await ending_of(with_group(wait));
      log.add(end);
      co_await sleep(1h);
    };
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "value");
    EXPECT_THAT(log.lines(), ElementsAre("cancelled", "cancelled"));
    EXPECT_EQ(this_task::cancelling(), 0u);
  }());
}

// Adapted: asyncio chains timeout, cancel and what came before; here the
// failure keeps the cancel as its cause.
TEST_F(TaskConformanceTest, T19_ATimeoutKeepsTheCancelAsItsCause) {
  run([]() -> task<void> {
    auto end = co_await attempt(with_timeout(1s, one_hour));
    EXPECT_FALSE(end.has_value());
    try {
      end.value();
    } catch (const failure& what) {
      EXPECT_EQ(what.code(), errc::timed_out);
      EXPECT_NE(what.error().cause(), nullptr);
      if (what.error().cause()) {
        EXPECT_THROW(std::rethrow_exception(what.error().cause()), cancelled);
      }
    }
  }());
}

} // namespace
} // namespace troupe
