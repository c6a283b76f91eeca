#include "unit/supervisor_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

using namespace troupe;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace {

using SupervisorPauseTest = troupe::testing::SupervisorFixture;

TEST_F(SupervisorPauseTest, IsCompleteWhenEveryChildParked) {
  add(2);
  EXPECT_THAT(pause("ann"), ElementsAre("pause 0", "pause 1"));
  EXPECT_EQ(group.state(), v1::GROUP_STATE_PAUSING);
  EXPECT_THAT(park(1), IsEmpty());
  EXPECT_THAT(park(0), ElementsAre("paused for ann"));
  EXPECT_EQ(group.state(), v1::GROUP_STATE_PAUSED);
  EXPECT_EQ(group.progress().paused(), 2u);
  EXPECT_EQ(group.progress().running(), 0u);
}

TEST_F(SupervisorPauseTest, IsCompleteAtOnceWithoutChildren) {
  EXPECT_THAT(pause("ann"), ElementsAre("paused for ann"));
}

TEST_F(SupervisorPauseTest, TakesAnEndForAPark) {
  add(2);
  pause("ann");
  park(0);
  EXPECT_THAT(succeed(1), ElementsAre("ended 1 SUCCEEDED", "paused for ann"));
}

TEST_F(SupervisorPauseTest, DoesNotCountAChildThatParkedAndThenEnded) {
  add(2);
  pause("ann");
  park(0);
  EXPECT_THAT(succeed(0), ElementsAre("ended 0 SUCCEEDED"));
  EXPECT_EQ(group.state(), v1::GROUP_STATE_PAUSING);
  EXPECT_EQ(group.progress().paused(), 0u);
}

TEST_F(SupervisorPauseTest, CountsAParkOnce) {
  add(2);
  pause("ann");
  park(0);
  EXPECT_THAT(park(0), IsEmpty());
  EXPECT_EQ(group.state(), v1::GROUP_STATE_PAUSING);
}

TEST_F(SupervisorPauseTest, IgnoresAParkThatNobodyAskedFor) {
  add();
  EXPECT_THAT(take(supervisor::parked{0, 1, 0}), IsEmpty());
  EXPECT_EQ(group.progress().paused(), 0u);
}

TEST_F(SupervisorPauseTest, EndsWhenItsOwnerResumes) {
  add(2);
  pause("ann");
  park(0);
  park(1);
  EXPECT_THAT(resume("ann"), ElementsAre("resume 0", "resume 1"));
  EXPECT_EQ(group.state(), v1::GROUP_STATE_RUNNING);
  EXPECT_EQ(group.progress().paused(), 0u);
  EXPECT_EQ(group.progress().running(), 2u);
}

TEST_F(SupervisorPauseTest, FailsItsOwnersWaitWhenItIsResumedTooSoon) {
  add();
  pause("ann");
  EXPECT_THAT(resume("ann"),
              ElementsAre("not paused for ann: cancelled", "resume 0"));
}

TEST_F(SupervisorPauseTest, LastsUntilEveryOwnerResumed) {
  add();
  pause("ann");
  park(0);
  EXPECT_THAT(pause("bob"), ElementsAre("paused for bob"));
  EXPECT_THAT(group.progress().paused_by(), ElementsAre("ann", "bob"));
  EXPECT_THAT(resume("ann"), IsEmpty());
  EXPECT_THAT(group.progress().paused_by(), ElementsAre("bob"));
  EXPECT_EQ(group.state(), v1::GROUP_STATE_PAUSED);
  EXPECT_THAT(resume("bob"), ElementsAre("resume 0"));
}

TEST_F(SupervisorPauseTest, AnswersAllOwnersWhenItIsComplete) {
  add();
  EXPECT_THAT(pause("ann"), ElementsAre("pause 0"));
  EXPECT_THAT(pause("bob"), IsEmpty());
  EXPECT_THAT(park(0), ElementsAre("paused for ann", "paused for bob"));
}

TEST_F(SupervisorPauseTest, IsTheSameWhenAnOwnerPausesTwice) {
  add();
  pause("ann");
  EXPECT_THAT(pause("ann"), IsEmpty());
  EXPECT_THAT(park(0), ElementsAre("paused for ann"));
  EXPECT_THAT(pause("ann"), ElementsAre("paused for ann"));
  EXPECT_THAT(resume("ann"), ElementsAre("resume 0"));
  EXPECT_THAT(resume("ann"), IsEmpty());
}

TEST_F(SupervisorPauseTest, IsNotEndedByAStranger) {
  add();
  pause("ann");
  EXPECT_THAT(resume("bob"), IsEmpty());
  EXPECT_EQ(group.state(), v1::GROUP_STATE_PAUSING);
}

TEST_F(SupervisorPauseTest, IgnoresAParkOfAnEarlierPause) {
  add();
  pause("ann");
  auto stale = pause_number;
  resume("ann");
  EXPECT_THAT(pause("ann"), ElementsAre("pause 0"));
  EXPECT_THAT(take(supervisor::parked{0, 1, stale}), IsEmpty());
  EXPECT_EQ(group.state(), v1::GROUP_STATE_PAUSING);
  EXPECT_THAT(park(0), ElementsAre("paused for ann"));
}

TEST_F(SupervisorPauseTest, IgnoresAParkAfterTheResume) {
  add();
  pause("ann");
  resume("ann");
  park(0);
  EXPECT_EQ(group.progress().paused(), 0u);
  EXPECT_EQ(group.progress().running(), 1u);
}

// -- starts and ends during a pause
// ---------------------------------------------

TEST_F(SupervisorPauseTest, StartsNothing) {
  make(supervisor_options{}.limit(1));
  add(2);
  pause("ann");
  EXPECT_THAT(add(), IsEmpty());
  EXPECT_THAT(succeed(0), ElementsAre("ended 0 SUCCEEDED", "paused for ann"));
  EXPECT_THAT(add(), IsEmpty());
  EXPECT_THAT(resume("ann"), ElementsAre("start 1"));
}

TEST_F(SupervisorPauseTest, ResumesTheRunningBeforeItStartsMore) {
  make(supervisor_options{}.limit(2));
  add();
  pause("ann");
  add(2);
  EXPECT_THAT(resume("ann"), ElementsAre("not paused for ann: cancelled",
                                         "resume 0", "start 1"));
}

TEST_F(SupervisorPauseTest, KeepsTheGroupFromBeingDoneWhileSomebodyWaits) {
  pause("ann");
  add();
  EXPECT_THAT(close(), IsEmpty());
  EXPECT_THAT(resume("ann"), ElementsAre("start 0"));
}

TEST_F(SupervisorPauseTest, LetsTheGroupBeDoneWhenEveryChildEnds) {
  add();
  close();
  pause("ann");
  EXPECT_THAT(succeed(0),
              ElementsAre("ended 0 SUCCEEDED", "paused for ann", "done"));
}

TEST_F(SupervisorPauseTest, ActsUponAFailureAtOnce) {
  add(3);
  pause("ann");
  park(2);
  EXPECT_THAT(fail(1), ElementsAre("ended 1 FAILED", "cancel 2", "cancel 0"));
}

TEST_F(SupervisorPauseTest, GoesOnAfterAFailureThatIsOnlyCollected) {
  make(supervisor_options{}.on_error(on_error::collect));
  add(2);
  pause("ann");
  fail(0);
  EXPECT_THAT(park(1), ElementsAre("paused for ann"));
}

TEST_F(SupervisorPauseTest, IsCompleteForEverOnceTheGroupIsDone) {
  close();
  EXPECT_THAT(pause("ann"), ElementsAre("paused for ann"));
  EXPECT_THAT(resume("ann"), IsEmpty());
}

// -- cancel and time
// ------------------------------------------------------------

TEST_F(SupervisorPauseTest, LosesToACancel) {
  make(supervisor_options{}.limit(2));
  add(3);
  pause("ann");
  park(0);
  EXPECT_THAT(cancel(),
              ElementsAre("cancel 1", "cancel 0", "ended 2 CANCELLED"));
  EXPECT_THAT(park(1), IsEmpty());
  end_cancelled(0);
  EXPECT_THAT(end_cancelled(1),
              ElementsAre("ended 1 CANCELLED", "paused for ann", "done"));
}

TEST_F(SupervisorPauseTest, AfterACancelWaitsForTheEndOfAllChildren) {
  add();
  cancel();
  EXPECT_THAT(pause("ann"), IsEmpty());
  EXPECT_THAT(end_cancelled(0),
              ElementsAre("ended 0 CANCELLED", "paused for ann", "done"));
}

TEST_F(SupervisorPauseTest, CannotBeResumedOnceTheGroupIsCancelled) {
  add();
  pause("ann");
  park(0);
  cancel();
  EXPECT_THAT(resume("ann"), IsEmpty());
  EXPECT_EQ(group.state(), v1::GROUP_STATE_CANCELLING);
}

TEST_F(SupervisorPauseTest, LosesToTheDeadline) {
  make(supervisor_options{}.deadline(now + 10s));
  add();
  pause("ann");
  park(0);
  EXPECT_THAT(pass(10s), ElementsAre("cancel 0"));
}

TEST_F(SupervisorPauseTest, MovesTheDeadlineWhereTheClockStops) {
  make(supervisor_options{}.deadline(now + 10s).stop_clock(true));
  add();
  pass(6s);
  pause("ann");
  park(0);
  EXPECT_THAT(pass(10s), IsEmpty());
  pause("bob"); // the clock stands already
  EXPECT_THAT(pass(10s), IsEmpty());
  resume("ann");
  EXPECT_THAT(pass(10s), IsEmpty());
  resume("bob");
  EXPECT_EQ(group.wakeup(), now + 4s);
  EXPECT_THAT(pass(3s), IsEmpty());
  EXPECT_THAT(pass(1s), ElementsAre("cancel 0"));
}

TEST_F(SupervisorPauseTest, IsUndoneWhenItsLimitPasses) {
  add(3);
  pause("ann", 5s);
  park(1);
  EXPECT_EQ(group.wakeup(), now + 5s);
  EXPECT_THAT(pass(4s), IsEmpty());
  EXPECT_THAT(pass(1s), ElementsAre("not paused for ann: timed_out", "resume 0",
                                    "resume 1", "resume 2"));
  EXPECT_EQ(group.state(), v1::GROUP_STATE_RUNNING);
  EXPECT_EQ(group.wakeup(), never);
}

TEST_F(SupervisorPauseTest, NamesTheChildrenThatDidNotParkInTime) {
  add(3);
  pause("ann", 5s);
  park(1);
  pass(5s);
  EXPECT_THAT(pause_error.message(), HasSubstr("child 0, child 2"));
  EXPECT_THAT(pause_error.message(), Not(HasSubstr("child 1")));
}

TEST_F(SupervisorPauseTest, NamesTenChildrenAtMost) {
  add(100);
  pause("ann", 5s);
  pass(5s);
  EXPECT_THAT(pause_error.message(), HasSubstr("child 9, …"));
  EXPECT_THAT(pause_error.message(), Not(HasSubstr("child 10")));
}

TEST_F(SupervisorPauseTest, ForgetsItsLimitOnceItIsComplete) {
  add();
  pause("ann", 5s);
  park(0);
  EXPECT_EQ(group.wakeup(), never);
  EXPECT_THAT(pass(10s), IsEmpty());
  EXPECT_EQ(group.state(), v1::GROUP_STATE_PAUSED);
}

TEST_F(SupervisorPauseTest, OfOneOwnerOutlivesTheLimitOfAnother) {
  add();
  pause("ann", 5s);
  pause("bob");
  EXPECT_THAT(pass(5s), ElementsAre("not paused for ann: timed_out"));
  EXPECT_EQ(group.state(), v1::GROUP_STATE_PAUSING);
  EXPECT_THAT(park(0), ElementsAre("paused for bob"));
}

TEST_F(SupervisorPauseTest, WithALimitGivesUpOnACancelledGroupAsWell) {
  add();
  cancel();
  pause("ann", 5s);
  EXPECT_THAT(pass(5s), ElementsAre("not paused for ann: timed_out"));
}

} // namespace
