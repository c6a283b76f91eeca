// asyncio's rows H: waiting for a task without being able to cancel it.

#include "conformance/fixture.hpp"
#include "troupe/gather.hpp"
#include "troupe/promise.hpp"
#include "troupe/shield.hpp"
#include "troupe/timeout.hpp"

namespace troupe {
namespace {

task<void> write_after(duration length, journal log, std::string line) {
  co_await sleep(length);
  log.add(std::move(line));
}

task<std::vector<int>> gather_two(task<int> one, task<int> two) {
  std::vector<task<int>> jobs;
  jobs.push_back(std::move(one));
  jobs.push_back(std::move(two));
  co_return co_await gather(std::move(jobs));
}

task<int> shielded(handle<int> work) {
  co_return co_await shield(work);
}

TEST_F(TaskConformanceTest, H1_AShieldGivesTheValue) {
  run([]() -> task<void> {
    auto work = spawn(value_after(1s, 42));
    EXPECT_EQ(co_await shield(work), 42);
    EXPECT_EQ(co_await shield(value_after(1s, 43)), 43);
  }());
}

TEST_F(TaskConformanceTest, H1_AShieldThrowsTheError) {
  run([]() -> task<void> {
    auto work = spawn(fail_after(1s, "mine"));
    EXPECT_EQ(co_await ending_of(shield(work)), "mine");
    EXPECT_EQ(co_await ending_of(shield(fail_after(1s, "two"))), "two");
  }());
}

TEST_F(TaskConformanceTest, H2_ACancelOfTheTaskComesThrough) {
  auto work = start(value_after(1h, 1));
  auto outer = start(shielded(work));
  work.cancel();
  system.run_ready();
  EXPECT_TRUE(work.was_cancelled());
  EXPECT_TRUE(outer.was_cancelled());
}

TEST_F(TaskConformanceTest, H3_ACancelOfWhoWaitsLeavesTheTaskAlone) {
  auto work = start(value_after(1h, 42));
  auto outer = start(shielded(work));
  outer.cancel();
  system.run_ready();
  EXPECT_TRUE(outer.was_cancelled());
  EXPECT_FALSE(work.done());
  EXPECT_EQ(work.cancelling(), 0u);
  EXPECT_EQ(run(result_of(work)), 42);
}

TEST_F(TaskConformanceTest, H3_ATaskThatOnlyTheShieldHoldsRunsOn) {
  auto outer = start([](journal log) -> task<void> {
    co_await shield(write_after(1s, log, "ran on"));
  }(notes));
  outer.cancel();
  system.run_ready();
  EXPECT_TRUE(outer.was_cancelled());
  system.advance(1s);
  EXPECT_THAT(notes.lines(), ElementsAre("ran on"));
}

TEST_F(TaskConformanceTest, H4_TheValueThatComesThenIsSilent) {
  {
    auto work = start(value_after(1s, 42));
    auto outer = start(shielded(work));
    outer.cancel();
    system.advance(1s);
    EXPECT_TRUE(work.done());
    EXPECT_TRUE(outer.was_cancelled());
  }
  EXPECT_THAT(reports, IsEmpty());
}

TEST_F(TaskConformanceTest, H5_TheErrorThatComesThenIsReported) {
  {
    auto work = start(fail_after(1s, "alone"));
    auto outer = start(shielded(work));
    outer.cancel();
    system.advance(1s);
    EXPECT_TRUE(outer.was_cancelled());
  }
  EXPECT_THAT(reports, ElementsAre(HasSubstr("alone")));
}

TEST_F(TaskConformanceTest, H5_TheErrorBehindTwoShieldsIsReportedOnce) {
  {
    auto work = start(fail_after(1s, "alone"));
    auto one = start(shielded(work));
    auto two = start(shielded(work));
    one.cancel();
    two.cancel();
    system.advance(1s);
  }
  EXPECT_THAT(reports, ElementsAre(HasSubstr("alone")));
}

TEST_F(TaskConformanceTest, H6_AShieldOfAnEndedTaskGivesItsValueAtOnce) {
  run([]() -> task<void> {
    auto work = spawn(value_after(1s, 42));
    co_await work;
    journal log;
    auto other = spawn(write(log, "ran"));
    EXPECT_EQ(co_await shield(work), 42);
    EXPECT_THAT(log.lines(), IsEmpty()); // nobody else had a turn
    co_await other;
  }());
}

TEST_F(TaskConformanceTest, H7_AShieldedGatherCompletes) {
  auto one = start(value_after(1s, 1));
  auto two = start(value_after(2s, 2));
  auto all = start(gather_two(result_of(one), result_of(two)));
  auto outer = start([](handle<std::vector<int>> work) -> task<void> {
    co_await shield(work);
  }(all));
  outer.cancel();
  system.run_ready();
  EXPECT_TRUE(outer.was_cancelled());
  EXPECT_EQ(run(result_of(all)), (std::vector{1, 2}));
}

TEST_F(TaskConformanceTest, H7_ACancelledGatherOfShieldsLeavesTheTasksAlone) {
  auto one = start(value_after(1s, 1));
  auto two = start(value_after(2s, 2));
  auto outer = start(gather_two(shielded(one), shielded(two)));
  outer.cancel();
  system.run_ready();
  EXPECT_TRUE(outer.was_cancelled());
  EXPECT_EQ(run(result_of(one)), 1);
  EXPECT_EQ(run(result_of(two)), 2);
}

TEST_F(TaskConformanceTest, H8_WithoutTimeAShieldTimesOutAndTheTaskRunsOn) {
  run([]() -> task<void> {
    auto work = spawn(value_after(1s, 42));
    EXPECT_EQ(co_await ending_of(wait_for(shield(work), 0s)), "timed_out");
    EXPECT_FALSE(work.done());
    EXPECT_EQ(co_await work, 42);
  }());
}

TEST_F(TaskConformanceTest, H8_AShieldTimesOutAndTheTaskRunsOn) {
  run([]() -> task<void> {
    auto begin = this_task::now();
    auto work = spawn(value_after(10s, 42));
    EXPECT_EQ(co_await ending_of(wait_for(shield(work), 1s)), "timed_out");
    EXPECT_EQ(this_task::now(), begin + 1s);
    EXPECT_EQ(co_await work, 42);
    EXPECT_EQ(this_task::now(), begin + 10s);
  }());
}

TEST_F(TaskConformanceTest, H8_WithoutALimitAShieldIsWaitedFor) {
  run([]() -> task<void> {
    auto work = spawn(value_after(10s, 42));
    EXPECT_EQ(co_await wait_for(shielded(work), forever), 42);
  }());
}

} // namespace
} // namespace troupe
