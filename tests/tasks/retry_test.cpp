#include "conformance/fixture.hpp"
#include "troupe/retry.hpp"

namespace troupe {
namespace {

using RetryTest = TaskConformanceTest;

error busy() {
  return {errc::busy, "not now"};
}

/// Succeeds at the `good`-th call.
task<int> fail_until(int good, int& calls) {
  co_await yield();
  if (++calls < good)
    throw failure{busy()};
  co_return calls;
}

TEST_F(RetryTest, TriesUntilItSucceeds) {
  run([]() -> task<void> {
    int calls = 0;
    auto policy = retry_policy{}.attempts(5);
    auto make = [&] { return fail_until(3, calls); };
    EXPECT_EQ(co_await retry(policy, make), 3);
    EXPECT_EQ(calls, 3);
  }());
}

TEST_F(RetryTest, ThrowsTheLastFailureOnceItsTriesAreUsedUp) {
  run([]() -> task<void> {
    int calls = 0;
    auto make = [&] { return fail_until(100, calls); };
    EXPECT_EQ(co_await ending_of(retry(retry_policy{}, make)), "busy");
    EXPECT_EQ(calls, 3);
  }());
}

TEST_F(RetryTest, ASingleTryIsNotRepeated) {
  run([]() -> task<void> {
    int calls = 0;
    auto begin = this_task::now();
    auto policy = retry_policy{}.attempts(1);
    auto make = [&] { return fail_until(100, calls); };
    EXPECT_EQ(co_await ending_of(retry(policy, make)), "busy");
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(this_task::now(), begin);
  }());
}

TEST_F(RetryTest, RetriesOnlyWhatIsWorthIt) {
  run([]() -> task<void> {
    int calls = 0;
    auto policy = retry_policy{}.when(
      [](const error& why) { return why.code() == errc::lost; });
    auto make = [&] { return fail_until(100, calls); };
    EXPECT_EQ(co_await ending_of(retry(policy, make)), "busy");
    EXPECT_EQ(calls, 1);
  }());
}

TEST_F(RetryTest, ATaskWithoutAValueIsRetriedToo) {
  run([]() -> task<void> {
    int calls = 0;
    auto make = [&]() -> task<void> {
      static_cast<void>(co_await fail_until(2, calls));
    };
    co_await retry(retry_policy{}, make);
    EXPECT_EQ(calls, 2);
  }());
}

TEST_F(RetryTest, ACancelOfATryIsNotRetried) {
  auto work = start([](journal log) -> task<int> {
    auto make = [&] { return wait_for_ever(log); };
    co_return co_await retry(retry_policy{}, make);
  }(notes));
  work.cancel();
  system.run_ready();
  EXPECT_TRUE(work.was_cancelled());
  EXPECT_THAT(notes.lines(), ElementsAre("cancelled"));
}

TEST_F(RetryTest, ACancelDuringTheWaitEndsIt) {
  auto work = start([](journal log) -> task<int> {
    auto policy = retry_policy{}.attempts(1'000'000);
    auto make = [&]() -> task<int> {
      log.add("try");
      co_await yield();
      throw failure{busy()};
    };
    co_return co_await retry(policy, make);
  }(notes));
  EXPECT_FALSE(work.done());
  work.cancel();
  system.run_ready();
  EXPECT_TRUE(work.was_cancelled());
  EXPECT_THAT(notes.lines(), ElementsAre("try"));
}

TEST_F(RetryTest, AWaitIsDrawnBelowALimitThatDoubles) {
  auto policy = retry_policy{}.initial(100ms).max(1s);
  for (int i = 0; i != 1'000; ++i) {
    EXPECT_LE(policy.wait(1), 100ms);
    EXPECT_LE(policy.wait(2), 200ms);
    EXPECT_LE(policy.wait(3), 400ms);
    EXPECT_LE(policy.wait(4), 800ms);
    EXPECT_LE(policy.wait(5), 1s);
    EXPECT_LE(policy.wait(1'000), 1s);
    EXPECT_GE(policy.wait(1'000), 0s);
  }
}

TEST_F(RetryTest, WithoutAWaitThereIsNone) {
  EXPECT_EQ(retry_policy{}.initial(0s).wait(3), 0s);
}

TEST_F(RetryTest, ABudgetIsSharedByItsCopies) {
  retry_budget budget{0.5, 2};
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): the point
  auto copy = budget;
  EXPECT_TRUE(budget.spend());
  EXPECT_TRUE(copy.spend());
  EXPECT_FALSE(budget.spend());
  budget.earn();
  EXPECT_FALSE(copy.spend());
  copy.earn();
  EXPECT_TRUE(budget.spend());
}

TEST_F(RetryTest, ABudgetSavesNoMoreThanItsMost) {
  retry_budget budget{1, 2};
  for (int i = 0; i != 10; ++i)
    budget.earn();
  EXPECT_TRUE(budget.spend());
  EXPECT_TRUE(budget.spend());
  EXPECT_FALSE(budget.spend());
}

TEST_F(RetryTest, WithoutBudgetItIsNotTriedAgain) {
  run([]() -> task<void> {
    int calls = 0;
    auto policy = retry_policy{}.attempts(10).budget(retry_budget{0, 1});
    auto make = [&] { return fail_until(100, calls); };
    EXPECT_EQ(co_await ending_of(retry(policy, make)), "busy");
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(co_await ending_of(retry(policy, make)), "busy");
    EXPECT_EQ(calls, 3);
  }());
}

} // namespace
} // namespace troupe
