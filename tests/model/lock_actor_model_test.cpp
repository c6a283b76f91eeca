// The lock's actor, as a lock, a reentrant one, one that readers share, and
// with a condition, and plain actors as its clients, in every order of their
// turns.

#include "model/scene.hpp"
#include "troupe/core/lock_actor.hpp"

#include <algorithm>
#include <set>

using namespace troupe;
using namespace troupe::testing;

namespace {

using enum verb;

class lock_scene : public scene {
public:
  explicit lock_scene(const lock_options& options = lock_options{})
    : mutex_(spawn_lock(system.get(), options)) {}

  /// Most that shared it at once.
  [[nodiscard]] std::size_t together() const noexcept { return together_; }
  [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }

private:
  enum line : std::uint64_t { for_lock, for_condition, no_more };

  void perform(scene_client& who, const act& what) override {
    switch (what.what) {
    case ask:
    case share: {
      auto shared = what.what == share;
      v1::LockAcquire message;
      message.set_shared(shared);
      if (what.limit != forever)
        message.set_wait_ms(to_ms(what.limit));
      who.line = for_lock;
      return who.ask<v1::LockGranted>(
        mutex_,
        [this, &who, shared](const auto& x) {
          acquired(who, x.token(), shared);
        },
        message);
    }
    case give_back:
      if (who.count != 0) {
        who.send(mutex_, with_token<v1::LockRelease>(who));
        lose_one(who);
        released_.insert(who.index);
      }
      return who.go_on();
    case cancel:
      who.send(mutex_, withdrawal(who));
      if (who.answered)
        lose_one(who);
      who.given_up = true;
      return who.go_on();
    case wait: {
      auto message = with_token<v1::ConditionWait>(who);
      leave(who);
      waits_.insert(who.index);
      who.line = for_condition;
      return who.ask<v1::ConditionWoken>(
        mutex_, [this, &who](const auto& x) { woken(who, x.token()); },
        message);
    }
    case notify: {
      auto message = with_token<v1::ConditionNotify>(who);
      message.set_count(what.count);
      who.send(mutex_, message);
      notified_ = asked;
      return who.go_on();
    }
    default:
      FAIL() << "no such act";
    }
  }

  void lose_one(scene_client& who) {
    if (who.count > 1)
      --who.count;
    else
      leave(who);
  }

  void leave(scene_client& who) override {
    alone_.erase(who.index);
    sharing_.erase(who.index);
    who.token = who.count = 0;
  }

  /// It gets the lock again all the same.
  void revoke(scene_client& who) override {
    if (who.answered)
      return;
    revoked_.insert(who.index);
    who.line = no_more;
    who.send(mutex_, withdrawal(who));
  }

  bool refuse(scene_client&, errc why) override {
    timed_out_ = why == errc::timed_out;
    return timed_out_;
  }

  void check_end() override {
    if (notified_ != 0) {
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

  void acquired(scene_client& who, std::uint64_t token, bool shared) {
    if (who.given_up)
      return;
    if (who.count++ != 0) {
      EXPECT_EQ(token, who.token) << "another token for what it has";
      return;
    }
    expect_turn(who);
    enter(who, token, shared);
  }

  /// Who is told comes after those that waited for the lock then.
  void woken(scene_client& who, std::uint64_t token) {
    if (revoked_.count(who.index) == 0) {
      expect_turn(who);
      expect_served(for_lock, notified_);
    }
    who.count = 1;
    enter(who, token, false);
  }

  /// Those that share it may hear of that in any order.
  void enter(scene_client& who, std::uint64_t token, bool shared) {
    EXPECT_TRUE(alone_.empty() && (shared || sharing_.empty())) << "LK1";
    EXPECT_GT(token, shared ? last_alone_ : *tokens_.rbegin()) << "LK2";
    EXPECT_TRUE(tokens_.insert(token).second) << "LK2";
    if (!shared)
      last_alone_ = token;
    (shared ? sharing_ : alone_).insert(who.index);
    together_ = std::max(together_, sharing_.size());
    who.token = token;
  }

  void let_go() override { mutex_ = nullptr; }

  lock_actor mutex_;
  std::set<std::size_t> alone_; // who has it, by their numbers
  std::set<std::size_t> sharing_;
  std::size_t together_ = 0;
  std::set<std::uint64_t> tokens_{0};
  std::uint64_t last_alone_ = 0;
  std::uint64_t notified_ = 0;  // after so many requests
  std::set<std::size_t> waits_; // for the condition
  std::set<std::size_t> released_;
  std::set<std::size_t> revoked_;
  bool timed_out_ = false;
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

TEST(LockActorModelTest, HoldsInEveryOrderOfATimeLimit) {
  const script impatient{{ask, 1, std::chrono::seconds{1}}, {give_back}};
  auto timed_out = 0;
  explore_all([&](choices& way) {
    lock_scene all;
    all.play({}, {slowly, once, impatient}, way);
    timed_out += all.timed_out() ? 1 : 0;
  });
  EXPECT_GT(timed_out, 0);
}

// -- reentrant ----------------------------------------------------------------

class rlock_scene final : public lock_scene {
public:
  rlock_scene() : lock_scene(lock_options{}.reentrant(true)) {}
};

const script nests{{ask}, {ask}, {give_back}, {pass}, {give_back}};

TEST(RlockActorModelTest, HoldsInEveryOrderOfTwoClients) {
  every_order<rlock_scene>({}, {nests, nests});
}

TEST(RlockActorModelTest, HoldsInEveryOrderOfACancel) {
  every_order<rlock_scene>(
    {}, {once, {{ask}, {ask}, {cancel}, {pass}, {give_back}}});
}

TEST(RlockActorModelTest, HoldsInEveryOrderOfADeath) {
  every_order<rlock_scene>({}, {once, once, {{ask}, {ask}, {die}}});
}

// -- shared by readers --------------------------------------------------------

const script reads{{share}, {give_back}};
const script reads_slowly{{share}, {pass}, {give_back}};
const script& writes = once;

TEST(RwlockActorModelTest, HoldsInEveryOrderOfTwoReadersAndAWriter) {
  std::size_t together = 0;
  explore_all([&](choices& way) {
    lock_scene all;
    all.play({}, {reads_slowly, reads, writes}, way);
    together = std::max(together, all.together());
  });
  EXPECT_EQ(together, 2u) << "they never read together";
}

TEST(RwlockActorModelTest, HoldsInEveryOrderOfACancelOfAReader) {
  every_order<lock_scene>({}, {reads, writes, {{share}, {cancel}}});
}

TEST(RwlockActorModelTest, HoldsInEveryOrderOfACancelOfAWriter) {
  every_order<lock_scene>({}, {reads, reads, gives_up});
}

TEST(RwlockActorModelTest, HoldsInEveryOrderOfADeathOfAReader) {
  every_order<lock_scene>({}, {reads_slowly, writes, {{share}, {die}}});
}

TEST(RwlockActorModelTest, HoldsInEveryOrderOfADeathOfAWriter) {
  every_order<lock_scene>({}, {reads_slowly, reads, dies});
}

// -- condition ----------------------------------------------------------------

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
