// The rules of event, barrier and rate_limiter: every order of a few clients,
// and random orders of more.

#include "model/barrier_world.hpp"
#include "model/event_world.hpp"
#include "model/exploration.hpp"
#include "model/rate_world.hpp"

using namespace troupe;
using namespace troupe::testing;

namespace {

using namespace std::chrono_literals;
using enum verb;

template <class World, class... Option>
void every_order_of(const scripts& what, const Option&... option) {
  explore_all([&](choices& way) { World{what, option...}.play(way); });
}

const script twice{{ask}, {ask}};
const script thrice{{ask}, {ask}, {ask}};
const script gives_up{{ask}, {cancel}, {ask}, {cancel}};
const script dies{{ask}, {die}};

// -- event --------------------------------------------------------------------

const script sets{{set}, {clear}, {set}};

TEST(EventModelTest, HoldsInEveryOrderOfTwoThatWaitTwice) {
  every_order_of<event_world>({twice, twice, sets, {{clear}, {set}}});
}

TEST(EventModelTest, HoldsInEveryOrderOfACancel) {
  every_order_of<event_world>({twice, gives_up, sets});
}

TEST(EventModelTest, HoldsInEveryOrderOfADeath) {
  every_order_of<event_world>({twice, twice, dies, sets});
}

TEST(EventModelTest, HoldsInEveryOrderOfATimeLimit) {
  script hasty{{ask, 1, 1s}, {ask, 1, 0s}};
  every_order_of<event_world>({twice, hasty, sets, {{pass, 1}, {pass, 1}}});
}

TEST(EventModelTest, HoldsInRandomOrdersOfUpToFiveClients) {
  explore_random(20'000, event_world::play_any);
}

// -- barrier ------------------------------------------------------------------

constexpr std::size_t parties = 2;

TEST(BarrierModelTest, HoldsInEveryOrderOfThreeClientsAndTwoParties) {
  every_order_of<barrier_world>({thrice, thrice, thrice}, parties);
}

TEST(BarrierModelTest, HoldsInEveryOrderOfACancel) {
  every_order_of<barrier_world>({thrice, thrice, gives_up}, parties);
}

TEST(BarrierModelTest, HoldsInEveryOrderOfADeath) {
  every_order_of<barrier_world>({thrice, thrice, dies}, parties);
  every_order_of<barrier_world>({thrice, thrice, dies, {{reset}}}, parties,
                                barrier_options{}.break_on_death(true));
}

TEST(BarrierModelTest, HoldsInEveryOrderOfAnAbortAndAReset) {
  every_order_of<barrier_world>({thrice, twice, {{abort}, {reset}}}, parties);
}

TEST(BarrierModelTest, HoldsInRandomOrdersOfUpToFiveClients) {
  explore_random(20'000, barrier_world::play_any);
}

// -- rate_limiter -------------------------------------------------------------

const script some{{ask, 1}, {ask, 2}};
const script of_both_keys{{ask, 2}, {ask, 3}};
const script seconds_pass{{pass, 1}, {pass, 2}, {pass, 3}};

TEST(RateModelTest, HoldsInEveryOrderOfTwoClientsAndTime) {
  every_order_of<rate_world>({some, of_both_keys, some, seconds_pass});
}

TEST(RateModelTest, HoldsInEveryOrderOfACancel) {
  every_order_of<rate_world>({some, {{ask, 2}, {cancel}}, some, seconds_pass});
}

TEST(RateModelTest, HoldsInEveryOrderOfADeath) {
  every_order_of<rate_world>({some, {{ask, 2}, {die}}, some, seconds_pass});
}

TEST(RateModelTest, HoldsInEveryOrderOfATimeLimit) {
  script hasty{{ask, 2, 1s}, {ask, 1, 0s}};
  every_order_of<rate_world>({some, hasty, some, seconds_pass});
}

TEST(RateModelTest, HoldsInRandomOrdersOfUpToFiveClients) {
  explore_random(20'000, rate_world::play_any);
}

} // namespace
