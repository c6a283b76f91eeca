#include "model/exploration.hpp"
#include "model/lease_world.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace troupe::testing {
namespace {

using act = lease_world::act;
using script = lease_world::script;

/// How often that happened in all orders.
struct counts {
  std::size_t again = 0;   // it was taken again
  std::size_t refused = 0; // somebody was too late
};

counts play_all(const std::vector<script>& scripts,
                std::size_t tasks_of_first = 1) {
  counts result;
  explore_all([&](choices& way) {
    lease_world all{scripts, tasks_of_first};
    all.play(way);
    result.again += all.taken_again();
    result.refused += all.refused();
  });
  return result;
}

void every_order(const std::vector<script>& scripts,
                 std::size_t tasks_of_first = 1) {
  EXPECT_GT(play_all(scripts, tasks_of_first).again, 0u)
    << "it was never taken again";
}

const script twice{act::acquire, act::release, act::acquire, act::release};
const script once{act::acquire, act::release};

TEST(LeaseModelTest, HoldsInEveryOrderOfTwoClientsThatAcquireTwice) {
  every_order({twice, twice});
}

TEST(LeaseModelTest, HoldsInEveryOrderOfThreeClients) {
  every_order({twice, once, once});
}

TEST(LeaseModelTest, HoldsInEveryOrderOfACancel) {
  every_order({twice, {act::acquire, act::cancel}});
}

TEST(LeaseModelTest, HoldsInEveryOrderOfADeath) {
  every_order({twice, {act::acquire, act::release, act::acquire, act::die}});
}

TEST(LeaseModelTest, HoldsInEveryOrderOfADeathWhileWhatItHeldLivesOn) {
  every_order({twice, {act::acquire, act::release, act::acquire, act::lose}});
}

TEST(LeaseModelTest, HoldsInEveryOrderOfTwoTasksOfAClient) {
  every_order({twice, twice}, 2);
  every_order({twice, once, once}, 2);
}

TEST(LeaseModelTest, HoldsInEveryOrderOfADeathOfTwoTasks) {
  every_order({twice, {act::acquire, act::die}, once}, 2);
}

TEST(LeaseModelTest, HoldsInEveryOrderOfATimeLimit) {
  const script soon{act::acquire_soon, act::release, act::acquire,
                    act::release};
  EXPECT_GT(play_all({twice, soon}).refused, 0u);
  EXPECT_GT(play_all({twice, once, {act::acquire_soon, act::release}}).refused,
            0u);
}

TEST(LeaseModelTest, HoldsInEveryOrderOfATry) {
  const script tries{act::try_acquire, act::release, act::try_acquire,
                     act::release};
  EXPECT_GT(play_all({twice, tries}).refused, 0u);
}

const script waits{act::acquire, act::wait, act::release};
const script notifies{act::acquire, act::release, act::acquire, act::notify,
                      act::release};

TEST(LeaseModelTest, HoldsInEveryOrderOfANotification) {
  every_order({notifies, waits});
  every_order({notifies, waits, waits});
}

TEST(LeaseModelTest, HoldsInEveryOrderOfACancelledWait) {
  const script gives_up{act::acquire, act::wait,    act::cancel,
                        act::release, act::acquire, act::release};
  every_order({notifies, gives_up});
  play_all({{act::acquire, act::notify, act::release},
            {act::acquire, act::wait, act::cancel, act::release},
            waits});
}

TEST(LeaseModelTest, HoldsInEveryOrderOfADeathWithANotification) {
  every_order(
    {{act::acquire, act::release, act::acquire, act::notify, act::die}, waits});
}

TEST(LeaseModelTest, HoldsInRandomOrdersOfUpToFourClients) {
  explore_random(20'000, lease_world::play_any);
}

} // namespace
} // namespace troupe::testing
