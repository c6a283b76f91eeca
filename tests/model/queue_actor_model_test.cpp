// The queues' actor, and plain actors as its clients, in every order of their
// turns.

#include "model/queue_scene.hpp"

#include <array>
#include <chrono>
#include <string>

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

using enum verb;

const script arrives{{ask}};
const script takes_two{{ask}, {ask}};
const script gives_up{{ask}, {cancel}};
const script dies{{ask}, {die}};
const script puts_two{{add, 1}, {add, 2}};
const script puts_three{{add, 2}, {add, 3}, {add, 1}};

// -- of each order ------------------------------------------------------------

class QueueActorModelTest : public ::testing::TestWithParam<queue_order> {
protected:
  static queue_options places(std::size_t count) {
    return queue_options{}.max_size(count).order(GetParam());
  }
};

std::string name_of(const ::testing::TestParamInfo<queue_order>& x) {
  static constexpr std::array names{"Fifo", "Lifo", "Priority"};
  return names.at(static_cast<std::size_t>(x.param));
}

INSTANTIATE_TEST_SUITE_P(Order, QueueActorModelTest,
                         ::testing::Values(queue_order::fifo, queue_order::lifo,
                                           queue_order::priority),
                         name_of);

TEST_P(QueueActorModelTest, HoldsInEveryOrderOfTwoGetters) {
  every_order(places(1), {}, {puts_two, arrives, arrives});
  every_order(places(2), {}, {puts_three, takes_two});
}

TEST_P(QueueActorModelTest, HoldsInEveryOrderOfTwoPutters) {
  every_order(places(1), {}, {puts_two, {{add, 3}}, takes_two});
}

TEST_P(QueueActorModelTest, GivesWhatIsInInItsOrder) {
  every_order(places(0), {puts_three}, {takes_two, {{ask}, {add, 4}}});
}

TEST_P(QueueActorModelTest, HoldsInEveryOrderOfACancelledGetter) {
  every_order(places(1), {}, {puts_two, gives_up, arrives});
  every_order(places(2), {puts_two}, {gives_up, arrives, {{add, 3}}});
}

TEST_P(QueueActorModelTest, HoldsInEveryOrderOfACancelledPutter) {
  every_order(places(1), {}, {{{add, 1}, {cancel}}, {{add, 2}}, arrives});
  every_order(places(1), {{{add, 3}}},
              {{{add, 1}, {cancel}}, {{add, 2}}, arrives});
}

TEST_P(QueueActorModelTest, HoldsInEveryOrderOfADeadGetter) {
  every_order(places(1), {}, {puts_two, dies, arrives});
  every_order(places(1), {arrives, arrives}, {puts_two, {{kill, 0}}});
}

TEST_P(QueueActorModelTest, HoldsInEveryOrderOfADeadPutter) {
  every_order(places(1), {},
              {{{add, 1}, {add, 2}, {die}}, {{add, 3}}, arrives});
  every_order(places(1), {puts_two}, {{{kill, 0}}, {{add, 3}}, takes_two});
}

// -- of who does not wait, or not for ever ------------------------------------

TEST_P(QueueActorModelTest, HoldsInEveryOrderOfOneWhoDoesNotWait) {
  every_order(places(1), {},
              {{{add, 1}, {add, 2, 0s}}, {{ask, 1, 0s}, {ask}}, arrives});
  every_order(places(1), {},
              {{{add, 1}, {add, 2, 0s}}, {{ask, 1, 0s}, {cancel}}});
}

TEST_P(QueueActorModelTest, HoldsInEveryOrderOfTimeLimits) {
  every_order(places(1), {}, {{{add, 1}, {add, 2, 1s}}, {{ask, 1, 1s}, {ask}}});
  every_order(places(1), {}, {{{add, 1, 1s}}, {{ask, 1, 1s}, {cancel}}});
}

// -- to the end ---------------------------------------------------------------

class QueueEndActorModelTest : public ::testing::TestWithParam<verb> {
protected:
  const script ends{{GetParam()}};
  const queue_options one_place = queue_options{}.max_size(1);
};

INSTANTIATE_TEST_SUITE_P(Way, QueueEndActorModelTest,
                         ::testing::Values(shut_down, shut_down_at_once),
                         [](const auto& x) {
                           return x.param == shut_down ? "Gracefully"
                                                       : "AtOnce";
                         });

TEST_P(QueueEndActorModelTest, HoldsInEveryOrderOfAPutterAndAGetter) {
  every_order(one_place, {}, {puts_two, takes_two, ends});
}

TEST_P(QueueEndActorModelTest, HoldsInEveryOrderOfACancelledGetter) {
  every_order(one_place, {}, {puts_two, gives_up, ends});
}

TEST_P(QueueEndActorModelTest, HoldsInEveryOrderOfACancelledPutter) {
  every_order(one_place, {{{add, 2}}}, {{{add, 1}, {cancel}}, arrives, ends});
}

TEST_P(QueueEndActorModelTest, HoldsInEveryOrderOfADeath) {
  every_order(one_place, {}, {puts_two, dies, ends});
}

TEST_P(QueueEndActorModelTest, HoldsInEveryOrderOfAJoin) {
  every_order(one_place, {}, {{{add, 1}, {join}}, {{ask}, {say_done}}, ends});
}

TEST_P(QueueEndActorModelTest, HoldsInEveryOrderOfAJoinAndACancel) {
  every_order(one_place, {puts_two}, {{{join}}, gives_up, ends});
}

// -- join ---------------------------------------------------------------------

const script works{{ask}, {say_done}};

TEST(QueueJoinActorModelTest, HoldsInEveryOrderOfTwoWorkers) {
  every_order({}, {}, {{{add, 1}, {add, 2}, {join}}, works, works});
}

TEST(QueueJoinActorModelTest, HoldsInEveryOrderOfACancel) {
  every_order({}, {}, {{{add, 1}}, works, {{join}, {cancel}}});
}

TEST(QueueJoinActorModelTest, HoldsInEveryOrderOfADeath) {
  every_order({}, {}, {{{add, 1}, {join}}, works, {{join}, {die}}});
}

TEST(QueueJoinActorModelTest, HoldsInEveryOrderOfTaskDoneSaidTooOften) {
  every_order({}, {}, {{{add, 1}, {join}}, works, {{say_done, 2}}});
}

} // namespace
