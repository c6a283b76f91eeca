#include "troupe/msg/setup.hpp"
#include "troupe/testing/explore.hpp"
#include "troupe/testing/virtual_system.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

/// Writes down every text that it is sent.
caf::behavior recorder(caf::event_based_actor*, std::vector<std::string>* log) {
  return {[log](const std::string& x) { log->push_back(x); }};
}

class VirtualSystemTest : public ::testing::Test {
protected:
  /// Writes `name` when `when` has passed.
  void later(duration when, std::string name) {
    system->spawn([this, when, name](caf::event_based_actor* self) {
      self->delayed_send(self, when, name);
      return caf::behavior{[this, self](const std::string& x) {
        log.push_back(x);
        self->quit();
      }};
    });
  }

  virtual_system system;
  std::vector<std::string> log;
};

TEST_F(VirtualSystemTest, RunsNothingByItself) {
  auto dest = system->spawn(recorder, &log);
  caf::anon_send(dest, "hello");
  EXPECT_GT(system.ready(), 0u);
  EXPECT_THAT(log, IsEmpty());
  system.run_ready();
  EXPECT_THAT(log, ElementsAre("hello"));
  EXPECT_EQ(system.ready(), 0u);
}

TEST_F(VirtualSystemTest, FiresTimersInTheirOrder) {
  later(3s, "third");
  later(1s, "first");
  later(2s, "second");
  system.advance(10s);
  EXPECT_THAT(log, ElementsAre("first", "second", "third"));
}

TEST_F(VirtualSystemTest, FiresATimerAtItsTimeAndNotBefore) {
  later(5s, "now");
  system.advance(5s - 1ns);
  EXPECT_THAT(log, IsEmpty());
  system.advance(1ns);
  EXPECT_THAT(log, ElementsAre("now"));
}

TEST_F(VirtualSystemTest, MovesTheClockByWhatItIsTold) {
  auto start = system.now();
  later(1s, "on the way");
  system.advance(90s);
  EXPECT_EQ(system.now(), start + 90s);
}

TEST_F(VirtualSystemTest, LetsActorsRunBetweenTimers) {
  auto start = system.now();
  std::vector<duration> times;
  system->spawn([&](caf::event_based_actor* self) {
    self->delayed_send(self, 1s, 3);
    return caf::behavior{[&, self](int left) {
      times.push_back(system.now() - start);
      if (left > 0)
        self->delayed_send(self, 1s, left - 1);
    }};
  });
  system.advance(1min);
  EXPECT_THAT(times, ElementsAre(1s, 2s, 3s, 4s));
}

TEST_F(VirtualSystemTest, FiresNoTimerWhileItOnlyRuns) {
  later(1ns, "timer");
  system.run_ready();
  EXPECT_THAT(log, IsEmpty());
  system.advance(1s);
}

TEST_F(VirtualSystemTest, GoesToTheLastTimerWhenItAdvancesForEver) {
  later(100h, "late");
  system.advance(forever);
  EXPECT_THAT(log, ElementsAre("late"));
  EXPECT_LT(system.now(), never);
}

TEST_F(VirtualSystemTest, LetsOneActorRun) {
  choices way;
  EXPECT_FALSE(system.run_one(way));
  auto dest = system->spawn(recorder, &log);
  caf::anon_send(dest, "hello");
  while (log.empty())
    ASSERT_TRUE(system.run_one(way));
}

TEST_F(VirtualSystemTest, TakesTheConfigurationOfAProgram) {
  caf::actor_system_config config;
  config.set("scheduler.max-throughput", 17);
  virtual_system other{config};
  EXPECT_EQ(caf::get_or(other->config(), "scheduler.max-throughput", 0), 17);
  EXPECT_EQ(other->render(to_caf(error{errc::full})), "full");
}

TEST(VirtualSystemExploreTest, TriesEveryOrderOfTwoActors) {
  std::set<std::vector<std::string>> orders;
  auto result = explore([&](choices& way) {
    std::vector<std::string> log;
    virtual_system system;
    auto a = system->spawn(recorder, &log);
    auto b = system->spawn(recorder, &log);
    system.run_ready(); // both have started
    for (const auto* text : {"1", "2"}) {
      caf::anon_send(a, std::string{"a"} + text);
      caf::anon_send(b, std::string{"b"} + text);
    }
    system.run_ready(way);
    orders.insert(log);
  });
  EXPECT_TRUE(result.complete);
  // All that keep the order of each actor's own messages: 4! / (2! 2!).
  EXPECT_EQ(orders.size(), 6u);
}

} // namespace
