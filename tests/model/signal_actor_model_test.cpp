// The barrier's actor, and plain actors as its clients, in every order of their
// turns.

#include "model/scene.hpp"
#include "troupe/core/barrier_actor.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

using namespace troupe;
using namespace troupe::testing;

namespace {

using enum verb;

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

const script arrives{{ask}};
const script gives_up{{ask}, {cancel}};
const script dies{{ask}, {die}};

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
