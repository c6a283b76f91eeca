// The actors of event and barrier, and plain actors as their clients, in every
// order of their turns.

#include "model/scene.hpp"
#include "troupe/core/barrier_actor.hpp"
#include "troupe/core/event_actor.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <utility>

using namespace troupe;
using namespace troupe::testing;

namespace {

using enum verb;

const script arrives{{ask}};
const script gives_up{{ask}, {cancel}};
const script dies{{ask}, {die}};

// -- event --------------------------------------------------------------------

/// Messages of one thread arrive in their order, so it is known beforehand when
/// each wait ends.
class event_scene final : public scene {
  void perform(scene_client& who, const act& what) override {
    switch (what.what) {
    case ask:
      who.count = set_ ? generation_ : generation_ + 1;
      if (!set_)
        asleep_.insert(who.index);
      return who.ask<v1::EventHappened>(
        event_,
        [this, &who](const auto& x) {
          EXPECT_EQ(x.generation(), who.count) << "another one was meant";
          EXPECT_LE(x.generation(), generation_) << "it was not set yet";
        },
        v1::EventWait{});
    case cancel:
      who.send(event_, withdrawal(who));
      who.given_up = true;
      leave(who);
      return who.go_on();
    case verb::set:
      generation_ += std::exchange(set_, true) ? 0 : 1;
      asleep_.clear();
      caf::anon_send(event_, v1::EventSet{});
      return who.go_on();
    case clear:
      set_ = false;
      caf::anon_send(event_, v1::EventClear{});
      return who.go_on();
    default:
      FAIL() << "no such act";
    }
  }

  void leave(scene_client& who) override { asleep_.erase(who.index); }

  void check_end() override {
    auto state = query<v1::EventState>(event_, v1::EventQuery{});
    EXPECT_EQ(state.set(), set_);
    EXPECT_EQ(state.generation(), generation_);
    EXPECT_EQ(state.waiting(), asleep_.size());
    for (std::size_t i = 0; i != ended.size(); ++i)
      EXPECT_EQ(ended[i], !asleep_.contains(i)) << i;
  }

  void let_go() override { event_ = nullptr; }

  event_actor event_ = spawn_event(system.get());
  bool set_ = false;
  std::uint64_t generation_ = 0;
  std::set<std::size_t> asleep_; // by their numbers
};

const script sets{{verb::set}, {pass}, {clear}};

TEST(EventActorModelTest, HoldsInEveryOrderOfThreeThatWait) {
  every_order<event_scene>({}, {arrives, arrives, {{ask}, {ask}}, sets});
}

TEST(EventActorModelTest, HoldsInEveryOrderOfTwoThatSetIt) {
  every_order<event_scene>({}, {{{ask}, {ask}}, sets, sets});
}

TEST(EventActorModelTest, HoldsInEveryOrderOfACancel) {
  every_order<event_scene>({}, {gives_up, {{ask}, {ask}}, sets});
}

TEST(EventActorModelTest, HoldsInEveryOrderOfADeath) {
  every_order<event_scene>({}, {dies, {{ask}, {ask}}, sets});
}

// -- barrier ------------------------------------------------------------------

class barrier_scene final : public scene {
  static constexpr std::size_t parties = 2;

  void perform(scene_client& who, const act& what) override {
    switch (what.what) {
    case ask:
      return who.ask<v1::BarrierPassed>(
        barrier_, [this](const auto& x) { ++passed_.at(x.index()); },
        v1::BarrierWait{});
    case cancel: // what has passed has passed
      who.send(barrier_, withdrawal(who));
      return who.go_on();
    default:
      FAIL() << "no such act";
    }
  }

  void leave(scene_client&) override { ++deaths_; }

  void check_end() override {
    auto state = query<v1::BarrierState>(barrier_, v1::BarrierQuery{});
    auto asleep = std::count(ended.begin(), ended.end(), false);
    EXPECT_EQ(static_cast<std::uint64_t>(asleep), state.waiting());
    EXPECT_LT(state.waiting(), parties);
    EXPECT_LE(std::abs(passed_[0] - passed_[1]), deaths_)
      << "somebody passed alone";
  }

  void let_go() override { barrier_ = nullptr; }

  barrier_actor barrier_ = spawn_barrier(system.get(), parties, {});
  std::array<int, parties> passed_{}; // by index
  int deaths_ = 0;                    // of whom one may have passed
};

TEST(BarrierActorModelTest, HoldsInEveryOrderOfFourClients) {
  every_order<barrier_scene>({}, {arrives, arrives, arrives, arrives});
}

TEST(BarrierActorModelTest, HoldsInEveryOrderOfACancel) {
  every_order<barrier_scene>({}, {arrives, arrives, gives_up});
}

TEST(BarrierActorModelTest, HoldsInEveryOrderOfADeath) {
  every_order<barrier_scene>({}, {arrives, arrives, dies});
}

} // namespace
