#include "model/exploration.hpp"
#include "model/supervisor_world.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

using namespace troupe;
using namespace troupe::testing;

namespace {

void play(const scenario& what, bool merge, choices& way) {
  world all{what, merge};
  while (all.step(way)) {
  }
  all.check_end();
}

void every_order(const scenario& what, bool merge = true) {
  explore_all([&](choices& way) { play(what, merge, way); });
}

// -- what the parties do ------------------------------------------------------

using script = std::vector<supervisor::input>;

const script cancelling{supervisor::cancel{}};
const script time_passing{supervisor::tick{}};

const script adding_two{supervisor::add{}, supervisor::add{},
                        supervisor::close{}};

script pausing(const std::string& owner) {
  return {supervisor::pause{owner}, supervisor::resume{owner}};
}

script pausing_with_a_limit(const std::string& owner) {
  return {supervisor::pause{owner, pause_limit}, supervisor::resume{owner}};
}

// -- every order --------------------------------------------------------------

TEST(SupervisorModelTest, HoldsInEveryOrderOfThreeChildrenAndACancel) {
  every_order(
    {{}, {plan::succeed, plan::succeed, plan::succeed}, {cancelling}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfAFailureAPauseAndACancel) {
  every_order({{},
               {plan::succeed, plan::fail, plan::succeed},
               {pausing("ann"), cancelling}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfThreeChildrenOneAtATime) {
  every_order({supervisor_options{}.limit(1),
               {plan::succeed, plan::fail, plan::succeed},
               {pausing("ann"), pausing("bob"), cancelling}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfThreeChildrenTwoAtATime) {
  every_order({supervisor_options{}.limit(2),
               {plan::succeed, plan::crash, plan::succeed},
               {pausing("ann"), cancelling}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfCrashesAndAPause) {
  every_order({supervisor_options{}.on_error(on_error::collect),
               {plan::crash, plan::say_twice, plan::crash},
               {pausing("ann")}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfTwoPausesOfOneOwner) {
  auto twice = pausing("ann");
  for (const auto& again : pausing("ann"))
    twice.push_back(again);
  every_order({{}, {plan::succeed, plan::succeed}, {twice, cancelling}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfTwoOwnersPauses) {
  every_order(
    {{}, {plan::succeed, plan::succeed}, {pausing("ann"), pausing("bob")}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfAPauseThatMayGiveUp) {
  every_order({{},
               {plan::succeed, plan::succeed, plan::succeed},
               {pausing_with_a_limit("ann"), time_passing}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfADeadlineAndAPause) {
  every_order({supervisor_options{}.deadline(deadline).limit(2),
               {plan::succeed, plan::fail, plan::succeed},
               {pausing("ann"), time_passing}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfAFailureThatIsCollected) {
  every_order({supervisor_options{}.on_error(on_error::collect),
               {plan::fail, plan::succeed, plan::succeed},
               {pausing("ann"), cancelling}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfAFailureThatLeavesOthersRunning) {
  every_order({supervisor_options{}.on_error(on_error::leave_running),
               {plan::fail, plan::succeed, plan::fail},
               {pausing("ann")}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfChildrenThatAreAddedMeanwhile) {
  every_order({supervisor_options{}.limit(2),
               {plan::succeed, plan::fail, plan::succeed},
               {adding_two, pausing("ann"), cancelling}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfAdditionsAndADeadline) {
  every_order({supervisor_options{}.deadline(deadline),
               {plan::succeed, plan::succeed, plan::crash},
               {adding_two, time_passing}});
}

// -- restarts -----------------------------------------------------------------

supervisor_options restarting(std::size_t times) {
  return supervisor_options{}
    .restart(restart::transient)
    .intensity(times, std::chrono::seconds{5});
}

supervisor_options restarting(restart_strategy strategy) {
  return restarting(1).strategy(strategy);
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfRestartsAPauseAndACancel) {
  every_order({restarting(2),
               {plan::fail_once, plan::crash},
               {pausing("ann"), cancelling}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfRestartsUntilTheyAreTooMany) {
  every_order({restarting(3), {plan::fail, plan::crash, plan::stay}, {}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfRestartsAsTimePasses) {
  every_order({restarting(1),
               {plan::fail_once, plan::crash, plan::say_twice},
               {time_passing}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfPermanentChildrenAndACancel) {
  every_order({restarting(2).restart(restart::permanent),
               {plan::succeed, plan::say_twice},
               {pausing("ann"), cancelling}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfRestartsThatWait) {
  every_order(
    {restarting(2).backoff(std::chrono::seconds{1}, std::chrono::seconds{2}),
     {plan::fail, plan::fail_once},
     {pausing("ann"), cancelling}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfRestartsOfAll) {
  every_order({restarting(restart_strategy::one_for_all),
               {plan::stay, plan::fail_once, plan::stay},
               {cancelling}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfRestartsOfAllAndAPause) {
  every_order({restarting(restart_strategy::one_for_all),
               {plan::fail_once, plan::stay},
               {pausing("ann"), cancelling}});
}

TEST(SupervisorModelTest, HoldsInEveryOrderOfRestartsOfTheRest) {
  every_order({restarting(restart_strategy::rest_for_one),
               {plan::succeed, plan::fail_once, plan::say_twice},
               {pausing("ann")}});
}

// -- every order, without merging any -----------------------------------------

TEST(SupervisorModelTest, HoldsInEveryUnmergedOrderOfThreeChildren) {
  every_order({{}, {plan::succeed, plan::fail, plan::succeed}, {}}, false);
}

TEST(SupervisorModelTest, HoldsInEveryUnmergedOrderOfACrashAndAPause) {
  every_order({{}, {plan::crash, plan::say_twice}, {pausing("ann")}}, false);
}

// -- many more, at random -----------------------------------------------------

TEST(SupervisorModelTest, HoldsInManyOrdersOfFiveChildrenAndAllParties) {
  scenario what{
    supervisor_options{}.limit(3).deadline(deadline),
    {plan::succeed, plan::fail, plan::succeed, plan::crash, plan::say_twice},
    {pausing("ann"), pausing_with_a_limit("bob"), pausing("cleo"), time_passing,
     cancelling}};
  explore_random(5'000, [&](choices& way) {
    play(what, false, way);
    if (way.choose(2) == 0) { // the same, where failures end nothing
      auto lenient = what;
      lenient.options.on_error(on_error::collect);
      lenient.scripts.pop_back();
      play(lenient, false, way);
    }
  });
}

TEST(SupervisorModelTest, HoldsInManyUnmergedOrdersOfThreeChildren) {
  scenario what{{},
                {plan::succeed, plan::fail, plan::succeed},
                {pausing("ann"), cancelling}};
  explore_random(20'000, [&](choices& way) { play(what, false, way); });
}

} // namespace
