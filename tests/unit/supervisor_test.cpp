#include "unit/supervisor_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

using namespace troupe;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

using SupervisorTest = troupe::testing::SupervisorFixture;

// -- start and end ------------------------------------------------------------

TEST_F(SupervisorTest, StartsChildrenInTheOrderOfTheirAddition) {
  EXPECT_THAT(add(3), ElementsAre("start 0", "start 1", "start 2"));
}

TEST_F(SupervisorTest, StartsNoMoreThanItsLimitAtOnce) {
  make(supervisor_options{}.limit(2));
  EXPECT_THAT(add(4), ElementsAre("start 0", "start 1"));
  EXPECT_THAT(succeed(1), ElementsAre("ended 1 SUCCEEDED", "start 2"));
  EXPECT_THAT(succeed(0), ElementsAre("ended 0 SUCCEEDED", "start 3"));
}

TEST_F(SupervisorTest, IsDoneWhenItIsClosedAndEveryChildEnded) {
  add(2);
  EXPECT_THAT(close(), IsEmpty());
  EXPECT_THAT(succeed(1), ElementsAre("ended 1 SUCCEEDED"));
  EXPECT_THAT(succeed(0), ElementsAre("ended 0 SUCCEEDED", "done"));
  EXPECT_EQ(group.state(), v1::GROUP_STATE_DONE);
  EXPECT_FALSE(group.result().has_error());
}

TEST_F(SupervisorTest, IsNotDoneWhileItMayGetMoreChildren) {
  add();
  EXPECT_THAT(succeed(0), ElementsAre("ended 0 SUCCEEDED"));
  EXPECT_THAT(add(), ElementsAre("start 1"));
  succeed(1);
  EXPECT_THAT(close(), ElementsAre("done"));
}

TEST_F(SupervisorTest, IsDoneAtOnceWithoutChildren) {
  EXPECT_THAT(close(), ElementsAre("done"));
}

TEST_F(SupervisorTest, IsDoneOnce) {
  close();
  EXPECT_THAT(close(), IsEmpty());
  EXPECT_THAT(cancel(), IsEmpty());
  EXPECT_THAT(take(supervisor::tick{}), IsEmpty());
}

TEST_F(SupervisorTest, KeepsResultsInTheOrderOfAddition) {
  make(supervisor_options{}.on_error(on_error::collect));
  add(3);
  close();
  succeed(2);
  fail(1);
  succeed(0);
  EXPECT_EQ(outcome(0).state(), v1::TASK_STATE_SUCCEEDED);
  EXPECT_EQ(outcome(1).state(), v1::TASK_STATE_FAILED);
  EXPECT_EQ(outcome(2).state(), v1::TASK_STATE_SUCCEEDED);
}

TEST_F(SupervisorTest, LeavesTheOutcomesOfThoseThatRunOpen) {
  add(3);
  succeed(1);
  auto result = group.result();
  ASSERT_EQ(result.outcomes_size(), 3);
  EXPECT_EQ(result.outcomes(2).state(), v1::TASK_STATE_UNSPECIFIED);
}

TEST_F(SupervisorTest, HoldsNoOutcomesWhereNobodyWantsThem) {
  make(supervisor_options{}.keep_outcomes(false));
  add(3);
  close();
  for (child_id id = 0; id < 3; ++id)
    succeed(id);
  EXPECT_EQ(group.result().outcomes_size(), 0);
  EXPECT_EQ(group.result().progress().done(), 3u);
}

// -- failures -----------------------------------------------------------------

TEST_F(SupervisorTest, CancelsTheSiblingsOfTheFirstFailure) {
  add(3);
  EXPECT_THAT(fail(1), ElementsAre("ended 1 FAILED", "cancel 2", "cancel 0"));
  EXPECT_EQ(group.cancelled_because().reason, v1::CANCEL_REASON_SIBLING_FAILED);
  end_cancelled(0);
  EXPECT_THAT(end_cancelled(2), ElementsAre("ended 2 CANCELLED", "done"));
  EXPECT_EQ(from_proto(group.result().error()),
            (error{errc::file_error, "disk full"}));
}

TEST_F(SupervisorTest, CancelsThoseThatWaitForTheirStartWhenASiblingFails) {
  make(supervisor_options{}.limit(1));
  add(2);
  EXPECT_THAT(fail(0),
              ElementsAre("ended 0 FAILED", "ended 1 CANCELLED", "done"));
}

TEST_F(SupervisorTest, EndsWithTheFirstOfSeveralFailures) {
  add(2);
  fail(0, error{errc::full});
  fail(1, error{errc::closed});
  EXPECT_EQ(result_code(), errc::full);
  EXPECT_EQ(group.progress().failed(), 2u);
}

TEST_F(SupervisorTest, LeavesSiblingsRunningAndTellsOnceWhereItIsToldTo) {
  make(supervisor_options{}.on_error(on_error::leave_running));
  add(3);
  close();
  EXPECT_THAT(fail(1), ElementsAre("ended 1 FAILED", "failed early"));
  EXPECT_THAT(fail(0), ElementsAre("ended 0 FAILED"));
  EXPECT_THAT(succeed(2), ElementsAre("ended 2 SUCCEEDED", "done"));
}

TEST_F(SupervisorTest, CollectsFailuresWhereItIsToldTo) {
  make(supervisor_options{}.on_error(on_error::collect));
  add(2);
  close();
  EXPECT_THAT(fail(0), ElementsAre("ended 0 FAILED"));
  EXPECT_THAT(succeed(1), ElementsAre("ended 1 SUCCEEDED", "done"));
}

TEST_F(SupervisorTest, DoesNotTakeAChildThatWasCancelledForAFailure) {
  add(2);
  EXPECT_THAT(end_cancelled(0), ElementsAre("ended 0 CANCELLED"));
  EXPECT_EQ(group.state(), v1::GROUP_STATE_RUNNING);
}

TEST_F(SupervisorTest, TakesATimeoutAndALossForFailures) {
  for (auto how : {errc::timed_out, errc::lost}) {
    make({});
    add(2);
    if (how == errc::lost)
      take(supervisor::gone{0, error{how}});
    else
      fail(0, error{how});
    EXPECT_EQ(group.state(), v1::GROUP_STATE_CANCELLING);
    EXPECT_EQ(result_code(), how);
  }
}

TEST_F(SupervisorTest, LosesAChildThatIsGoneWithoutAWord) {
  add();
  EXPECT_THAT(take(supervisor::gone{0, error{errc::internal, "crashed"}}),
              ElementsAre("ended 0 LOST", "done"));
  EXPECT_EQ(outcome(0).error().message(), "crashed");
}

TEST_F(SupervisorTest, SaysWhyAChildWasLostThatEndedNormally) {
  add();
  take(supervisor::gone{0, error{}});
  EXPECT_EQ(from_proto(outcome(0).error()).code(), errc::lost);
}

TEST_F(SupervisorTest, CountsAChildThatDoesNotSayHowItEndedAsLost) {
  add();
  EXPECT_THAT(take(supervisor::finished{0, 1, v1::Outcome{}}),
              ElementsAre("ended 0 LOST", "done"));
}

TEST_F(SupervisorTest, GivesAFailureWithoutAnErrorTheUsualOne) {
  add();
  v1::Outcome bare;
  bare.set_state(v1::TASK_STATE_FAILED);
  take(supervisor::finished{0, 1, bare});
  EXPECT_EQ(result_code(), errc::internal);
}

TEST_F(SupervisorTest, EndsEachChildOnce) {
  add(2);
  succeed(0);
  EXPECT_THAT(fail(0), IsEmpty());
  EXPECT_THAT(take(supervisor::gone{0, error{}}), IsEmpty());
  EXPECT_EQ(group.progress().done(), 1u);
  EXPECT_EQ(group.progress().failed(), 0u);
}

TEST_F(SupervisorTest, DropsMessagesOfAnotherAttempt) {
  add();
  pause("ann");
  EXPECT_THAT(take(supervisor::started{0, 2}), IsEmpty());
  EXPECT_THAT(take(supervisor::parked{0, 2, pause_number}), IsEmpty());
  EXPECT_THAT(take(supervisor::progressed{0, 2, 10}), IsEmpty());
  EXPECT_THAT(take(supervisor::finished{0, 2, succeeded()}), IsEmpty());
  EXPECT_EQ(group.progress().bytes(), 0u);
  EXPECT_EQ(group.progress().running(), 1u);
}

TEST_F(SupervisorTest, DropsMessagesOfAChildThatIsNone) {
  EXPECT_THAT(take(supervisor::started{7, 1}), IsEmpty());
  EXPECT_THAT(succeed(7), IsEmpty());
  EXPECT_THAT(take(supervisor::gone{7, error{}}), IsEmpty());
}

// -- cancel -------------------------------------------------------------------

TEST_F(SupervisorTest, CancelsInTheReverseOrderOfStarts) {
  add(3);
  EXPECT_THAT(cancel(), ElementsAre("cancel 2", "cancel 1", "cancel 0"));
}

TEST_F(SupervisorTest, CancelsThoseThatWaitForTheirStart) {
  make(supervisor_options{}.limit(1));
  add(3);
  EXPECT_THAT(cancel(), ElementsAre("cancel 0", "ended 1 CANCELLED",
                                    "ended 2 CANCELLED"));
  EXPECT_THAT(end_cancelled(0), ElementsAre("ended 0 CANCELLED", "done"));
}

TEST_F(SupervisorTest, CancelsOnlyOnce) {
  add(2);
  cancel();
  EXPECT_THAT(cancel(), IsEmpty());
}

TEST_F(SupervisorTest, IsDoneAfterACancelOnlyWhenEveryChildEnded) {
  add(2);
  cancel();
  end_cancelled(1);
  EXPECT_EQ(group.state(), v1::GROUP_STATE_CANCELLING);
  EXPECT_THAT(end_cancelled(0), ElementsAre("ended 0 CANCELLED", "done"));
  EXPECT_EQ(result_code(), errc::cancelled);
  EXPECT_EQ(group.result().error().message(), "enough");
}

TEST_F(SupervisorTest, LeavesAChildSucceededThatEndedBeforeItSawTheCancel) {
  add();
  cancel();
  EXPECT_THAT(succeed(0), ElementsAre("ended 0 SUCCEEDED", "done"));
}

TEST_F(SupervisorTest, KeepsAFailureDuringACancelAmongTheOutcomes) {
  add();
  cancel();
  EXPECT_THAT(fail(0), ElementsAre("ended 0 FAILED", "done"));
  EXPECT_EQ(result_code(), errc::cancelled);
}

TEST_F(SupervisorTest, CountsAChildAsCancelledThatIsGoneAfterACancel) {
  add();
  cancel();
  EXPECT_THAT(take(supervisor::gone{0, error{errc::lost}}),
              ElementsAre("ended 0 CANCELLED", "done"));
}

TEST_F(SupervisorTest, TellsOfAChildThatCrashesAfterACancel) {
  add();
  cancel();
  EXPECT_THAT(take(supervisor::gone{0, error{errc::lost, "crashed"}, true}),
              ElementsAre("ended 0 LOST", "done"));
  EXPECT_EQ(from_proto(outcome(0).error()).message(), "crashed");
}

TEST_F(SupervisorTest, HasTheEarlierDeadlineOfItsOwnAndItsParents) {
  supervisor x{supervisor_options{}.deadline(time_point{10s})};
  EXPECT_EQ(x.deadline(), time_point{10s});
  x.step(supervisor::inherit{time_point{20s}}, time_point{});
  EXPECT_EQ(x.deadline(), time_point{10s});
  x.step(supervisor::inherit{time_point{5s}}, time_point{});
  EXPECT_EQ(x.deadline(), time_point{5s});
}

TEST_F(SupervisorTest, NeverStartsAChildThatIsAddedAfterACancel) {
  add();
  cancel();
  EXPECT_THAT(add(), ElementsAre("ended 1 CANCELLED"));
  end_cancelled(0);
  EXPECT_THAT(add(), ElementsAre("ended 2 CANCELLED"));
}

TEST_F(SupervisorTest, NeverStartsAChildThatIsAddedAfterItIsDone) {
  close();
  EXPECT_THAT(add(), ElementsAre("ended 0 CANCELLED"));
  EXPECT_EQ(from_proto(outcome(0).error()).code(), errc::closed);
}

// -- deadline and escalation --------------------------------------------------

TEST_F(SupervisorTest, CancelsAtItsDeadline) {
  make(supervisor_options{}.deadline(now + 10s).limit(1));
  add(2);
  EXPECT_EQ(group.wakeup(), now + 10s);
  EXPECT_THAT(pass(9s), IsEmpty());
  EXPECT_THAT(pass(1s), ElementsAre("cancel 0", "ended 1 TIMED_OUT"));
  EXPECT_EQ(group.cancelled_because().reason, v1::CANCEL_REASON_DEADLINE);
  EXPECT_THAT(end_cancelled(0), ElementsAre("ended 0 TIMED_OUT", "done"));
  EXPECT_EQ(result_code(), errc::timed_out);
}

TEST_F(SupervisorTest, StartsNothingAfterItsDeadlineEvenBeforeItIsTold) {
  make(supervisor_options{}.deadline(now + 10s));
  now += 10s;
  EXPECT_THAT(add(), IsEmpty());
  EXPECT_THAT(pass(0s), ElementsAre("ended 0 TIMED_OUT", "done"));
}

TEST_F(SupervisorTest, LeavesAChildSucceededThatEndedAfterTheDeadline) {
  make(supervisor_options{}.deadline(now + 10s));
  add();
  pass(10s);
  EXPECT_THAT(succeed(0), ElementsAre("ended 0 SUCCEEDED", "done"));
}

TEST_F(SupervisorTest, ForgetsItsDeadlineOnceItIsCancelled) {
  make(supervisor_options{}.deadline(now + 10s));
  add();
  cancel();
  EXPECT_EQ(group.wakeup(), never);
  EXPECT_THAT(take(supervisor::tick{}), IsEmpty());
}

TEST_F(SupervisorTest, WantsNoWakeupOnceItIsDone) {
  make(supervisor_options{}.deadline(now + 10s));
  close();
  EXPECT_EQ(group.wakeup(), never);
}

TEST_F(SupervisorTest, EscalatesFromCancelToExitToKill) {
  make(supervisor_options{}.grace(5s).kill_after(2s));
  add(3);
  cancel();
  end_cancelled(1);
  EXPECT_THAT(pass(4s), IsEmpty());
  EXPECT_THAT(pass(1s), ElementsAre("exit 2", "exit 0"));
  end_cancelled(2);
  EXPECT_THAT(pass(1s), IsEmpty());
  EXPECT_THAT(pass(1s), ElementsAre("kill 0"));
  EXPECT_THAT(pass(1h), IsEmpty());
  EXPECT_EQ(group.wakeup(), never);
}

TEST_F(SupervisorTest, WaitsForEverForItsChildrenByDefault) {
  add();
  cancel();
  EXPECT_EQ(group.wakeup(), never);
  EXPECT_THAT(pass(1000h), IsEmpty());
}

// -- counters -----------------------------------------------------------------

TEST_F(SupervisorTest, CountsItsChildren) {
  make(supervisor_options{}.limit(4).on_error(on_error::collect));
  add(6);
  succeed(0);
  fail(1);
  take(supervisor::gone{2, error{}});
  end_cancelled(3);
  auto progress = group.progress();
  EXPECT_EQ(progress.total(), 6u);
  EXPECT_EQ(progress.started(), 6u);
  EXPECT_EQ(progress.running(), 2u);
  EXPECT_EQ(progress.done(), 1u);
  EXPECT_EQ(progress.failed(), 2u);
  EXPECT_EQ(progress.cancelled(), 1u);
}

TEST_F(SupervisorTest, AddsUpTheBytesOfItsChildren) {
  add(2);
  take(supervisor::progressed{0, 1, 100});
  take(supervisor::progressed{1, 1, 50});
  take(supervisor::progressed{0, 1, 130});
  EXPECT_EQ(group.progress().bytes(), 180u);
  take(supervisor::progressed{1, 1, 20}); // it began anew
  EXPECT_EQ(group.progress().bytes(), 150u);
  succeed(0);
  EXPECT_EQ(group.progress().bytes(), 150u);
}

// -- children that are added when they can start ------------------------------

TEST_F(SupervisorTest, AsksForAChildOfASupplyWhenItCouldStart) {
  make(supervisor_options{}.limit(2));
  EXPECT_THAT(take(supervisor::supply{}), ElementsAre("want"));
  EXPECT_THAT(add(), ElementsAre("start 0", "want"));
  EXPECT_THAT(add(), ElementsAre("start 1"));
  EXPECT_THAT(close(), IsEmpty());
  EXPECT_THAT(succeed(0), ElementsAre("ended 0 SUCCEEDED", "want"));
  EXPECT_THAT(take(supervisor::supplied{}), IsEmpty());
  EXPECT_THAT(succeed(1), ElementsAre("ended 1 SUCCEEDED", "done"));
}

TEST_F(SupervisorTest, ASupplyOfNothingIsDoneOnceItIsClosed) {
  take(supervisor::supply{});
  EXPECT_THAT(close(), ElementsAre("want"));
  EXPECT_THAT(take(supervisor::supplied{}), ElementsAre("done"));
}

TEST_F(SupervisorTest, APausedOrCancelledGroupAsksForNoChild) {
  make(supervisor_options{}.limit(1));
  take(supervisor::supply{});
  add();
  pause("a");
  EXPECT_THAT(succeed(0), ElementsAre("ended 0 SUCCEEDED", "paused for a"));
  EXPECT_THAT(resume("a"), ElementsAre("want"));
  add();
  EXPECT_THAT(cancel(), ElementsAre("cancel 1"));
  EXPECT_THAT(end_cancelled(1), ElementsAre("ended 1 CANCELLED", "done"));
}

TEST_F(SupervisorTest, AStaggeredSupplyIsAskedWhenTheTimeHasCome) {
  make(supervisor_options{}.stagger(100ms));
  take(supervisor::supply{});
  EXPECT_THAT(add(), ElementsAre("start 0"));
  EXPECT_THAT(pass(99ms), IsEmpty());
  EXPECT_THAT(pass(1ms), ElementsAre("want"));
}

} // namespace
