// asyncio's row X3: `staggered_race`. `first_success` gives the winner's value
// where that gives a triple.

#include "conformance/fixture.hpp"
#include "troupe/promise.hpp"
#include "troupe/race.hpp"
#include "troupe/shield.hpp"

namespace troupe {
namespace {

/// As without a delay in Python: the next begins only after a failure.
const auto one_after_another = race_options{}.stagger(forever);

template <class... Tasks>
std::vector<task<int>> jobs_of(Tasks... tasks) {
  std::vector<task<int>> result;
  (result.push_back(std::move(tasks)), ...);
  return result;
}

task<int> give(int value, journal log) {
  log.add("began " + std::to_string(value));
  co_return value;
}

// Adapted: asyncio tells that nobody won; here there would be no value to give.
TEST_F(TaskConformanceTest, X3_ARaceOfNobodyIsRefused) {
  run([]() -> task<void> {
    EXPECT_EQ(co_await ending_of(first_success(jobs_of(), one_after_another)),
              "invalid_argument");
  }());
}

TEST_F(TaskConformanceTest, X3_TheFirstSuccessWinsAndTheSecondIsNotBegun) {
  run([]() -> task<void> {
    journal log;
    auto jobs = jobs_of(give(0, log), give(1, log));
    EXPECT_EQ(co_await first_success(std::move(jobs), one_after_another), 0);
    EXPECT_THAT(log.lines(), ElementsAre("began 0"));
  }());
}

TEST_F(TaskConformanceTest, X3_AFailureBeginsTheNextAtOnce) {
  run([]() -> task<void> {
    journal log;
    auto begin = this_task::now();
    auto jobs = jobs_of(fail_after(0s, "no"), give(1, log));
    EXPECT_EQ(co_await first_success(std::move(jobs), one_after_another), 1);
    EXPECT_EQ(this_task::now(), begin);
  }());
}

TEST_F(TaskConformanceTest,
       X3_AfterTheDelayTheNextBeginsAndTheLoserIsCancelled) {
  run([]() -> task<void> {
    journal log;
    auto begin = this_task::now();
    auto jobs = jobs_of(wait_for_ever(log), give(1, log));
    auto options = race_options{}.stagger(100ms);
    EXPECT_EQ(co_await first_success(std::move(jobs), options), 1);
    EXPECT_EQ(this_task::now(), begin + 100ms);
    EXPECT_THAT(log.lines(), ElementsAre("began 1", "cancelled"));
  }());
}

// Adapted: what asyncio returns beside the winner is thrown, as there is none.
TEST_F(TaskConformanceTest, X3_WhenAllFailAllErrorsAreThrown) {
  run([]() -> task<void> {
    auto jobs = jobs_of(fail_after(2s, "one"), fail_after(1s, "two"));
    std::vector<std::string> errors;
    try {
      co_await first_success(std::move(jobs));
    } catch (const error_group& what) {
      for (const auto& one : what.errors())
        errors.push_back(detail::error_of(one).message());
    }
    EXPECT_THAT(errors, ElementsAre("one", "two")); // as the arguments stand
  }());
}

TEST_F(TaskConformanceTest, X3_OfThoseThatWinTogetherTheFirstWins) {
  run([]() -> task<void> {
    auto gate = std::make_shared<promise<>>();
    auto wait = [](handle<void> opened, int value) -> task<int> {
      co_await shield(opened);
      co_return value;
    };
    auto open = [](std::shared_ptr<promise<>> closed) -> task<int> {
      closed->set_value();
      co_await sleep(forever);
      co_return 2;
    };
    auto jobs = jobs_of(wait(gate->get_handle(), 0),
                        wait(gate->get_handle(), 1), open(gate));
    auto options = race_options{}.stagger(100ms);
    EXPECT_EQ(co_await first_success(std::move(jobs), options), 0);
  }());
}

TEST_F(TaskConformanceTest, X3_ACancelOfTheRaceComesThroughOnceItsTasksEnded) {
  auto work = start([](journal log) -> task<int> {
    auto jobs = jobs_of(clean_up_for(5s, log), clean_up_for(3s, log));
    co_return co_await first_success(std::move(jobs));
  }(notes));
  work.cancel();
  system.advance(4s);
  EXPECT_FALSE(work.done());
  system.advance(1s);
  EXPECT_TRUE(work.was_cancelled());
  EXPECT_THAT(notes.lines(), ElementsAre("clean", "clean"));
}

} // namespace
} // namespace troupe
