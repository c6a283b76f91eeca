#include "conformance/group_fixture.hpp"
#include "troupe/this_task.hpp"
#include "troupe/wait.hpp"

#include <array>
#include <list>
#include <ranges>
#include <span>

namespace troupe {
namespace {

class WaitConformanceTest : public group_fixture {
protected:
  template <class T>
  handle<T> spawned(task<T> work) {
    return spawn(system.get(), std::move(work));
  }
};

TEST_F(WaitConformanceTest, W1_AllCompletedGivesAllAndNothingPending) {
  auto a = spawned(gives(1, 2s));
  auto b = spawned(gives(2, 1s));
  run([&]() -> task<void> {
    auto [done, pending] = co_await wait(list(a, b));
    EXPECT_EQ(done, list(a, b));
    EXPECT_THAT(pending, IsEmpty());
  });
  EXPECT_EQ(elapsed(), 2s);
}

TEST_F(WaitConformanceTest, W1_OnEndedTasksItTakesNoTime) {
  auto a = spawned(gives(1, 1s));
  run([&]() -> task<void> {
    co_await wait(list(a));
    auto [done, pending] = co_await wait(list(a));
    EXPECT_EQ(done, list(a));
  });
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(WaitConformanceTest, W2_RepetitionsCollapse) {
  auto a = spawned(gives(1));
  auto b = spawned(gives(2));
  run([&]() -> task<void> {
    auto [done, pending] = co_await wait(list(a, b, a, a));
    EXPECT_EQ(done, list(a, b));
  });
}

TEST_F(WaitConformanceTest, W3_NothingToWaitForIsAnError) {
  try {
    auto never = wait(std::vector<handle<int>>{});
    FAIL() << "it waits for nothing";
  } catch (const failure& what) {
    EXPECT_EQ(what.code(), errc::invalid_argument);
  }
}

template <class Argument>
concept can_be_waited_for = requires(Argument x) {
  wait(x);
};

// Adapted: the compiler refuses a bare task or handle, and conditions that do
// not exist.
TEST_F(WaitConformanceTest, W3_ABareTaskOrHandleIsRefused) {
  static_assert(can_be_waited_for<std::vector<handle<int>>>);
  static_assert(!can_be_waited_for<handle<int>>);
  static_assert(!can_be_waited_for<task<int>>);
}

TEST_F(WaitConformanceTest, W4_FirstCompletedLeavesTheOthersRunning) {
  auto a = spawned(gives(1, 3s));
  auto b = spawned(gives(2, 1s));
  run([&]() -> task<void> {
    auto [done, pending] = co_await wait(list(a, b), first_completed);
    EXPECT_EQ(done, list(b));
    EXPECT_EQ(pending, list(a));
    EXPECT_EQ(elapsed(), 1s);
    EXPECT_EQ(co_await a, 1);
  });
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(WaitConformanceTest, W5_AllThatEndedUntilItReturnsAreDone) {
  auto a = spawned(gives(1, 1s));
  auto b = spawned(gives(2, 1s));
  auto c = spawned(gives(3, 2s));
  run([&]() -> task<void> {
    auto [done, pending] = co_await wait(list(a, b, c), first_completed);
    EXPECT_EQ(done, list(a, b));
    EXPECT_EQ(pending, list(c));
  });
  system.advance(1s);
}

TEST_F(WaitConformanceTest, W6_FirstExceptionReturnsAtOnceIfOneHadFailed) {
  auto bad = spawned(throws("boom"));
  auto good = spawned(never_ends());
  system.run_ready();
  run([&]() -> task<void> {
    auto [done, pending] = co_await wait(list(good, bad), first_exception);
    EXPECT_EQ(done, list(bad));
    EXPECT_EQ(pending, list(good));
  });
  good.cancel();
}

TEST_F(WaitConformanceTest, W6_FirstExceptionReturnsWhenOneFails) {
  auto early = spawned([]() -> task<void> { co_await sleep(1s); }());
  auto bad = spawned(throws("boom", 2s));
  auto good = spawned(never_ends());
  run([&]() -> task<void> {
    auto [done, pending] =
      co_await wait(list(early, good, bad), first_exception);
    EXPECT_EQ(done, list(early, bad));
    EXPECT_EQ(pending, list(good));
  });
  EXPECT_EQ(elapsed(), 2s);
  good.cancel();
}

TEST_F(WaitConformanceTest, W6_WithoutFailureItWaitsForAll) {
  auto a = spawned(gives(1, 1s));
  auto b = spawned(gives(2, 2s));
  run([&]() -> task<void> {
    auto [done, pending] = co_await wait(list(a, b), first_exception);
    EXPECT_THAT(pending, IsEmpty());
  });
  EXPECT_EQ(elapsed(), 2s);
}

TEST_F(WaitConformanceTest, W6_ACancelledTaskIsNoException) {
  auto a = spawned(never_ends());
  auto b = spawned([]() -> task<void> { co_await sleep(1s); }());
  a.cancel();
  run([&]() -> task<void> {
    auto [done, pending] = co_await wait(list(a, b), first_exception);
    EXPECT_EQ(done, list(a, b));
  });
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(WaitConformanceTest, W7_FailuresStayInTheTasks) {
  auto bad = spawned(throws("boom"));
  run([&]() -> task<void> {
    auto [done, pending] = co_await wait(list(bad));
    EXPECT_EQ(done, list(bad));
    EXPECT_EQ(co_await ending(done[0]), "boom");
  });
}

TEST_F(WaitConformanceTest, W8_ATimeLimitNeitherThrowsNorCancels) {
  auto a = spawned(gives(1, 1s));
  auto b = spawned(gives(2, 5s));
  run([&]() -> task<void> {
    auto [done, pending] = co_await wait(list(a, b), all_completed, 2s);
    EXPECT_EQ(done, list(a));
    EXPECT_EQ(pending, list(b));
    EXPECT_EQ(elapsed(), 2s);
    EXPECT_EQ(b.cancelling(), 0u);
    EXPECT_EQ(co_await b, 2);
  });
  EXPECT_EQ(elapsed(), 5s);
}

TEST_F(WaitConformanceTest, W8_WithoutAnyTimeItTellsWhatIsDone) {
  auto a = spawned(gives(1));
  auto b = spawned(gives(2, 5s));
  system.run_ready();
  run([&]() -> task<void> {
    auto [done, pending] =
      co_await wait(list(a, b), all_completed, duration::zero());
    EXPECT_EQ(done, list(a));
    EXPECT_EQ(pending, list(b));
    EXPECT_EQ(elapsed(), 0s);
  });
  system.advance(5s);
}

TEST_F(WaitConformanceTest, W8_AnUnusedTimeLimitHasNoEffect) {
  auto a = spawned(gives(1, 1s));
  run([&]() -> task<void> {
    auto [done, pending] = co_await wait(list(a), all_completed, 9s);
    EXPECT_THAT(pending, IsEmpty());
  });
  EXPECT_EQ(elapsed(), 1s);
}

// Adapted: iterables are ranges.
TEST_F(WaitConformanceTest, W9_AnyRangeOfHandlesWillDo) {
  auto a = spawned(gives(1));
  auto b = spawned(gives(2));
  std::array array{a, b};
  std::list<handle<int>> linked{a, b};
  run([&]() -> task<void> {
    EXPECT_EQ((co_await wait(array)).done, list(a, b));
    EXPECT_EQ((co_await wait(std::span{array})).done, list(a, b));
    EXPECT_EQ((co_await wait(linked)).done, list(a, b));
  });
}

// clang 14, as clang-tidy, cannot read the views of libstdc++ 12.
#if !defined(__clang__) || __clang_major__ >= 16
// Adapted: generators are views.
TEST_F(WaitConformanceTest, W9_ViewsWillDo) {
  auto a = spawned(gives(1));
  auto b = spawned(gives(2));
  std::array array{a, b};
  run([&]() -> task<void> {
    auto some =
      array | std::views::filter([&](const auto& x) { return x == b; });
    auto made = std::views::iota(0, 2)
                | std::views::transform([&](int i) { return array[i]; });
    EXPECT_EQ((co_await wait(some)).done, list(b));
    EXPECT_EQ((co_await wait(made)).done, list(a, b));
  });
}
#endif

TEST_F(WaitConformanceTest, W9_HandlesOfDifferentTypesAreWaitedForTogether) {
  auto a = spawned(gives(1));
  auto b = spawned(gives(std::string{"two"}, 1s));
  run([&]() -> task<void> {
    auto [done, pending] = co_await wait(list<any_handle>(a, b));
    EXPECT_EQ(done, list<any_handle>(a, b));
  });
}

TEST_F(WaitConformanceTest, W10_ACancelOfWhoWaitsLeavesTheTasksRunning) {
  auto a = spawned(gives(1, 1s));
  auto waiter = start([&]() -> task<void> { co_await wait(list(a)); });
  waiter.cancel();
  system.run_ready();
  EXPECT_TRUE(waiter.was_cancelled());
  EXPECT_FALSE(a.done());
  EXPECT_EQ(a.cancelling(), 0u);
  system.advance(1s);
  EXPECT_EQ(end_of(a), "done");
}

// Adapted: it does not compile.
TEST_F(WaitConformanceTest, W11_TasksThatNobodyRunsAreRefused) {
  static_assert(!can_be_waited_for<std::vector<task<int>>>);
}

} // namespace
} // namespace troupe
