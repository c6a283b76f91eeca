#include "troupe/core/alarm.hpp"
#include "troupe/testing/virtual_system.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <vector>

using namespace troupe;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

struct use_alarm {
  std::function<void(caf::scheduled_actor&, troupe::alarm&)> run;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(use_alarm)

namespace {

class AlarmTest : public ::testing::Test {
protected:
  AlarmTest() {
    dest->attach_functor([this] { ended = true; });
  }

  void
  in_actor(std::function<void(caf::scheduled_actor&, troupe::alarm&)> what) {
    caf::anon_send(dest, use_alarm{std::move(what)});
    system.run_ready();
  }

  void set(duration later) {
    in_actor([this, when = start + later](auto& self, auto& one) {
      one.set(self, when, [this] { rings.push_back(system.now() - start); });
    });
  }

  void clear() {
    in_actor([](auto& self, auto& one) { one.clear(self); });
  }

  troupe::testing::virtual_system system;
  time_point start = system.now();
  caf::actor dest = system->spawn(
    [](caf::stateful_actor<troupe::alarm>* self) -> caf::behavior {
      return {[self](const use_alarm& x) { x.run(*self, self->state); }};
    });
  std::vector<duration> rings;
  bool ended = false;
};

TEST_F(AlarmTest, RingsAtItsTime) {
  set(5s);
  system.advance(5s - 1ns);
  EXPECT_THAT(rings, IsEmpty());
  system.advance(1ns);
  EXPECT_THAT(rings, ElementsAre(5s));
}

TEST_F(AlarmTest, RingsOnce) {
  set(5s);
  system.advance(1h);
  EXPECT_THAT(rings, ElementsAre(5s));
}

TEST_F(AlarmTest, SetAndClearedOftenItRingsForTheLastTimeOnly) {
  for (int i = 0; i != 1'000; ++i) {
    set(1s);
    clear();
  }
  set(5s);
  system.advance(1h);
  EXPECT_THAT(rings, ElementsAre(5s));
}

TEST_F(AlarmTest, OfManyTimesTheEarliestRings) {
  for (auto later = 20s; later != 0s; later -= 1s)
    set(later);
  system.advance(1s);
  EXPECT_THAT(rings, ElementsAre(1s));
  clear(); // or the actor would not end
}

TEST_F(AlarmTest, OneThatHadManyTimesRingsForALaterOne) {
  for (auto later = 20s; later != 0s; later -= 1s)
    set(later);
  system.advance(15s);
  rings.clear();
  set(20s);
  system.advance(5s);
  EXPECT_THAT(rings, ElementsAre(20s));
}

/// The message of a time that was cleared is on its way.
TEST_F(AlarmTest, SetAnewAfterItWentOffUnseenItRings) {
  in_actor([this](auto& self, auto& one) {
    auto ring = [this] { rings.push_back(system.now() - start); };
    one.set(self, start, ring);
    one.clear(self);
    one.set(self, start + 5s, ring);
  });
  system.advance(5s);
  EXPECT_THAT(rings, ::testing::Contains(5s));
}

TEST_F(AlarmTest, RingsAtOnceForATimeThatHasPassed) {
  system.advance(1h);
  set(5s);
  system.advance(0s);
  EXPECT_THAT(rings, ElementsAre(1h));
}

TEST_F(AlarmTest, NeverRingsForNever) {
  in_actor([](auto& self, auto& one) { one.set(self, never, [] { FAIL(); }); });
  dest = nullptr;
  EXPECT_TRUE(ended) << "and does not keep its actor";
}

TEST_F(AlarmTest, RingsAtTheEarliestOfItsTimes) {
  set(5s);
  set(2s);
  set(9s);
  system.advance(2s);
  EXPECT_THAT(rings, ElementsAre(2s));
  system.advance(1h);
  EXPECT_THAT(rings, ElementsAre(2s, 5s));
}

TEST_F(AlarmTest, DoesNotPileUpTimesItIsSetToAgain) {
  set(1h);
  for (auto i = 1; i <= 100; ++i) {
    set(i * 1s);
    system.advance(1s);
    set(1h); // is still set
  }
  system.advance(2h);
  EXPECT_EQ(rings.size(), 101u);
}

TEST_F(AlarmTest, DoesNotRingOnceItIsCleared) {
  set(5s);
  set(2s);
  clear();
  system.advance(1h);
  EXPECT_THAT(rings, IsEmpty());
}

TEST_F(AlarmTest, CanBeSetAgainAfterItWasCleared) {
  set(5s);
  clear();
  set(7s);
  system.advance(1h);
  EXPECT_THAT(rings, ElementsAre(7s));
}

TEST_F(AlarmTest, CanBeSetWhileItRings) {
  in_actor([this](auto& self, auto& one) {
    one.set(self, start + 1s, [this, &self, &one] {
      one.set(self, start + 3s,
              [this] { rings.push_back(system.now() - start); });
    });
  });
  system.advance(1h);
  EXPECT_THAT(rings, ElementsAre(3s));
}

TEST_F(AlarmTest, KeepsItsActorAliveUntilItIsCleared) {
  set(1h);
  set(1s);
  system.advance(1s); // the later one is still with the clock
  clear();
  dest = nullptr;
  EXPECT_TRUE(ended);
}

TEST_F(AlarmTest, LetsItsActorEndOnceItHasRung) {
  set(1s);
  dest = nullptr;
  EXPECT_FALSE(ended);
  system.advance(1s);
  EXPECT_TRUE(ended);
}

} // namespace
