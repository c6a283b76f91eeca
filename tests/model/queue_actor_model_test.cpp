// The queue's actor, and plain actors as its clients, in every order of their
// turns.

#include "model/scene.hpp"
#include "troupe/core/queue_actor.hpp"

#include <set>

using namespace troupe;
using namespace troupe::testing;

namespace {

using enum verb;

class queue_scene final : public scene {
  void perform(scene_client& who, const act& what) override {
    switch (what.what) {
    case add:
      put_.insert(what.count);
      return who.ask<v1::QueueAccepted>(
        queue_, [](const auto&) {}, v1::QueuePut{},
        payload{static_cast<std::int64_t>(what.count)});
    case ask:
      return who.ask<v1::QueueItem, payload>(
        queue_,
        [this, &who](const v1::QueueItem& place, const payload& value) {
          if (who.given_up)
            give_back_to(who, place, value);
          else
            take(value);
        },
        v1::QueueGet{});
    case cancel: {
      v1::QueueCancel message;
      message.set_ticket(who.ticket);
      who.send(queue_, message);
      who.given_up = true;
      return who.go_on();
    }
    default:
      FAIL() << "no such act";
    }
  }

  void leave(scene_client&) override { ++deaths_; }

  void check_end() override {
    while (query<v1::QueueState>(queue_, v1::QueueQuery{}).size() != 0)
      take_the_rest();
    EXPECT_LE(put_.size() - taken_.size(), deaths_) << "an item was lost";
    auto state = query<v1::QueueState>(queue_, v1::QueueQuery{});
    EXPECT_EQ(state.putters(), 0u);
  }

  void take(const payload& value) {
    auto number = static_cast<std::uint64_t>(value.as<std::int64_t>().value());
    EXPECT_TRUE(put_.count(number)) << "from nowhere";
    EXPECT_TRUE(taken_.insert(number).second) << "twice";
  }

  void give_back_to(scene_client& who, const v1::QueueItem& place,
                    const payload& value) {
    v1::QueueGiveBack message;
    message.mutable_items()->add_seq(place.seq());
    who.send(queue_, message, payloads{value});
  }

  void take_the_rest() {
    system.get().spawn([this](caf::event_based_actor* self) {
      v1::QueueGetMany all;
      all.set_max_items(9);
      self->request(queue_, caf::infinite, all)
        .then([this](const v1::QueueItems&, const payloads& values) {
          for (const auto& value : values)
            take(value);
        });
    });
    system.run_ready();
  }

  void let_go() override { queue_ = nullptr; }

  queue_actor queue_ = spawn_queue(system.get(), queue_options{}.max_size(1));
  std::set<std::uint64_t> put_;
  std::set<std::uint64_t> taken_;
  std::size_t deaths_ = 0; // of whom each may have taken one
};

const script arrives{{ask}};
const script gives_up{{ask}, {cancel}};
const script dies{{ask}, {die}};
const script puts_two{{add, 1}, {add, 2}};

TEST(QueueActorModelTest, HoldsInEveryOrderOfTwoGetters) {
  every_order<queue_scene>({}, {puts_two, arrives, arrives});
}

TEST(QueueActorModelTest, HoldsInEveryOrderOfACancel) {
  every_order<queue_scene>({}, {puts_two, gives_up, arrives});
}

TEST(QueueActorModelTest, HoldsInEveryOrderOfADeath) {
  every_order<queue_scene>({}, {puts_two, dies, arrives});
  every_order<queue_scene>({},
                           {{{add, 1}, {add, 2}, {die}}, {{add, 3}}, arrives});
}

} // namespace
