#include "conformance/group_fixture.hpp"
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/log.hpp"
#include "troupe/promise.hpp"
#include "troupe/this_task.hpp"

// Rows of asyncio's gather for futures and tasks that exist already: troupe's
// gather over handles.
namespace troupe {
namespace {

class GatherHandlesConformanceTest : public group_fixture {
protected:
  /// A promise for each, and their handles.
  promise<int> a;
  promise<int> b;
  promise<int> c;
  std::vector<handle<int>> all{a.get_handle(), b.get_handle(), c.get_handle()};

  handle<std::vector<int>> gathering() {
    return start(
      [this]() -> task<std::vector<int>> { co_return co_await gather(all); });
  }
};

TEST_F(GatherHandlesConformanceTest, G1_ResultsStandInArgumentOrder) {
  auto values = gathering();
  b.set_value(2);
  system.run_ready();
  c.set_value(3);
  system.run_ready();
  EXPECT_FALSE(values.done());
  a.set_value(1);
  system.run_ready();
  ASSERT_TRUE(values.done());
  EXPECT_THAT(system.run(gather(list(values))),
              ElementsAre(ElementsAre(1, 2, 3)));
}

TEST_F(GatherHandlesConformanceTest, G2_TheFirstFailureComesAtOnce) {
  auto values = gathering();
  a.set_value(1);
  b.set_exception(std::make_exception_ptr(std::runtime_error{"boom"}));
  EXPECT_EQ(end_of(values), "boom");
  EXPECT_FALSE(all[2].done());
  EXPECT_TRUE(c.set_value(3)); // nobody cancelled it
}

TEST_F(GatherHandlesConformanceTest, G2_AFailureFromBeforeComesAtOnce) {
  b.set_exception(std::make_exception_ptr(std::runtime_error{"boom"}));
  EXPECT_EQ(end_of(gathering()), "boom");
}

TEST_F(GatherHandlesConformanceTest, G4_ACancelledOneEndsItAsCancelled) {
  auto ended = std::string{};
  start([&]() -> task<void> {
    ended = co_await ending(gather(all));
    EXPECT_EQ(this_task::cancelling(), 0u);
    co_await yield();
    ended += " and goes on";
  });
  a.set_value(1);
  all[1].cancel();
  system.run_ready();
  EXPECT_EQ(ended, "cancelled and goes on");
  EXPECT_FALSE(all[2].done());
}

TEST_F(GatherHandlesConformanceTest, G6_ItsCancelCancelsEveryUnfinishedOne) {
  auto values = gathering();
  a.set_value(1);
  system.run_ready();
  EXPECT_TRUE(values.cancel());
  system.run_ready();
  EXPECT_TRUE(values.was_cancelled());
  EXPECT_FALSE(values.cancel());
  EXPECT_FALSE(all[0].was_cancelled());
  EXPECT_TRUE(all[1].was_cancelled());
  EXPECT_TRUE(all[2].was_cancelled());
}

TEST_F(GatherHandlesConformanceTest, G6_ItWaitsForTheEndOfWhatItCancelled) {
  auto slow = start([]() -> task<int> {
    co_await ending(never_ends());
    co_await sleep(2s);
    co_return 1;
  });
  auto values = start([&]() -> task<void> { co_await gather(list(slow)); });
  values.cancel();
  system.advance(1s);
  EXPECT_FALSE(values.done());
  system.advance(1s);
  EXPECT_TRUE(values.was_cancelled());
  EXPECT_EQ(end_of(slow), "done"); // it ignored the cancel
}

TEST_F(GatherHandlesConformanceTest, G8_TheSameTaskSeveralTimesRunsOnce) {
  auto runs = 0;
  run([&]() -> task<void> {
    auto one = spawn(job([&]() -> task<int> {
      ++runs;
      co_return co_await gives(7, 1s);
    }));
    auto other = spawn(gives(8));
    auto values = co_await gather(list(one, other, one, one));
    EXPECT_THAT(values, ElementsAre(7, 8, 7, 7));
  });
  EXPECT_EQ(runs, 1);
}

TEST_F(GatherHandlesConformanceTest, G8_ItsCancelCountsOnceForATaskGivenTwice) {
  auto one = spawn(system.get(), never_ends<int>());
  auto values = start([&]() -> task<void> { co_await gather(list(one, one)); });
  values.cancel();
  system.run_ready();
  EXPECT_TRUE(one.was_cancelled());
  EXPECT_EQ(one.cancelling(), 1u);
}

TEST_F(GatherHandlesConformanceTest, G9_ASecondFailureIsNotReported) {
  std::vector<std::string> lines;
  set_log_sink([&](log_level, std::string_view, std::string_view text) {
    lines.emplace_back(text);
  });
  run([]() -> task<void> {
    std::vector handles{spawn(throws<int>("boom", 1s)),
                        spawn(throws<int>("late", 2s))};
    auto both = gather(std::move(handles));
    EXPECT_EQ(co_await ending(std::move(both)), "boom");
    co_await sleep(5s);
  });
  set_log_sink({});
  EXPECT_THAT(lines, IsEmpty());
}

// Adapted: gather is no future. Who awaits it is cancelled, as a task is in
// asyncio; what was gathered is not, and keeps its values.
TEST_F(GatherHandlesConformanceTest, G10_ACancelAfterTheEndOfAllLosesNoResult) {
  auto values = gathering();
  a.set_value(1);
  b.set_value(2);
  c.set_value(3);
  values.cancel();
  system.run_ready();
  EXPECT_TRUE(values.was_cancelled());
  EXPECT_THAT(system.run(gather(all)), ElementsAre(1, 2, 3));
}

TEST_F(GatherHandlesConformanceTest, G11_TheTextOfTheCancelSurvives) {
  std::string text;
  auto values = start([&]() -> task<void> {
    try {
      co_await gather(all);
    } catch (const cancelled& what) {
      text = what.text();
      throw;
    }
  });
  values.cancel(cancel_reason::requested, "my message");
  system.run_ready();
  EXPECT_EQ(text, "my message");
}

// Adapted: where asyncio refuses futures of another loop, tasks of another
// system work, and what they wake runs in its own.
TEST_F(GatherHandlesConformanceTest, G13_TasksOfAnotherSystemCanBeGathered) {
  testing::virtual_system other;
  std::vector mixed{spawn(other.get(), gives(1, 1s)),
                    spawn(system.get(), gives(2, 1s))};
  auto values = start([&]() -> task<void> {
    EXPECT_THAT(co_await gather(mixed), ElementsAre(1, 2));
  });
  system.advance(1s);
  EXPECT_FALSE(values.done());
  other.advance(1s);
  EXPECT_EQ(system.ready(), 1u);
  EXPECT_FALSE(values.done());
  system.run_ready();
  EXPECT_TRUE(values.done());
}

TEST_F(GatherHandlesConformanceTest, G13_OutsideOfAnyTaskNothingIsStarted) {
  auto started = false;
  auto fresh = job([&]() -> task<int> {
    started = true;
    co_return 1;
  });
  { auto all_of_them = gather(tasks(std::move(fresh))); }
  EXPECT_THROW(spawn(gives(1)), failure); // no_running_system
  system.run_ready();
  EXPECT_FALSE(started);
}

TEST_F(GatherHandlesConformanceTest, OneThatWasTakenIsAlreadyTaken) {
  run([]() -> task<void> {
    auto one = spawn(gives(1));
    co_await handle<int>{one}; // moves the value out
    auto all_of_them = gather(list(one));
    EXPECT_EQ(co_await ending(std::move(all_of_them)), "already_taken");
  });
}

TEST_F(GatherHandlesConformanceTest, TheTaskItselfWouldDeadlock) {
  handle<void> self;
  self = start([&]() -> task<void> {
    co_await sleep(1s);
    auto never = gather(list(self));
    EXPECT_EQ(co_await ending(std::move(never)), "would_deadlock");
  });
  system.advance(1s);
  EXPECT_TRUE(self.done());
}

TEST_F(GatherHandlesConformanceTest, WithoutValuesItOnlyWaits) {
  run([]() -> task<void> {
    auto one = spawn([]() -> task<void> { co_await sleep(2s); }());
    co_await gather(list(one, one));
  });
  EXPECT_EQ(elapsed(), 2s);
}

} // namespace
} // namespace troupe
