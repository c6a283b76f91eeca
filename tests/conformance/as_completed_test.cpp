#include "conformance/group_fixture.hpp"
#include "troupe/gather.hpp"
#include "troupe/promise.hpp"
#include "troupe/wait.hpp"

namespace troupe {
namespace {

class AsCompletedConformanceTest : public group_fixture {
protected:
  template <class T>
  handle<T> spawned(task<T> work) {
    return spawn(system.get(), std::move(work));
  }

  handle<int> a = spawned(gives(1, 3s));
  handle<int> b = spawned(gives(2, 1s));
  handle<int> c = spawned(gives(3, 2s));
  std::vector<handle<int>> all{a, b, c};

  void TearDown() override { system.advance(3s); }
};

TEST_F(AsCompletedConformanceTest, A1_HandlesComeInTheOrderOfTheirEnds) {
  std::vector<int> values;
  run([&]() -> task<void> {
    auto ended = as_completed(all);
    while (auto one = co_await ended.next())
      values.push_back(co_await *one);
  });
  EXPECT_THAT(values, ElementsAre(2, 3, 1));
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(AsCompletedConformanceTest, A1_EachComesAsSoonAsItEnds) {
  run([&]() -> task<void> {
    auto ended = as_completed(all);
    for (auto when : {1s, 2s, 3s}) {
      co_await ended.next();
      EXPECT_EQ(elapsed(), when);
    }
  });
}

// Adapted: only handles are taken, so there are no new ones.
TEST_F(AsCompletedConformanceTest, A2_TheHandlesAreTheOnesThatWereGiven) {
  run([&]() -> task<void> {
    auto ended = as_completed(all);
    EXPECT_EQ(co_await ended.next(), b);
    EXPECT_EQ(co_await ended.next(), c);
    EXPECT_EQ(co_await ended.next(), a);
    EXPECT_EQ(co_await ended.next(), std::nullopt);
  });
}

TEST_F(AsCompletedConformanceTest, A3_TheTimeLimitIsForAllOfThem) {
  run([&]() -> task<void> {
    auto ended = as_completed(all, 2500ms);
    EXPECT_EQ(co_await ended.next(), b);
    EXPECT_EQ(co_await ended.next(), c);
    EXPECT_EQ(co_await ending(ended.next()), "timed_out");
    EXPECT_EQ(elapsed(), 2500ms);
    EXPECT_FALSE(a.done());
    EXPECT_EQ(a.cancelling(), 0u);
  });
}

TEST_F(AsCompletedConformanceTest, A3_WhatEndedInTimeIsDeliveredAfterTheLimit) {
  run([&]() -> task<void> {
    auto ended = as_completed(all, 1500ms);
    co_await sleep(2s);
    EXPECT_EQ(co_await ended.next(), b);
    EXPECT_EQ(co_await ending(ended.next()), "timed_out");
  });
}

TEST_F(AsCompletedConformanceTest, A3_WhatEndsAfterTheLimitIsTooLate) {
  run([&]() -> task<void> {
    auto ended = as_completed(all, 500ms);
    EXPECT_EQ(co_await ending(ended.next()), "timed_out");
    co_await sleep(5s);
    EXPECT_TRUE(a.done());
    EXPECT_EQ(co_await ending(ended.next()), "timed_out");
  });
}

TEST_F(AsCompletedConformanceTest, A3_WhatHadEndedBeforeIsInTimeForAnyLimit) {
  run([&]() -> task<void> {
    co_await b;
    for (auto limit : {0s, -1s}) {
      auto ended = as_completed(all, limit);
      EXPECT_EQ(co_await ended.next(), b);
      EXPECT_EQ(co_await ending(ended.next()), "timed_out");
    }
  });
}

TEST_F(AsCompletedConformanceTest, A4_AnUnusedLimitHasNoEffect) {
  run([&]() -> task<void> {
    auto ended = as_completed(all, 1h);
    auto count = 0;
    while (co_await ended.next())
      ++count;
    EXPECT_EQ(count, 3);
  });
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(AsCompletedConformanceTest, A5_ItGoesOnAfterAPause) {
  run([&]() -> task<void> {
    auto ended = as_completed(all);
    EXPECT_EQ(co_await ended.next(), b);
    co_await sleep(10s); // the others end meanwhile
    EXPECT_EQ(co_await ended.next(), c);
    EXPECT_EQ(co_await ended.next(), a);
    EXPECT_EQ(co_await ended.next(), std::nullopt);
    EXPECT_EQ(co_await ended.next(), std::nullopt);
  });
}

TEST_F(AsCompletedConformanceTest, A5_ACancelledWaitLosesNothing) {
  std::vector<int> values;
  auto reader = start([&]() -> task<void> {
    auto ended = as_completed(all);
    EXPECT_EQ(co_await ending(ended.next()), "cancelled");
    while (auto one = co_await ended.next())
      values.push_back(co_await *one);
  });
  reader.cancel();
  system.run_until_done(reader);
  EXPECT_THAT(values, ElementsAre(2, 3, 1));
}

TEST_F(AsCompletedConformanceTest, A5_AnAbandonedWaitLosesNothing) {
  run([&]() -> task<void> {
    auto ended = as_completed(all);
    { auto dropped = ended.next(); }
    EXPECT_EQ(co_await ended.next(), b);
  });
}

TEST_F(AsCompletedConformanceTest, A6_TheFirstAwaitedWaitGetsTheFirstEnd) {
  run([&]() -> task<void> {
    auto ended = as_completed(all);
    auto first = ended.next();
    auto second = ended.next();
    EXPECT_EQ(co_await std::move(second), b);
    EXPECT_EQ(co_await std::move(first), c);
  });
}

TEST_F(AsCompletedConformanceTest, A7_SeveralCanWaitForTheNextOneAtOnce) {
  run([&]() -> task<void> {
    auto ended = as_completed(all);
    auto next = [](completions<handle<int>> from) -> task<int> {
      auto one = co_await from.next();
      co_return co_await *one;
    };
    auto three = tasks(next(ended), next(ended), next(ended));
    auto values = co_await gather(std::move(three));
    EXPECT_THAT(values, ElementsAre(2, 3, 1)); // first come, first served
    EXPECT_EQ(co_await ended.next(), std::nullopt);
  });
}

TEST_F(AsCompletedConformanceTest, A7_AWaitMayRunInATaskOfItsOwn) {
  run([&]() -> task<void> {
    auto ended = as_completed(all);
    auto two = tasks(ended.next(), ended.next());
    auto first = co_await gather(std::move(two));
    EXPECT_EQ(first[0], b);
    EXPECT_EQ(first[1], c);
    EXPECT_EQ(co_await ended.next(), a);
  });
}

TEST_F(AsCompletedConformanceTest, A7_TheLastOneEndsTheWaitsOfAll) {
  run([&]() -> task<void> {
    auto ended = as_completed(list(b));
    auto two = tasks(ended.next(), ended.next());
    auto both = co_await gather(std::move(two));
    EXPECT_EQ(both[0], b);
    EXPECT_EQ(both[1], std::nullopt);
  });
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(AsCompletedConformanceTest, A7_TheTimeLimitIsForAllWhoWait) {
  run([&]() -> task<void> {
    auto ended = as_completed(all, 1500ms);
    auto first = spawn(ending(ended.next()));
    auto second = spawn(ending(ended.next()));
    EXPECT_EQ(co_await first, "done");
    EXPECT_EQ(co_await second, "timed_out");
    EXPECT_EQ(elapsed(), 1500ms);
  });
}

TEST_F(AsCompletedConformanceTest, A7_WhatACancelledOneWasGivenGoesToTheNext) {
  promise<int> one;
  auto ended = run([&]() -> task<completions<handle<int>>> {
    co_return as_completed(list(one.get_handle()));
  });
  auto first = start([&]() -> task<void> { co_await ended.next(); });
  auto second = start([&]() -> task<void> {
    EXPECT_EQ(co_await ended.next(), one.get_handle());
  });
  first.cancel();
  one.set_value(7); // the first is still in the line
  system.run_ready();
  EXPECT_TRUE(first.was_cancelled());
  EXPECT_TRUE(second.done());
}

TEST_F(AsCompletedConformanceTest, A7_WhatCancelledOnesGiveBackStaysInOrder) {
  promise<int> one;
  promise<int> two;
  auto ended = run([&]() -> task<completions<handle<int>>> {
    co_return as_completed(list(one.get_handle(), two.get_handle()));
  });
  auto first = start([&]() -> task<void> { co_await ended.next(); });
  auto second = start([&]() -> task<void> { co_await ended.next(); });
  first.cancel();
  second.cancel();
  one.set_value(1);
  two.set_value(2);
  system.run_ready();
  run([&]() -> task<void> {
    EXPECT_EQ(co_await ended.next(), one.get_handle());
    EXPECT_EQ(co_await ended.next(), two.get_handle());
  });
}

TEST_F(AsCompletedConformanceTest, A8_RepetitionsCollapse) {
  run([&]() -> task<void> {
    auto ended = as_completed(list(b, c, b, b));
    EXPECT_EQ(co_await ended.next(), b);
    EXPECT_EQ(co_await ended.next(), c);
    EXPECT_EQ(co_await ended.next(), std::nullopt);
  });
}

template <class Argument>
concept can_be_completed = requires(Argument x) {
  as_completed(x);
};

// Adapted: the compiler refuses a bare task or handle.
TEST_F(AsCompletedConformanceTest, A9_ABareTaskOrHandleIsRefused) {
  static_assert(can_be_completed<std::vector<handle<int>>>);
  static_assert(!can_be_completed<handle<int>>);
  static_assert(!can_be_completed<task<int>>);
  static_assert(!can_be_completed<std::vector<task<int>>>);
}

TEST_F(AsCompletedConformanceTest, A9_OutsideOfAnyTaskThereIsNoSystem) {
  try {
    auto ended = as_completed(all);
    FAIL() << "who would wait?";
  } catch (const failure& what) {
    EXPECT_EQ(what.code(), errc::no_running_system);
  }
}

} // namespace
} // namespace troupe
