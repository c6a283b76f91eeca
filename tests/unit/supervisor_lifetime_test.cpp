#include "unit/supervisor_actor_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace {

// -- those who watch ----------------------------------------------------------

class SupervisorWatchTest : public SupervisorActorFixture {
protected:
  void watch(std::uint64_t interval_ms) {
    auto watcher = system->spawn([this]() -> progress_watcher::behavior_type {
      return {[this](const v1::GroupProgress& x) { seen.push_back(x); }};
    });
    v1::GroupWatch what;
    what.set_interval_ms(interval_ms);
    caf::anon_send(group, what, watcher);
    system.run_ready();
  }

  void make_watched(supervisor_options options = supervisor_options{}) {
    auto watcher = system->spawn([this]() -> outcome_watcher::behavior_type {
      return {[this](const v1::TaskFinished& x, const payload& value) {
        ended.push_back(x.task());
        values.push_back(value);
      }};
    });
    group = spawn_supervisor(system.get(), options, watcher);
  }

  std::vector<v1::GroupProgress> seen;
  std::vector<child_id> ended;
  payloads values;
};

TEST_F(SupervisorWatchTest, GivesTheProgressAtOnce) {
  watch(1000);
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen[0].state(), v1::GROUP_STATE_RUNNING);
}

TEST_F(SupervisorWatchTest, GivesItAtMostOncePerInterval) {
  watch(1000);
  add(scripted());
  for (std::uint64_t i = 10; i <= 500; i += 10)
    in_child(0, [i](child& self) { self.link.progress(i); });
  EXPECT_THAT(seen, SizeIs(1));
  system.advance(1s);
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[1].bytes(), 500u);
  system.advance(10s);
  EXPECT_THAT(seen, SizeIs(2)) << "nothing changed";
  cancel();
}

TEST_F(SupervisorWatchTest, AlwaysGivesTheLastState) {
  watch(3'600'000);
  add(quick());
  tell(v1::GroupClose{});
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[1].state(), v1::GROUP_STATE_DONE);
  EXPECT_EQ(seen[1].done(), 1u);
}

TEST_F(SupervisorWatchTest, GivesTheLastStateToALatecomer) {
  tell(v1::GroupClose{});
  watch(UINT64_MAX);
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen[0].state(), v1::GROUP_STATE_DONE);
}

TEST_F(SupervisorWatchTest, SaysNothingAfterTheLastState) {
  watch(0);
  add(scripted());
  cancel();
  auto before = seen.size();
  in_child(0, [](child&) {});
  cancel();
  join();
  EXPECT_THAT(seen, SizeIs(before));
}

TEST_F(SupervisorWatchTest, SaysNothingWhenTimePassesWithoutAChange) {
  make(supervisor_options{}.deadline(system.now() + 10h));
  add(scripted());
  pause("ann"); // the earlier timer of this pause is no change
  resume("ann");
  watch(1000);
  auto before = seen.size();
  system.advance(1h);
  EXPECT_THAT(seen, SizeIs(before));
  cancel();
}

TEST_F(SupervisorWatchTest, TellsTheEndOfEveryChildInTheOrderOfEnds) {
  make_watched(supervisor_options{}.limit(2));
  add(scripted(), scripted(), scripted());
  in_child(1, [](child& self) { self.finish(succeeded(), payload{7}); });
  in_child(0, [](child& self) { self.finish(failed(error{errc::full})); });
  EXPECT_THAT(ended, ElementsAre(1, 0, 2));
  EXPECT_EQ(values[0].as<std::int64_t>().value(), 7);
  EXPECT_TRUE(values[1].empty());
}

TEST_F(SupervisorWatchTest, TellsTheEndOfThoseThatNeverStarted) {
  make_watched(supervisor_options{}.limit(1));
  add(scripted(), scripted());
  cancel();
  EXPECT_THAT(ended, ElementsAre(1, 0));
  add(scripted());
  EXPECT_THAT(ended, ElementsAre(1, 0, 2));
  EXPECT_THAT(children, SizeIs(1));
}

TEST_F(SupervisorWatchTest, TellsTheStartAndTheProgressOfEveryChild) {
  std::vector<std::string> told;
  auto watcher = system->spawn([&]() -> child_watcher::behavior_type {
    return {[&](const v1::TaskStarted& x) {
              told.push_back("start " + std::to_string(x.task()));
            },
            [&](const v1::TaskProgress& x) {
              told.push_back(std::to_string(x.bytes()) + " of "
                             + std::to_string(x.total_bytes()));
            }};
  });
  group = spawn_supervisor(system.get(), supervisor_options{}, {}, watcher);
  add(scripted());
  in_child(0, [](child& self) { self.link.progress(3, 10); });
  EXPECT_THAT(told, ElementsAre("start 0", "3 of 10"));
  cancel();
}

TEST_F(SupervisorWatchTest, CountsTheBytesOfAChildThatTellsThemAtItsEnd) {
  add(scripted());
  in_child(0, [](child& self) { self.link.finished(succeeded(), {}, 500); });
  EXPECT_EQ(progress().bytes(), 500u);
}

TEST_F(SupervisorWatchTest, RunsManyChildrenWithoutKeepingAnything) {
  constexpr std::size_t many = 100'000;
  make_watched(supervisor_options{}.keep_outcomes(false).limit(100));
  std::vector<child_factory> factories(many, quick());
  caf::anon_send(group, add_children{std::move(factories)});
  caf::anon_send(group, v1::GroupClose{});
  auto result = join();
  ASSERT_TRUE(result->value);
  const auto& [summary, kept] = *result->value;
  EXPECT_EQ(summary.progress().done(), many);
  EXPECT_EQ(summary.outcomes_size(), 0);
  EXPECT_THAT(kept, IsEmpty());
  EXPECT_THAT(ended, SizeIs(many));
}

// -- the end of a supervisor --------------------------------------------------

class SupervisorLifetimeTest : public SupervisorActorFixture {
protected:
  SupervisorLifetimeTest() { notice_end(group, ended); }

  void drop() {
    group = nullptr;
    system.run_ready();
  }

  bool ended = false;
};

TEST_F(SupervisorLifetimeTest, EndsWhenNobodyHoldsItAndNoChildRuns) {
  add(quick());
  EXPECT_FALSE(ended);
  drop();
  EXPECT_TRUE(ended);
}

TEST_F(SupervisorLifetimeTest, LastsAsLongAsAChildRuns) {
  add(scripted());
  drop();
  EXPECT_FALSE(ended);
  in_child(0, [](child& self) { self.finish(); });
  EXPECT_TRUE(ended);
}

TEST_F(SupervisorLifetimeTest, TellsThoseWhoWaitWhenItEndsWithoutBeingClosed) {
  add(scripted());
  auto result = join();
  drop();
  EXPECT_EQ(result->answers, 0);
  in_child(0, [](child& self) { self.finish(); });
  EXPECT_TRUE(ended);
  ASSERT_TRUE(result->failed);
  EXPECT_EQ(result->failed->code(), errc::lost);
}

TEST_F(SupervisorLifetimeTest, TellsThoseWhoWaitWhenItIsKilled) {
  child_script deaf;
  deaf.on_cancel = deaf.on_pause = [](child&) {};
  add(scripted(deaf));
  auto joiner = join();
  auto pauser = pause("ann");
  auto canceller = cancel();
  caf::anon_send_exit(group, caf::exit_reason::kill);
  system.run_ready();
  for (const auto& failed :
       {joiner->failed, pauser->failed, canceller->failed}) {
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->code(), errc::lost);
  }
  in_child(0, [](child& self) { self.finish(); });
}

TEST_F(SupervisorLifetimeTest, CancelsItsChildrenWhenItIsKilled) {
  std::vector<child_id> cancelled;
  child_script script;
  script.on_cancel = [&](child& self) {
    cancelled.push_back(self.id);
    self.finish();
  };
  add(scripted(script), scripted(script));
  caf::anon_send_exit(group, caf::exit_reason::kill);
  system.run_ready();
  EXPECT_THAT(cancelled, ElementsAre(1, 0));
}

// -- groups inside groups -----------------------------------------------------

class SupervisorNestedTest : public SupervisorActorFixture {
protected:
  /// A group with these children, as a child of another.
  template <class... Factories>
  child_factory nested(Factories... factories) {
    add_children list{{child_factory{std::move(factories)}...}};
    return [this, list](caf::actor_system& sys) -> supervised_actor {
      inner = spawn_supervisor(sys, supervisor_options{});
      caf::anon_send(inner, list);
      caf::anon_send(inner, v1::GroupClose{});
      return std::exchange(inner, nullptr);
    };
  }

  local_supervisor_actor inner;
};

TEST_F(SupervisorNestedTest, SucceedsWithItsChildren) {
  add(nested(scripted(), quick()), quick());
  tell(v1::GroupClose{});
  auto result = join();
  EXPECT_FALSE(result->value);
  in_child(0, [](child& self) { self.finish(); });
  ASSERT_TRUE(result->value);
  EXPECT_FALSE(std::get<0>(*result->value).has_error());
}

TEST_F(SupervisorNestedTest, SucceedsWithoutChildren) {
  add(nested());
  tell(v1::GroupClose{});
  EXPECT_TRUE(join()->value);
}

TEST_F(SupervisorNestedTest, FailsWithItsFirstFailure) {
  add(nested(scripted(), scripted()), scripted());
  auto result = join();
  in_child(2, [](child& self) { self.finish(failed({errc::full, "no"})); });
  ASSERT_TRUE(result->value);
  EXPECT_EQ(from_proto(std::get<0>(*result->value).error()),
            (error{errc::full, "no"}));
}

TEST_F(SupervisorNestedTest, TellsItsBytes) {
  add(nested(scripted(), scripted()));
  in_child(0, [](child& self) { self.link.progress(300); });
  in_child(1, [](child& self) { self.link.progress(30); });
  EXPECT_EQ(progress().bytes(), 330u);
  in_child(0, [](child& self) { self.link.finished(succeeded(), {}, 500); });
  in_child(1, [](child& self) { self.link.finished(succeeded(), {}, 50); });
  EXPECT_EQ(progress().bytes(), 550u);
  EXPECT_EQ(progress().done(), 1u);
}

TEST_F(SupervisorNestedTest, IsCancelledThroughItsParent) {
  add(nested(scripted(), scripted()), scripted());
  auto result = cancel();
  ASSERT_TRUE(result->value);
  EXPECT_THAT(states(std::get<0>(*result->value)),
              ElementsAre(v1::TASK_STATE_CANCELLED, v1::TASK_STATE_CANCELLED));
}

TEST_F(SupervisorNestedTest, IsPausedThroughItsParent) {
  int resumed = 0;
  child_script slow;
  slow.on_pause = [](child&) {};
  slow.on_resume = [&](child&) { ++resumed; };
  add(nested(scripted(slow)), scripted());
  auto paused = pause("ann");
  EXPECT_FALSE(paused->value);
  in_child(1, [](child& self) { self.park(); });
  EXPECT_TRUE(paused->value);
  resume("ann");
  EXPECT_EQ(resumed, 1);
  cancel();
}

TEST_F(SupervisorNestedTest, TimesOutThroughItsParent) {
  make(supervisor_options{}.deadline(system.now() + 10s));
  v1::CancelReason reason{};
  child_script script;
  script.on_cancel = [&](child& self) {
    reason = self.reason;
    self.finish(failed(error{errc::cancelled}));
  };
  add(nested(scripted(script)));
  auto result = join();
  system.advance(10s);
  EXPECT_EQ(reason, v1::CANCEL_REASON_DEADLINE);
  ASSERT_TRUE(result->value);
  EXPECT_THAT(states(std::get<0>(*result->value)),
              ElementsAre(v1::TASK_STATE_TIMED_OUT));
}

TEST_F(SupervisorNestedTest, HasTheDeadlineOfItsParent) {
  make(supervisor_options{}.deadline(system.now() + 10s));
  std::vector<std::uint64_t> deadlines;
  child_script script;
  script.on_start = [&](child& self) { deadlines.push_back(self.deadline_ms); };
  local_supervisor_actor kept;
  add(scripted(script), [&](caf::actor_system& sys) -> supervised_actor {
    return kept = spawn_supervisor(sys, supervisor_options{});
  });
  system.advance(3s);
  caf::anon_send(std::exchange(kept, nullptr),
                 add_children{{scripted(script)}});
  system.run_ready();
  EXPECT_THAT(deadlines, ElementsAre(10'000, 7'000));
  cancel();
}

TEST_F(SupervisorNestedTest, EndsWithItsLastHandle) {
  add(nested(scripted()), nested(quick()));
  bool ended = false;
  notice_end(group, ended);
  group = nullptr;
  in_child(0, [](child& self) { self.finish(); });
  EXPECT_TRUE(ended);
}

} // namespace
