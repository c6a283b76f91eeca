#include "model/exploration.hpp"
#include "troupe/testing/virtual_system.hpp"
#include "unit/scripted_child.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using namespace troupe;
using namespace troupe::testing;

namespace {

enum class plan { succeed, fail, crash };

/// What one party asks of the group, one thing after the other was answered.
enum class act { pause_and_resume, cancel, pause_and_leave };

struct scenario {
  supervisor_options options;
  std::vector<plan> children;
  std::vector<act> parties;
};

/// The actors of one run, which may take turns in any order. Here everything
/// is real: mailboxes, monitors, requests.
class stage {
public:
  explicit stage(const scenario& what)
    : what_(what), running_(what.children.size(), false) {
    group_ = spawn_supervisor(system_.get(), what.options);
    std::vector<caf::actor> parties;
    for (std::size_t i = 0; i < what.parties.size(); ++i)
      parties.push_back(system_->spawn(
        [this, i](caf::event_based_actor* self) { return party(self, i); }));
    join();
    system_.run_ready(); // all are there, and nothing has happened yet
    std::vector<child_factory> factories;
    for (auto how : what.children)
      factories.emplace_back([this, how](caf::actor_system& sys) {
        EXPECT_FALSE(cancelled_) << "SV5: a start after the cancel's answer";
        return supervised_actor{spawn_child(sys, script_of(how))};
      });
    caf::anon_send(group_, add_children{std::move(factories)});
    caf::anon_send(group_, v1::GroupClose{});
    for (const auto& one : parties)
      caf::anon_send(one, std::string{"go"});
  }

  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;

  ~stage() {
    group_ = nullptr;
    system_.run_ready();
  }

  void run(choices& way) {
    system_.run_ready(way);
    EXPECT_EQ(answers_, what_.parties.size()) << "a party waits for ever";
    EXPECT_EQ(results_, 1) << "nobody heard of the end";
  }

private:
  void join() {
    system_->spawn([this](caf::event_based_actor* self) {
      self->request(group_, caf::infinite, v1::GroupJoin{})
        .then([this](const v1::GroupResult& result, const payloads& values) {
          ++results_;
          EXPECT_EQ(result.progress().state(), v1::GROUP_STATE_DONE);
          EXPECT_EQ(values.size(), what_.children.size());
          for (const auto& outcome : result.outcomes())
            EXPECT_NE(outcome.state(), v1::TASK_STATE_UNSPECIFIED) << "SV2";
          expect_nothing_runs();
        });
    });
  }

  caf::behavior party(caf::event_based_actor* self, std::size_t i) {
    return {[this, self, i](const std::string&) {
      if (what_.parties[i] == act::cancel)
        cancel(self);
      else
        pause(self, i);
      self->unbecome();
    }};
  }

  void cancel(caf::event_based_actor* self) {
    self->request(group_, caf::infinite, v1::GroupCancel{})
      .then([this](const v1::GroupResult&) {
        ++answers_;
        cancelled_ = true;
        expect_nothing_runs(); // SV3
      });
  }

  void pause(caf::event_based_actor* self, std::size_t i) {
    v1::GroupPause what;
    what.set_owner(std::to_string(i));
    self->request(group_, caf::infinite, what)
      .then([this, self, i](const v1::GroupPaused&) {
        expect_nothing_runs();
        if (what_.parties[i] == act::pause_and_leave) {
          ++answers_;
          return;
        }
        v1::GroupResume resume;
        resume.set_owner(std::to_string(i));
        self->request(group_, caf::infinite, resume)
          .then([this](const v1::GroupResumed&) { ++answers_; });
      });
  }

  child_script script_of(plan how) {
    child_script script;
    script.on_start = [this, how](child& self) {
      running_[self.id] = true;
      // Its work takes one more turn, in which a pause or cancel may come.
      self.self->send(self.self, errand{[this, how](child& me) {
                        me.idle = true;
                        end_unless_parked(me, how);
                      }});
    };
    script.on_pause = [this](child& self) {
      running_[self.id] = false;
      self.parked = true;
      self.park();
    };
    script.on_resume = [this, how](child& self) {
      self.parked = false;
      running_[self.id] = true;
      end_unless_parked(self, how);
    };
    script.on_cancel = [this](child& self) {
      running_[self.id] = false;
      self.finish(failed(error{errc::cancelled}));
    };
    return script;
  }

  void end_unless_parked(child& self, plan how) {
    if (self.parked || !self.idle)
      return;
    running_[self.id] = false;
    if (how == plan::crash)
      self.self->quit(caf::exit_reason::user_shutdown);
    else
      self.finish(how == plan::fail ? failed(error{errc::full}) : succeeded());
  }

  void expect_nothing_runs() {
    EXPECT_TRUE(
      std::none_of(running_.begin(), running_.end(), [](bool x) { return x; }))
      << "a child runs";
  }

  const scenario& what_;
  std::vector<bool> running_;
  std::size_t answers_ = 0;
  int results_ = 0;
  bool cancelled_ = false;
  virtual_system system_;
  local_supervisor_actor group_;
};

void play(const scenario& what, choices& way) {
  stage all{what};
  all.run(way);
}

void every_order(const scenario& what) {
  explore_all([&](choices& way) { play(what, way); });
}

void seeds(const scenario& what, std::size_t count) {
  explore_random(count, [&](choices& way) { play(what, way); });
}

TEST(SupervisorActorModelTest, HoldsInEveryOrderOfTwoChildren) {
  every_order({{}, {plan::succeed, plan::fail}, {}});
}

TEST(SupervisorActorModelTest, HoldsInEveryOrderOfTwoChildrenAndACancel) {
  every_order({{}, {plan::succeed, plan::succeed}, {act::cancel}});
}

TEST(SupervisorActorModelTest, HoldsInEveryOrderOfAChildAPauseAndACancel) {
  every_order({{}, {plan::fail}, {act::pause_and_resume, act::cancel}});
}

TEST(SupervisorActorModelTest, HoldsInEveryOrderOfAChildAndAPause) {
  every_order({{}, {plan::crash}, {act::pause_and_resume}});
}

TEST(SupervisorActorModelTest, HoldsInEveryOrderOfTwoChildrenOneAtATime) {
  every_order({supervisor_options{}.limit(1),
               {plan::crash, plan::succeed},
               {act::pause_and_resume}});
}

TEST(SupervisorActorModelTest, HoldsInEveryOrderOfAPauseThatIsLeftToACancel) {
  every_order({{}, {plan::succeed}, {act::pause_and_leave, act::cancel}});
}

TEST(SupervisorActorModelTest, HoldsInManyOrdersOfFiveChildrenAndAllParties) {
  seeds({supervisor_options{}.limit(3),
         {plan::succeed, plan::fail, plan::succeed, plan::crash, plan::succeed},
         {act::pause_and_resume, act::pause_and_resume, act::cancel}},
        5'000);
}

TEST(SupervisorActorModelTest, HoldsInManyOrdersOfTwoOwnersPauses) {
  seeds({{},
         {plan::succeed, plan::succeed},
         {act::pause_and_resume, act::pause_and_resume}},
        5'000);
}

TEST(SupervisorActorModelTest,
     HoldsInManyOrdersOfThreeChildrenThatAreCollected) {
  seeds({supervisor_options{}.on_error(on_error::collect),
         {plan::succeed, plan::fail, plan::crash},
         {act::pause_and_resume, act::pause_and_resume}},
        5'000);
}

} // namespace
