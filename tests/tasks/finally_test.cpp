#include "conformance/fixture.hpp"
#include "troupe/finally.hpp"
#include "troupe/timeout.hpp"

namespace troupe {
namespace {

using FinallyTest = TaskConformanceTest;

TEST_F(FinallyTest, CleansUpAfterSuccessAndGivesTheValue) {
  run([]() -> task<void> {
    journal log;
    auto cleanup = [&]() -> task<void> { co_await write(log, "clean"); };
    EXPECT_EQ(co_await finally(value_after(1s, 42), cleanup), 42);
    EXPECT_THAT(log.lines(), ElementsAre("clean"));
  }());
}

TEST_F(FinallyTest, CleansUpAfterAFailureAndThrowsIt) {
  run([]() -> task<void> {
    journal log;
    auto cleanup = [&]() -> task<void> { co_await write(log, "clean"); };
    EXPECT_EQ(co_await ending_of(finally(fail_after(1s, "mine"), cleanup)),
              "mine");
    EXPECT_THAT(log.lines(), ElementsAre("clean"));
  }());
}

TEST_F(FinallyTest, CleansUpAfterACancelAndIsCancelled) {
  auto work = start(clean_up_for(3s, notes));
  work.cancel();
  system.advance(3s);
  EXPECT_TRUE(work.was_cancelled());
  EXPECT_THAT(notes.lines(), ElementsAre("clean"));
}

TEST_F(FinallyTest, AnErrorOfTheCleanupWins) {
  run([]() -> task<void> {
    auto cleanup = []() -> task<void> {
      co_await yield();
      throw std::runtime_error{"cleanup"};
    };
    EXPECT_EQ(co_await ending_of(finally(fail_after(1s, "mine"), cleanup)),
              "cleanup");
  }());
}

TEST_F(FinallyTest, ACancelDuringTheCleanupGoesToTheCleanup) {
  auto work = start([](journal log) -> task<void> {
    auto cleanup = [&]() -> task<void> {
      log.add(co_await ending_of(sleep(1h)));
    };
    co_await finally(yield(), cleanup);
  }(notes));
  work.cancel();
  system.run_ready();
  EXPECT_THAT(notes.lines(), ElementsAre("cancelled"));
  EXPECT_TRUE(work.done());
  EXPECT_FALSE(work.was_cancelled());
}

TEST_F(FinallyTest, CleansUpWhenATaskIsNotBegunForLackOfTime) {
  run([]() -> task<void> {
    journal log;
    auto cleanup = [&]() -> task<void> { co_await write(log, "clean"); };
    auto work = finally(wait_for(value_after(1s, 1), 0s), cleanup);
    EXPECT_EQ(co_await ending_of(std::move(work)), "timed_out");
    EXPECT_THAT(log.lines(), ElementsAre("clean"));
  }());
}

} // namespace
} // namespace troupe
