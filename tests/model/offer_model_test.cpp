#include "model/exploration.hpp"
#include "model/offer_world.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace troupe::testing {
namespace {

using act = offer_act;
using script = offer_script;

void every_order(const std::vector<script>& scripts) {
  explore_all([&](choices& way) { offer_world{scripts}.play(way); });
}

const script puts{act::put, act::put};
const script gets{act::get, act::get};
const script polls{act::poll, act::poll};
const script chooses{act::choose, act::choose};
const script dies{act::choose, act::die};

TEST(OfferModelTest, HoldsInEveryOrderOfOneThatChoosesAndOneThatGets) {
  every_order({puts, gets, chooses});
}

TEST(OfferModelTest, HoldsInEveryOrderOfTwoThatChoose) {
  every_order({puts, chooses, chooses});
}

TEST(OfferModelTest, HoldsInEveryOrderOfOneThatDoesNotWait) {
  every_order({puts, polls, chooses});
}

TEST(OfferModelTest, HoldsInEveryOrderOfADeath) {
  every_order({puts, gets, dies, chooses});
}

TEST(OfferModelTest, HoldsInRandomOrdersOfUpToFourClients) {
  explore_random(20'000, offer_world::play_any);
}

} // namespace
} // namespace troupe::testing
