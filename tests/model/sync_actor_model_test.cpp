// The actors of lock, condition, semaphore, barrier and queue, and plain actors
// as their clients, in every order of their turns.

#include "model/scene.hpp"
#include "troupe/core/barrier_actor.hpp"
#include "troupe/core/lock_actor.hpp"
#include "troupe/core/queue_actor.hpp"
#include "troupe/core/semaphore_actor.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

using namespace troupe;
using namespace troupe::testing;

namespace {

using enum verb;

template <class Message>
Message with_token(const scene_client& who) {
  Message result;
  result.set_token(who.token);
  return result;
}

v1::Withdraw withdrawal(const scene_client& who) {
  v1::Withdraw result;
  result.set_ticket(who.ticket);
  return result;
}

// -- lock and condition -------------------------------------------------------

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

template <class Scene>
void every_order(const scripts& first, const scripts& others) {
  explore_all([&](choices& way) { Scene{}.play(first, others, way); });
}

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

// -- semaphore ----------------------------------------------------------------

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

const script arrives{{ask}};

TEST(BarrierActorModelTest, HoldsInEveryOrderOfFourClients) {
  every_order<barrier_scene>({}, {arrives, arrives, arrives, arrives});
}

TEST(BarrierActorModelTest, HoldsInEveryOrderOfACancel) {
  every_order<barrier_scene>({}, {arrives, arrives, gives_up});
}

TEST(BarrierActorModelTest, HoldsInEveryOrderOfADeath) {
  every_order<barrier_scene>({}, {arrives, arrives, dies});
}

// -- queue --------------------------------------------------------------------

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
