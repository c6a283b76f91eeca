// The queue's actor and clients whom it only offers its items, as select has
// it, in every order of their turns.

#include "model/queue_scene.hpp"

#include <chrono>

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

using enum verb;

const script arrives{{ask}};
const script puts_two{{add, 1}, {add, 2}};
const script takes{{offer}, {take}};
const script declines{{offer}, {decline}};
const script gives_up{{offer}, {cancel}};
const script dies{{offer}, {die}};

const queue_options one_place = queue_options{}.max_size(1);

TEST(OfferActorModelTest, HoldsInEveryOrderOfTwoWhoTake) {
  every_order(one_place, {}, {puts_two, takes, takes});
}

TEST(OfferActorModelTest, HoldsInEveryOrderOfOneWhoDeclines) {
  every_order(one_place, {}, {puts_two, declines, takes});
  every_order(one_place, {}, {puts_two, declines, arrives});
}

TEST(OfferActorModelTest, HoldsInEveryOrderOfOneWhoGivesUp) {
  every_order(one_place, {}, {puts_two, gives_up, takes});
  every_order(one_place, {}, {puts_two, gives_up, arrives});
}

TEST(OfferActorModelTest, HoldsInEveryOrderOfADeath) {
  every_order(one_place, {}, {puts_two, dies, takes});
  every_order(one_place, {}, {puts_two, dies, arrives});
}

TEST(OfferActorModelTest, HoldsInEveryOrderOfACancelledGetter) {
  every_order(one_place, {}, {puts_two, {{ask}, {cancel}}, takes});
}

TEST(OfferActorModelTest, HoldsInEveryOrderOfOneWhoDoesNotWait) {
  every_order(one_place, {},
              {puts_two, {{offer, 1, 0s}, {take}}, {{ask, 1, 0s}}});
}

TEST(OfferActorModelTest, HoldsInEveryOrderOfAShutdown) {
  for (auto end : {shut_down, shut_down_at_once})
    for (const auto& chooses : {takes, declines, gives_up})
      every_order(one_place, {puts_two}, {chooses, arrives, {{end}}});
}

} // namespace
