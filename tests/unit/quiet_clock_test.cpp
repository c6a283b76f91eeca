#include "troupe/core/detail/quiet_clock.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace troupe::detail {

namespace {

using namespace std::chrono_literals;

class QuietClockTest : public ::testing::Test {
protected:
  caf::abstract_actor* get() {
    return caf::actor_cast<caf::abstract_actor*>(one);
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  // Lazily, so that it has no thread but that of the test.
  caf::actor one = system.spawn<caf::lazy_init>(
    [](caf::event_based_actor*) { return caf::behavior{[](int) {}}; });
  quiet_clock clock;
};

TEST_F(QuietClockTest, HearsNothingOfActorsThatEndWithoutTimers) {
  // Nobody takes what it hears, and there is room for 63.
  for (int i = 0; i < 100; ++i)
    clock.cancel_timeouts(get());
}

TEST_F(QuietClockTest, HearsOnceThatAnActorWithTimersEnds) {
  for (int i = 0; i < 30; ++i) {
    clock.set_request_timeout(clock.now() + 1h, get(), caf::make_message_id());
    for (int k = 0; k < 30; ++k)
      clock.cancel_timeouts(get());
  }
}

TEST_F(QuietClockTest, HearsNothingOnceItHasStopped) {
  clock.start(system);
  clock.set_multi_timeout(clock.now() + 1h, get(), caf::atom("tick"), 1);
  clock.stop();
  for (int i = 0; i < 100; ++i)
    clock.cancel_timeouts(get());
}

TEST_F(QuietClockTest, DropsTheTimersOfAnActorThatEnds) {
  clock.start(system);
  clock.set_ordinary_timeout(clock.now() + 1h, get(), caf::atom("tick"), 1);
  clock.cancel_timeouts(get());
  one = nullptr;
  system.await_all_actors_done(); // the timer kept it
  clock.stop();
}

} // namespace

} // namespace troupe::detail
