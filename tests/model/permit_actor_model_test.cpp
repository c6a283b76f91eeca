// The semaphore's actor, and plain actors as its clients, in every order of
// their turns.

#include "model/scene.hpp"
#include "troupe/core/semaphore_actor.hpp"

#include <algorithm>

using namespace troupe;
using namespace troupe::testing;

namespace {

using enum verb;

class semaphore_scene final : public scene {
  static constexpr std::uint64_t all = 2;

  void perform(scene_client& who, const act& what) override {
    switch (what.what) {
    case ask: {
      v1::SemaphoreAcquire message;
      message.set_count(what.count);
      return who.ask<v1::SemaphoreGranted>(
        permits_,
        [this, &who, count = what.count](const auto& x) {
          if (who.given_up)
            return;
          EXPECT_LE(held_ += count, all) << "SM1";
          who.count = count;
          who.token = x.token();
        },
        message);
    }
    case give_back:
      who.send(permits_, with_token<v1::SemaphoreRelease>(who));
      leave(who);
      return who.go_on();
    case cancel:
      who.send(permits_, withdrawal(who));
      who.given_up = true;
      leave(who);
      return who.go_on();
    default:
      FAIL() << "no such act";
    }
  }

  void leave(scene_client& who) override {
    held_ -= std::exchange(who.count, 0);
  }

  void check_end() override {
    EXPECT_EQ(std::count(ended.begin(), ended.end(), false), 0)
      << "somebody waits for ever";
    auto state = query<v1::SemaphoreState>(permits_, v1::SemaphoreQuery{});
    EXPECT_EQ(state.available(), all) << "SM2";
    EXPECT_EQ(state.waiting(), 0u);
  }

  void let_go() override { permits_ = nullptr; }

  semaphore_actor permits_ =
    spawn_semaphore(system.get(), permit_options{}.permits(all).bound(all));
  std::uint64_t held_ = 0;
};

const script once{{ask}, {give_back}};
const script slowly{{ask}, {pass}, {give_back}};
const script both{{ask, 2}, {give_back}};

TEST(SemaphoreActorModelTest, HoldsInEveryOrderOfFewAndMany) {
  every_order<semaphore_scene>({}, {slowly, once, both});
}

TEST(SemaphoreActorModelTest, HoldsInEveryOrderOfACancel) {
  every_order<semaphore_scene>({}, {once, both, {{ask, 2}, {cancel}}});
}

TEST(SemaphoreActorModelTest, HoldsInEveryOrderOfADeath) {
  every_order<semaphore_scene>({}, {slowly, both, {{ask, 2}, {die}}});
}

} // namespace
