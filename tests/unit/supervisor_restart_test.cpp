#include "unit/supervisor_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

using namespace troupe;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

class SupervisorRestartTest : public troupe::testing::SupervisorFixture {
protected:
  static supervisor_options transient() {
    return supervisor_options{}.restart(restart::transient).intensity(3, 5s);
  }

  outputs end(child_id id, std::uint32_t attempt, const v1::Outcome& how) {
    return take(supervisor::finished{id, attempt, how});
  }

  outputs fail_again(child_id id, std::uint32_t attempt) {
    return end(id, attempt, failed({errc::file_error, "disk full"}));
  }
};

TEST_F(SupervisorRestartTest, ATransientChildThatFailedIsStartedAgain) {
  make(transient());
  add(2);
  EXPECT_THAT(fail_again(0, 1), ElementsAre("restarts 0", "start 0"));
  EXPECT_EQ(group.state(), v1::GROUP_STATE_RUNNING);
  EXPECT_EQ(group.progress().restarts(), 1u);
}

TEST_F(SupervisorRestartTest, ATransientChildThatSucceededIsNot) {
  make(transient());
  add();
  EXPECT_THAT(succeed(0), ElementsAre("ended 0 SUCCEEDED"));
}

TEST_F(SupervisorRestartTest, ATransientChildThatWasCancelledIsNot) {
  make(transient());
  add();
  EXPECT_THAT(end_cancelled(0), ElementsAre("ended 0 CANCELLED"));
}

TEST_F(SupervisorRestartTest, APermanentChildIsStartedAgainHoweverItEnded) {
  make(transient().restart(restart::permanent));
  add();
  EXPECT_THAT(succeed(0), ElementsAre("restarts 0", "start 0"));
  EXPECT_THAT(end(0, 2, failed(error{errc::cancelled})),
              ElementsAre("restarts 0", "start 0"));
}

TEST_F(SupervisorRestartTest, MessagesOfAnEarlierRunAreDropped) {
  make(transient());
  add();
  fail_again(0, 1);
  EXPECT_THAT(fail_again(0, 1), IsEmpty());
  EXPECT_THAT(end(0, 1, succeeded()), IsEmpty());
  EXPECT_THAT(end(0, 2, succeeded()), ElementsAre("ended 0 SUCCEEDED"));
}

TEST_F(SupervisorRestartTest, ALostChildIsStartedAgain) {
  make(transient());
  add();
  EXPECT_THAT(take(supervisor::gone{0, error{errc::lost}}),
              ElementsAre("restarts 0", "start 0"));
}

TEST_F(SupervisorRestartTest, TooManyRestartsEndTheGroup) {
  make(transient().intensity(2, 5s));
  add(2);
  fail_again(0, 1);
  fail_again(0, 2);
  EXPECT_THAT(fail_again(0, 3), ElementsAre("ended 0 FAILED", "cancel 1"));
  end_cancelled(1);
  EXPECT_EQ(group.state(), v1::GROUP_STATE_DONE);
  EXPECT_EQ(result_code(), errc::restart_intensity);
}

TEST_F(SupervisorRestartTest, RestartsLongAgoDoNotCount) {
  make(transient().intensity(1, 5s));
  add();
  fail_again(0, 1);
  pass(5s);
  EXPECT_THAT(fail_again(0, 2), ElementsAre("restarts 0", "start 0"));
}

TEST_F(SupervisorRestartTest, TheDefaultIsOneRestartInFiveSeconds) {
  make(supervisor_options{}.restart(restart::transient));
  add();
  fail_again(0, 1);
  pass(4999ms);
  EXPECT_THAT(fail_again(0, 2), ElementsAre("ended 0 FAILED", "done"));
}

TEST_F(SupervisorRestartTest, OneForAllStopsTheOthersInReverseOneByOne) {
  make(transient().strategy(restart_strategy::one_for_all));
  add(3);
  EXPECT_THAT(fail_again(1, 1), ElementsAre("restarts 1", "cancel 2"));
  EXPECT_THAT(end_cancelled(2), ElementsAre("restarts 2", "cancel 0"));
  EXPECT_THAT(end_cancelled(0),
              ElementsAre("restarts 0", "start 0", "start 1", "start 2"));
}

TEST_F(SupervisorRestartTest, ACancelReachesThoseThatWereToBeStoppedNext) {
  make(transient().strategy(restart_strategy::one_for_all));
  add(3);
  fail_again(1, 1);
  EXPECT_THAT(cancel(), ElementsAre("cancel 0", "ended 1 CANCELLED"));
}

TEST_F(SupervisorRestartTest, WhileItStopsOthersItNeedsNoWakeUp) {
  make(transient().strategy(restart_strategy::one_for_all));
  add(2);
  fail_again(0, 1);
  EXPECT_EQ(group.wakeup(), never);
}

TEST_F(SupervisorRestartTest, RestForOneStopsThoseAddedLater) {
  make(transient().strategy(restart_strategy::rest_for_one));
  add(3);
  EXPECT_THAT(fail_again(1, 1), ElementsAre("restarts 1", "cancel 2"));
  EXPECT_THAT(end_cancelled(2),
              ElementsAre("restarts 2", "start 1", "start 2"));
}

TEST_F(SupervisorRestartTest, ARestartOfAllCountsOnce) {
  make(transient().strategy(restart_strategy::one_for_all).intensity(1, 5s));
  add(2);
  fail_again(0, 1);
  EXPECT_THAT(fail_again(1, 1),
              ElementsAre("restarts 1", "start 0", "start 1"));
}

TEST_F(SupervisorRestartTest, ARestartWaitsForItsBackoff) {
  make(transient().backoff(100ms, 1s));
  add();
  EXPECT_THAT(fail_again(0, 1), ElementsAre("restarts 0"));
  EXPECT_THAT(pass(49ms), IsEmpty());
  EXPECT_THAT(pass(51ms), ElementsAre("start 0"));
}

TEST_F(SupervisorRestartTest, TheBackoffGrowsUpToItsMost) {
  make(transient().intensity(10, 1h).backoff(100ms, 150ms));
  add();
  fail_again(0, 1);
  pass(100ms);
  fail_again(0, 2);
  EXPECT_GE(group.wakeup() - now, 75ms);
  EXPECT_LE(group.wakeup() - now, 150ms);
}

TEST_F(SupervisorRestartTest, ACancelWinsOverAPendingRestart) {
  make(transient().backoff(1s, 1s));
  add(2);
  fail_again(0, 1);
  EXPECT_THAT(cancel(), ElementsAre("cancel 1", "ended 0 CANCELLED"));
  EXPECT_THAT(end_cancelled(1), ElementsAre("ended 1 CANCELLED", "done"));
}

TEST_F(SupervisorRestartTest, NothingRestartsWhileItIsCancelled) {
  make(transient());
  add();
  cancel();
  EXPECT_THAT(fail_again(0, 1), ElementsAre("ended 0 FAILED", "done"));
}

TEST_F(SupervisorRestartTest, NothingRestartsWhileItIsPaused) {
  make(transient());
  add();
  pause("a");
  EXPECT_THAT(fail_again(0, 1), ElementsAre("restarts 0", "paused for a"));
  EXPECT_THAT(resume("a"), ElementsAre("start 0"));
}

TEST_F(SupervisorRestartTest, AGroupThatRestartsIsNotDone) {
  make(transient().backoff(1s, 1s));
  add();
  close();
  EXPECT_THAT(fail_again(0, 1), ElementsAre("restarts 0"));
  pass(1s);
  EXPECT_THAT(end(0, 2, succeeded()), ElementsAre("ended 0 SUCCEEDED", "done"));
  EXPECT_FALSE(group.result().has_error());
}

// -- how many are enough ------------------------------------------------------

TEST_F(SupervisorRestartTest, EnoughSuccessesCancelTheOthers) {
  make(supervisor_options{}.on_error(on_error::collect).enough(2));
  add(4);
  fail(0);
  EXPECT_THAT(succeed(1), ElementsAre("ended 1 SUCCEEDED"));
  EXPECT_THAT(succeed(3), ElementsAre("ended 3 SUCCEEDED", "cancel 2"));
  EXPECT_THAT(end_cancelled(2), ElementsAre("ended 2 CANCELLED", "done"));
  EXPECT_FALSE(group.result().has_error());
}

TEST_F(SupervisorRestartTest, TooFewSuccessesAreAFailure) {
  make(supervisor_options{}.on_error(on_error::collect).enough(2));
  add(2);
  close();
  succeed(0);
  EXPECT_THAT(fail(1), ElementsAre("ended 1 FAILED", "done"));
  EXPECT_EQ(result_code(), errc::file_error);
}

TEST_F(SupervisorRestartTest, ACancelledChildFailsWhereThatIsAFailure) {
  make(supervisor_options{}.cancelled_is_failure(true));
  add(2);
  EXPECT_THAT(end_cancelled(0), ElementsAre("ended 0 CANCELLED", "cancel 1"));
  end_cancelled(1);
  EXPECT_EQ(result_code(), errc::cancelled);
}

TEST_F(SupervisorRestartTest, StaggeredChildrenStartOneAfterTheOther) {
  make(supervisor_options{}.stagger(100ms));
  EXPECT_THAT(add(3), ElementsAre("start 0"));
  EXPECT_THAT(pass(99ms), IsEmpty());
  EXPECT_THAT(pass(1ms), ElementsAre("start 1"));
  EXPECT_THAT(pass(100ms), ElementsAre("start 2"));
}

TEST_F(SupervisorRestartTest, AStaggeredStartDoesNotWaitOutAFailure) {
  make(supervisor_options{}.on_error(on_error::collect).stagger(100ms));
  add(2);
  EXPECT_THAT(fail(0), ElementsAre("ended 0 FAILED", "start 1"));
}

} // namespace
