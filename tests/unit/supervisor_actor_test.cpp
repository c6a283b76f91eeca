#include "unit/supervisor_actor_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

namespace {

using SupervisorActorTest = SupervisorActorFixture;

TEST_F(SupervisorActorTest, AnswersAJoinWithResultsAndPayloadsInOrder) {
  add(scripted(), quick(payload{"second"}), scripted());
  tell(v1::GroupClose{});
  auto result = join();
  in_child(1, [](child& self) { self.finish(succeeded(), payload{"third"}); });
  EXPECT_FALSE(result->value);
  in_child(0, [](child& self) { self.finish(succeeded(), payload{"first"}); });
  ASSERT_TRUE(result->value);
  const auto& [summary, values] = *result->value;
  EXPECT_FALSE(summary.has_error());
  EXPECT_EQ(summary.outcomes_size(), 3);
  ASSERT_THAT(values, SizeIs(3));
  EXPECT_EQ(values[0].as<std::string>().value(), "first");
  EXPECT_EQ(values[1].as<std::string>().value(), "second");
  EXPECT_EQ(values[2].as<std::string>().value(), "third");
}

TEST_F(SupervisorActorTest, AnswersAJoinThatComesLate) {
  add(quick(payload{"early"}));
  tell(v1::GroupClose{});
  auto result = join();
  ASSERT_TRUE(result->value);
  EXPECT_THAT(std::get<1>(*result->value), SizeIs(1));
}

TEST_F(SupervisorActorTest, AnswersEveryJoiner) {
  add(scripted());
  tell(v1::GroupClose{});
  auto a = join();
  auto b = join();
  in_child(0, [](child& self) { self.finish(); });
  EXPECT_TRUE(a->value);
  EXPECT_TRUE(b->value);
}

TEST_F(SupervisorActorTest, HasAPayloadForEachOutcomeWhereSomeRunOn) {
  make(supervisor_options{}.on_error(on_error::leave_running));
  add(scripted(), scripted(), scripted());
  auto result = join();
  in_child(0,
           [](child& self) { self.finish(failed(error{errc::file_error})); });
  ASSERT_TRUE(result->value) << "whoever joins hears of a failure at once";
  EXPECT_EQ(std::get<0>(*result->value).outcomes_size(), 3);
  EXPECT_THAT(std::get<1>(*result->value), SizeIs(3));
  EXPECT_TRUE(join()->value);
  cancel();
}

TEST_F(SupervisorActorTest, TakesAnExceptionInAChildForItsLoss) {
  add(scripted());
  auto result = join();
  in_child(0, [](child&) { throw std::runtime_error{"out of beer"}; });
  ASSERT_TRUE(result->value);
  const auto& outcome = std::get<0>(*result->value).outcomes(0);
  EXPECT_EQ(outcome.state(), v1::TASK_STATE_LOST);
  EXPECT_EQ(outcome.error().message(), "out of beer");
}

TEST_F(SupervisorActorTest, TakesTheKillOfAChildForItsLoss) {
  add(scripted());
  auto result = join();
  caf::anon_send_exit(children[0], caf::exit_reason::kill);
  system.run_ready();
  ASSERT_TRUE(result->value);
  const auto& outcome = std::get<0>(*result->value).outcomes(0);
  EXPECT_EQ(outcome.state(), v1::TASK_STATE_LOST);
  EXPECT_THAT(outcome.error().message(), HasSubstr("kill"));
}

TEST_F(SupervisorActorTest, TakesAnEndWithoutAWordForALoss) {
  add(scripted());
  auto result = join();
  in_child(0, [](child& self) { self.self->quit(); });
  ASSERT_TRUE(result->value);
  const auto& outcome = std::get<0>(*result->value).outcomes(0);
  EXPECT_EQ(outcome.state(), v1::TASK_STATE_LOST);
  EXPECT_EQ(from_proto(outcome.error()).code(), errc::lost);
}

TEST_F(SupervisorActorTest, LosesAChildThatHadEndedBeforeItStarted) {
  add([](caf::actor_system& sys) -> supervised_actor {
    auto dead = spawn_child(sys);
    caf::anon_send_exit(dead, caf::exit_reason::kill);
    return dead;
  });
  auto result = join();
  ASSERT_TRUE(result->value);
  EXPECT_THAT(states(std::get<0>(*result->value)),
              ElementsAre(v1::TASK_STATE_LOST));
}

TEST_F(SupervisorActorTest, TakesWhatAFactoryThrowsForTheChildsFailure) {
  make(supervisor_options{}.on_error(on_error::collect));
  add(
    [](caf::actor_system&) -> supervised_actor {
      throw std::runtime_error{"no room"};
    },
    [](caf::actor_system&) -> supervised_actor {
      throw failure{{errc::full, "no beds"}};
    },
    [](caf::actor_system&) -> supervised_actor { throw 42; },
    [](caf::actor_system&) -> supervised_actor { return {}; }, quick());
  tell(v1::GroupClose{});
  auto result = join();
  ASSERT_TRUE(result->value);
  const auto& summary = std::get<0>(*result->value);
  EXPECT_THAT(states(summary),
              ElementsAre(v1::TASK_STATE_FAILED, v1::TASK_STATE_FAILED,
                          v1::TASK_STATE_FAILED, v1::TASK_STATE_FAILED,
                          v1::TASK_STATE_SUCCEEDED));
  EXPECT_EQ(summary.outcomes(0).error().message(), "no room");
  EXPECT_EQ(from_proto(summary.outcomes(1).error()),
            (error{errc::full, "no beds"}));
}

TEST_F(SupervisorActorTest, CancelsTheOthersWhenAFactoryThrows) {
  add(scripted(), [](caf::actor_system&) -> supervised_actor {
    throw std::runtime_error{"no room"};
  });
  auto result = join();
  ASSERT_TRUE(result->value);
  EXPECT_THAT(states(std::get<0>(*result->value)),
              ElementsAre(v1::TASK_STATE_CANCELLED, v1::TASK_STATE_FAILED));
}

TEST_F(SupervisorActorTest, DropsTheValueOfAMessageThatDoesNotCount) {
  make(supervisor_options{}.on_error(on_error::collect));
  add(scripted(), scripted());
  tell(v1::GroupClose{});
  auto result = join();
  in_child(0, [](child& self) {
    auto copy = self.link;
    self.finish(succeeded(), payload{"right"});
    copy.finished(succeeded(), payload{"wrong"});
  });
  in_child(1, [](child&) { throw std::runtime_error{"no value of its own"}; });
  ASSERT_TRUE(result->value);
  const auto& values = std::get<1>(*result->value);
  EXPECT_EQ(values[0].as<std::string>().value(), "right");
  EXPECT_TRUE(values[1].empty());
}

// -- cancel and pause ---------------------------------------------------------

TEST_F(SupervisorActorTest, AnswersACancelWhenEveryChildEnded) {
  child_script slow;
  slow.on_cancel = [](child&) {};
  add(scripted(), scripted(slow));
  auto first = cancel();
  auto second = cancel();
  EXPECT_EQ(first->answers + second->answers, 0);
  in_child(1, [](child& self) { self.finish(failed(error{errc::cancelled})); });
  ASSERT_TRUE(first->value);
  ASSERT_TRUE(second->value);
  EXPECT_EQ(from_proto(std::get<0>(*first->value).error()).code(),
            errc::cancelled);
  EXPECT_TRUE(cancel()->value) << "a cancel of what is done";
}

TEST_F(SupervisorActorTest, TellsChildrenWhyTheyAreCancelled) {
  v1::TaskCancel seen;
  caf::actor_system_config unused;
  auto child = system->spawn(
    [&](supervised_actor::pointer self) -> supervised_actor::behavior_type {
      auto link = std::make_shared<child_link>();
      return {[=](const v1::TaskStart& x) { link->start(*self, x); },
              [=, &seen](const v1::TaskCancel& x) {
                seen = x;
                link->finished(failed(error{errc::cancelled}));
              },
              [](const v1::TaskPause&) {}, [](const v1::TaskResume&) {}};
    });
  add([child](caf::actor_system&) { return child; });
  v1::GroupCancel what;
  what.set_text("enough");
  tell(what);
  EXPECT_EQ(seen.reason(), v1::CANCEL_REASON_REQUESTED);
  EXPECT_EQ(seen.text(), "enough");
}

TEST_F(SupervisorActorTest, PausesAndResumesItsChildren) {
  child_script slow;
  slow.on_pause = [](child&) {};
  add(scripted(), scripted(slow));
  auto paused = pause("ann");
  EXPECT_FALSE(paused->value);
  EXPECT_EQ(progress().state(), v1::GROUP_STATE_PAUSING);
  in_child(1, [](child& self) { self.park(); });
  EXPECT_TRUE(paused->value);
  EXPECT_EQ(progress().state(), v1::GROUP_STATE_PAUSED);
  pause("bob");
  auto left = resume("ann");
  EXPECT_THAT(std::get<0>(left->value.value()).paused_by(), ElementsAre("bob"));
  resume("bob");
  EXPECT_EQ(progress().state(), v1::GROUP_STATE_RUNNING);
  cancel();
}

TEST_F(SupervisorActorTest, AnswersAPauseThatIsTakenBackWithAnError) {
  child_script deaf;
  deaf.on_pause = [](child&) {};
  add(scripted(deaf));
  auto paused = pause("ann");
  resume("ann");
  ASSERT_TRUE(paused->failed);
  EXPECT_EQ(paused->failed->code(), errc::cancelled);
  cancel();
}

TEST_F(SupervisorActorTest, GivesUpAPauseAtItsLimit) {
  child_script deaf;
  deaf.on_pause = [](child&) {};
  add(scripted(), scripted(deaf));
  auto paused = pause("ann", 5000);
  system.advance(4999ms);
  EXPECT_EQ(paused->answers, 0);
  system.advance(1ms);
  ASSERT_TRUE(paused->failed);
  EXPECT_EQ(paused->failed->code(), errc::timed_out);
  EXPECT_THAT(paused->failed->message(), HasSubstr("child 1"));
  EXPECT_EQ(progress().state(), v1::GROUP_STATE_RUNNING);
  cancel();
}

TEST_F(SupervisorActorTest, TakesTheLongestLimitThereIs) {
  add(scripted());
  EXPECT_TRUE(pause("ann", UINT64_MAX)->value);
  cancel();
}

// -- time ---------------------------------------------------------------------

TEST_F(SupervisorActorTest, CancelsItsChildrenAtTheDeadline) {
  make(supervisor_options{}.deadline(system.now() + 10s));
  add(scripted());
  auto result = join();
  system.advance(10s - 1ns);
  EXPECT_FALSE(result->value);
  system.advance(1ns);
  ASSERT_TRUE(result->value);
  EXPECT_THAT(states(std::get<0>(*result->value)),
              ElementsAre(v1::TASK_STATE_TIMED_OUT));
}

TEST_F(SupervisorActorTest, EndsChildrenThatDoNotGiveWay) {
  make(supervisor_options{}.grace(5s).kill_after(2s));
  child_script deaf;
  deaf.on_cancel = [](child&) {};
  auto defiant = deaf;
  defiant.on_start = [](child& self) {
    self.self->set_exit_handler([](caf::exit_msg&) {});
  };
  add(scripted(deaf), scripted(defiant));
  auto result = cancel();
  system.advance(5s);
  EXPECT_EQ(progress().cancelled(), 1u);
  system.advance(2s);
  ASSERT_TRUE(result->value);
  EXPECT_EQ(std::get<0>(*result->value).progress().cancelled(), 2u);
}

TEST_F(SupervisorActorTest, LeavesNoTimerBehind) {
  make(supervisor_options{}.deadline(system.now() + 1000h));
  bool ended = false;
  notice_end(group, ended);
  add(scripted());
  pause("ann", 1000); // sets an earlier one
  cancel();
  group = nullptr;
  system.run_ready();
  EXPECT_TRUE(ended);
}

} // namespace
