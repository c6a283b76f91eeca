// The lock's actor, its condition too, and plain actors as their clients, in
// every order of their turns.

#include "model/scene.hpp"
#include "troupe/core/lock_actor.hpp"

#include <algorithm>
#include <set>

using namespace troupe;
using namespace troupe::testing;

namespace {

using enum verb;

class lock_scene final : public scene {
  void perform(scene_client& who, const act& what) override {
    switch (what.what) {
    case ask:
      return who.ask<v1::LockGranted>(
        mutex_, [this, &who](const auto& x) { enter(who, x.token()); },
        v1::LockAcquire{});
    case give_back:
      who.send(mutex_, with_token<v1::LockRelease>(who));
      leave(who);
      released_.insert(who.index);
      return who.go_on();
    case cancel:
      who.send(mutex_, withdrawal(who));
      who.given_up = true;
      leave(who);
      return who.go_on();
    case wait: {
      auto message = with_token<v1::ConditionWait>(who);
      leave(who);
      waits_.insert(who.index);
      return who.ask<v1::ConditionWoken>(
        mutex_, [this, &who](const auto& x) { enter(who, x.token()); },
        message);
    }
    case notify: {
      auto message = with_token<v1::ConditionNotify>(who);
      message.set_count(what.count);
      who.send(mutex_, message);
      notified_ = true;
      return who.go_on();
    }
    default:
      FAIL() << "no such act";
    }
  }

  void leave(scene_client& who) override {
    if (std::exchange(who.token, 0) != 0)
      --holders_;
  }

  /// It gets the lock again all the same.
  void revoke(scene_client& who) override {
    if (who.answered)
      return;
    revoked_.insert(who.index);
    who.send(mutex_, withdrawal(who));
  }

  void check_end() override {
    if (notified_) {
      auto goes_on = [&](auto i) {
        return released_.count(i) != 0 && revoked_.count(i) == 0;
      };
      EXPECT_TRUE(std::any_of(waits_.begin(), waits_.end(), goes_on)
                  || revoked_ == waits_)
        << "the notification was lost";
      notify_all();
    }
    EXPECT_EQ(std::count(ended.begin(), ended.end(), false), 0)
      << "somebody waits for ever";
    auto state = query<v1::LockState>(mutex_, v1::LockQuery{});
    EXPECT_FALSE(state.locked()) << "LK4, LK5";
    EXPECT_EQ(state.waiting(), 0u);
  }

  void notify_all() {
    system.get().spawn([this](caf::event_based_actor* self) {
      self->request(mutex_, caf::infinite, v1::LockAcquire{})
        .then([this, self](const v1::LockGranted& x) {
          v1::ConditionNotify all;
          all.set_token(x.token());
          self->send(mutex_, all); // and its end releases the lock
        });
    });
    system.run_ready();
  }

  void enter(scene_client& who, std::uint64_t token) {
    if (who.given_up)
      return;
    EXPECT_EQ(holders_++, 0) << "LK1";
    EXPECT_GT(token, last_token_) << "LK2";
    last_token_ = who.token = token;
  }

  void let_go() override { mutex_ = nullptr; }

  lock_actor mutex_ = spawn_lock(system.get());
  int holders_ = 0;
  std::uint64_t last_token_ = 0;
  bool notified_ = false;
  std::set<std::size_t> waits_; // for the condition, by their numbers
  std::set<std::size_t> released_;
  std::set<std::size_t> revoked_;
};

const script once{{ask}, {give_back}};
const script slowly{{ask}, {pass}, {give_back}};
const script gives_up{{ask}, {cancel}};
const script dies{{ask}, {die}};

TEST(LockActorModelTest, HoldsInEveryOrderOfThreeClients) {
  every_order<lock_scene>({}, {slowly, once, once});
}

TEST(LockActorModelTest, HoldsInEveryOrderOfACancel) {
  every_order<lock_scene>({}, {once, once, gives_up});
}

TEST(LockActorModelTest, HoldsInEveryOrderOfADeath) {
  every_order<lock_scene>({}, {slowly, once, dies});
}

const script waits{{ask}, {wait}, {give_back}};
const script notifies{{ask}, {notify}, {give_back}};

TEST(ConditionActorModelTest, HoldsInEveryOrderOfANotification) {
  every_order<lock_scene>({waits, waits}, {notifies, once});
}

TEST(ConditionActorModelTest, HoldsInEveryOrderOfACancel) {
  every_order<lock_scene>({waits, waits}, {notifies, {{revoke, 0}}});
}

TEST(ConditionActorModelTest, HoldsInEveryOrderOfTwoCancels) {
  every_order<lock_scene>({waits}, {notifies, {{revoke, 0}, {revoke, 0}}});
}

TEST(ConditionActorModelTest, HoldsInEveryOrderOfADeath) {
  every_order<lock_scene>({waits, waits}, {notifies, {{kill, 0}}});
}

} // namespace
