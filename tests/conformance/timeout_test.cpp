// asyncio's rows T1 to T11: what a time limit does.

#include "conformance/fixture.hpp"
#include "troupe/promise.hpp"
#include "troupe/timeout.hpp"

namespace troupe {
namespace {

/// Sleeps a second, whatever the scope.
task<void> one_second(timeout_scope&) {
  co_await sleep(1s);
}

TEST_F(TaskConformanceTest, T1_PastItsLimitAScopeThrowsAtItsEnd) {
  run([]() -> task<void> {
    auto begin = this_task::now();
    auto expired = false;
    auto body = [&](timeout_scope& scope) -> task<void> {
      EXPECT_EQ(scope.when(), begin + 1s);
      EXPECT_FALSE(scope.expired());
      try {
        co_await sleep(10s);
      } catch (const cancelled&) {
        expired = scope.expired();
        throw;
      }
    };
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "timed_out");
    EXPECT_TRUE(expired);
    EXPECT_EQ(this_task::now(), begin + 1s);
  }());
}

TEST_F(TaskConformanceTest, T1_ADeadlineDoesTheSame) {
  run([]() -> task<void> {
    auto when = this_task::now() + 1s;
    auto body = [&](timeout_scope& scope) -> task<void> {
      EXPECT_EQ(scope.when(), when);
      co_await sleep(10s);
    };
    EXPECT_EQ(co_await ending_of(with_deadline(when, body)), "timed_out");
    EXPECT_EQ(this_task::now(), when);
  }());
}

TEST_F(TaskConformanceTest, T2_TheBodySeesACancel) {
  run([]() -> task<void> {
    std::string seen;
    auto body = [&](timeout_scope&) -> task<void> {
      seen = co_await ending_of(sleep(10s));
      throw cancelled{cancel_reason::deadline};
    };
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "timed_out");
    EXPECT_EQ(seen, "cancelled");
  }());
}

TEST_F(TaskConformanceTest, T2_ABodyThatAwaitsAnotherTaskSeesACancelToo) {
  run([]() -> task<void> {
    auto other = spawn(value_after(1h, 1));
    std::string seen;
    auto body = [&](timeout_scope&) -> task<void> {
      seen = co_await ending_of(other);
    };
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "value");
    EXPECT_EQ(seen, "cancelled");
    EXPECT_TRUE(other.was_cancelled());
  }());
}

TEST_F(TaskConformanceTest, T2_OnlyTheScopeThatExpiredConvertsTheCancel) {
  run([]() -> task<void> {
    std::string inner_end;
    auto inner = [](timeout_scope&) -> task<void> { co_await sleep(1h); };
    auto outer = [&](timeout_scope&) -> task<void> {
      inner_end = co_await ending_of(with_timeout(10s, inner));
      co_await sleep(1h);
    };
    auto begin = this_task::now();
    auto end = co_await ending_of(with_timeout(1s, outer));
    EXPECT_EQ(inner_end, "cancelled");
    // It caught the cancel, so its limit was for nothing.
    EXPECT_EQ(end, "value");
    EXPECT_EQ(this_task::now(), begin + 1s + 1h);
  }());
}

TEST_F(TaskConformanceTest, T3_OfNestedEqualDeadlinesOnlyTheOutermostThrows) {
  run([]() -> task<void> {
    auto when = this_task::now() + 1s;
    journal log;
    auto outer = [&](timeout_scope& one) -> task<void> {
      auto inner = [&](timeout_scope& two) -> task<void> {
        try {
          co_await sleep(10s);
        } catch (const cancelled&) {
          EXPECT_TRUE(one.expired());
          EXPECT_TRUE(two.expired());
          throw;
        }
      };
      try {
        co_await with_deadline(when, inner);
      } catch (const cancelled&) {
        log.add("cancelled");
        throw;
      }
    };
    EXPECT_EQ(co_await ending_of(with_deadline(when, outer)), "timed_out");
    EXPECT_THAT(log.lines(), ElementsAre("cancelled"));
    EXPECT_EQ(this_task::cancelling(), 0u);
  }());
}

TEST_F(TaskConformanceTest, T4_BusyPastBothLimitsTheInnerThrowsThenTheOuter) {
  run([]() -> task<void> {
    std::string inner_end;
    auto inner = [](timeout_scope&) -> task<void> {
      stay_busy(10s);
      co_await sleep(1s);
    };
    auto outer = [&](timeout_scope&) -> task<void> {
      inner_end = co_await ending_of(with_timeout(1s, inner));
      co_await sleep(1h);
    };
    auto begin = this_task::now();
    EXPECT_EQ(co_await ending_of(with_timeout(10s, outer)), "timed_out");
    EXPECT_EQ(inner_end, "timed_out");
    EXPECT_EQ(this_task::now(), begin + 10s);
  }());
}

TEST_F(TaskConformanceTest, T4_BusyPastTheOuterLimitOnlyThatThrows) {
  run([]() -> task<void> {
    std::string inner_end;
    auto inner = [](timeout_scope&) -> task<void> {
      stay_busy(1s);
      co_await sleep(1h);
    };
    auto outer = [&](timeout_scope&) -> task<void> {
      try {
        co_await with_timeout(10s, inner);
      } catch (const cancelled&) {
        inner_end = "cancelled";
        throw;
      }
    };
    EXPECT_EQ(co_await ending_of(with_timeout(100ms, outer)), "timed_out");
    EXPECT_EQ(inner_end, "cancelled");
  }());
}

TEST_F(TaskConformanceTest, T5_WithinItsLimitAScopeHasNoEffect) {
  run([]() -> task<void> {
    auto body = [](timeout_scope& scope) -> task<int> {
      co_await sleep(1s);
      EXPECT_FALSE(scope.expired());
      EXPECT_GT(scope.when(), this_task::now());
      co_return 42;
    };
    EXPECT_EQ(co_await with_timeout(10s, body), 42);
    co_await sleep(1h);
  }());
}

TEST_F(TaskConformanceTest, T5_AScopeThatEndedTakesBackItsTimer) {
  promise<> gate;
  auto work = start([](handle<void> opened) -> task<void> {
    co_await with_timeout(10s, [](timeout_scope&) -> task<void> { co_return; });
    co_await opened;
  }(gate.get_handle()));
  EXPECT_FALSE(system.fire_next_timer());
  gate.set_value();
  system.run_ready();
  EXPECT_TRUE(work.done());
}

TEST_F(TaskConformanceTest, T6_ForeverIsNoLimit) {
  run([]() -> task<void> {
    auto body = [](timeout_scope& scope) -> task<void> {
      EXPECT_EQ(scope.when(), never);
      co_await sleep(std::chrono::hours{100'000});
      EXPECT_FALSE(scope.expired());
    };
    EXPECT_EQ(co_await ending_of(with_timeout(forever, body)), "value");
  }());
}

TEST_F(TaskConformanceTest, T6_NeverIsNoDeadline) {
  run([]() -> task<void> {
    EXPECT_EQ(co_await ending_of(with_deadline(never, one_second)), "value");
  }());
}

TEST_F(TaskConformanceTest, T7_ALimitOfZeroExpiresAtTheFirstAwait) {
  run([]() -> task<void> {
    auto begin = this_task::now();
    EXPECT_EQ(co_await ending_of(with_timeout(0s, one_second)), "timed_out");
    EXPECT_EQ(this_task::now(), begin);
  }());
}

TEST_F(TaskConformanceTest, T7_ALimitOfZeroExpiresEvenAtAYield) {
  run([]() -> task<void> {
    auto body = [](timeout_scope&) -> task<void> { co_await yield(); };
    EXPECT_EQ(co_await ending_of(with_timeout(0s, body)), "timed_out");
  }());
}

TEST_F(TaskConformanceTest, T7_ADeadlineInThePastExpiresEvenAtAYield) {
  run([]() -> task<void> {
    auto body = [](timeout_scope& scope) -> task<void> {
      EXPECT_LT(scope.when(), this_task::now());
      co_await yield();
    };
    EXPECT_EQ(co_await ending_of(with_timeout(-11s, body)), "timed_out");
  }());
}

TEST_F(TaskConformanceTest, T7_ABodyThatDoesNotAwaitIsNotLimited) {
  run([]() -> task<void> {
    auto body = [](timeout_scope&) -> task<void> { co_return; };
    EXPECT_EQ(co_await ending_of(with_timeout(0s, body)), "value");
    co_await sleep(1s);
  }());
}

TEST_F(TaskConformanceTest, T8_OtherExceptionsPassThrough) {
  run([]() -> task<void> {
    auto body = [](timeout_scope& scope) -> task<void> {
      EXPECT_FALSE(scope.expired());
      co_await yield();
      throw std::runtime_error{"mine"};
    };
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "mine");
    co_await sleep(1h);
  }());
}

// Adapted: in C++ an exception has no context in which the cancel could be
// kept.
TEST_F(TaskConformanceTest, T9_AnErrorOfTheCleanupWinsOverTheTimeout) {
  run([]() -> task<void> {
    auto body = [](timeout_scope&) -> task<void> {
      auto cleanup = []() -> task<void> {
        co_await yield();
        throw std::runtime_error{"cleanup"};
      };
      co_await finally(sleep(1h), cleanup);
    };
    EXPECT_EQ(co_await ending_of(with_timeout(1s, body)), "cleanup");
    EXPECT_EQ(this_task::cancelling(), 0u);
  }());
}

TEST_F(TaskConformanceTest, T10_ACancelFromOutsideBeforeTheLimitStaysACancel) {
  run([]() -> task<void> {
    auto body = [](timeout_scope& scope) -> task<void> {
      this_task::handle().cancel();
      try {
        co_await sleep(20s);
      } catch (const cancelled&) {
        EXPECT_FALSE(scope.expired());
        throw;
      }
    };
    EXPECT_EQ(co_await ending_of(with_timeout(10s, body)), "cancelled");
  }());
}

TEST_F(TaskConformanceTest, T11_ATimeoutDoesNotLeaveItsTaskCancelled) {
  auto work = start([]() -> task<void> {
    EXPECT_EQ(co_await ending_of(with_timeout(1ms, one_second)), "timed_out");
    EXPECT_EQ(this_task::cancelling(), 0u);
    co_await sleep(1s);
  }());
  system.advance(10s);
  EXPECT_TRUE(work.done());
  EXPECT_FALSE(work.was_cancelled());
}

} // namespace
} // namespace troupe
