#include "conformance/condition_users.hpp"

#include <cstddef>
#include <string>

// asyncio-behaviours, section 3: each row with tasks, and with plain actors.
// They have the lock when they are "woken", and when their wait was cancelled.
namespace troupe {
namespace {

template <class User>
class ConditionConformanceTest : public users_fixture<User> {
protected:
  bool locked() { return User::is_locked(this->system, this->used); }

  void acquire(User& user) {
    user.acquire();
    this->settle();
    EXPECT_EQ(user.state, "has");
  }
  void release(User& user) {
    user.release();
    this->settle();
    EXPECT_EQ(user.state, "released");
  }
  /// They acquire the lock and wait, one after the other.
  template <class... Users>
  void wait(Users&... users) {
    (wait_as(users), ...);
  }
  /// Has the lock for no longer than it takes to tell so many.
  std::string notify_by(User& user, std::size_t count) {
    acquire(user);
    user.notify(count);
    this->settle();
    auto result = user.state;
    release(user);
    return result;
  }

private:
  void wait_as(User& user) {
    acquire(user);
    user.wait();
    this->settle();
    EXPECT_EQ(user.state, "waits");
  }
};

using users = ::testing::Types<condition_task_user, condition_actor_user>;
TYPED_TEST_SUITE(ConditionConformanceTest, users, form_names);

TYPED_TEST(ConditionConformanceTest, C1_AWaitIsWithoutTheLockUntilItReturns) {
  this->wait(this->a);
  EXPECT_FALSE(this->locked());
  EXPECT_EQ(this->notify_by(this->b, 1), "told 1");
  EXPECT_EQ(this->a.state, "woken");
  EXPECT_TRUE(this->locked());
  this->release(this->a);
  EXPECT_FALSE(this->locked());
}

TYPED_TEST(ConditionConformanceTest, C2_TheNotifiedWaitForTheLock) {
  this->wait(this->a);
  this->acquire(this->b);
  this->b.notify();
  this->settle();
  EXPECT_EQ(this->a.state, "waits");
  this->release(this->b);
  EXPECT_EQ(this->a.state, "woken");
}

TYPED_TEST(ConditionConformanceTest, C3_TheNotifiedLeaveOneByOneInTheirOrder) {
  this->wait(this->a, this->b, this->c);
  EXPECT_EQ(this->notify_by(this->d, 2), "told 2");
  EXPECT_THAT(this->states(),
              ElementsAre("woken", "waits", "waits", "released"));
  this->release(this->a);
  EXPECT_THAT(this->states(),
              ElementsAre("released", "woken", "waits", "released"));
  this->release(this->b);
  EXPECT_EQ(this->c.state, "waits");
  EXPECT_FALSE(this->locked());
}

TYPED_TEST(ConditionConformanceTest, C4_ANotifyWakesAtMostSoMany) {
  this->wait(this->a, this->b, this->c);
  EXPECT_EQ(this->notify_by(this->d, 1), "told 1");
  this->release(this->a);
  EXPECT_THAT(this->states(),
              ElementsAre("released", "waits", "waits", "released"));
  EXPECT_EQ(this->notify_by(this->d, 2048), "told 2");
  this->release(this->b);
  EXPECT_EQ(this->c.state, "woken");
  this->release(this->c);
  EXPECT_EQ(this->notify_by(this->d, 2048), "told 0");
}

TYPED_TEST(ConditionConformanceTest, C5_ANotifyOfAllWakesAllInTheirOrder) {
  this->wait(this->a, this->b, this->c);
  this->acquire(this->d);
  this->d.notify_all();
  this->settle();
  EXPECT_EQ(this->d.state, "told 3");
  this->release(this->d);
  for (auto* next : {&this->a, &this->b, &this->c}) {
    EXPECT_EQ(next->state, "woken");
    this->release(*next);
  }
  EXPECT_FALSE(this->locked());
}

TYPED_TEST(ConditionConformanceTest, C6_WithoutTheLockAllFails) {
  auto everything_fails = [this](TypeParam& user) {
    user.wait();
    this->settle();
    EXPECT_EQ(user.state, "stale_token");
    user.notify();
    this->settle();
    EXPECT_EQ(user.state, "stale_token");
    user.notify_all();
    this->settle();
    EXPECT_EQ(user.state, "stale_token");
  };
  everything_fails(this->a);
  this->acquire(this->b);
  everything_fails(this->a);
  this->release(this->b);
  everything_fails(this->b);
  EXPECT_FALSE(this->locked());
}

TYPED_TEST(ConditionConformanceTest, C7_ACancelledWaitHasTheLockFirst) {
  this->wait(this->a);
  this->acquire(this->b);
  this->a.cancel();
  this->settle();
  EXPECT_EQ(this->a.state, "waits");
  this->release(this->b);
  EXPECT_EQ(this->a.state, "cancelled");
  EXPECT_TRUE(this->locked());
  this->release(this->a);
  EXPECT_EQ(this->notify_by(this->b, 1), "told 0");
}

TYPED_TEST(ConditionConformanceTest, C8_ACancelAmongOthersLeavesTheLockHeld) {
  this->wait(this->a);
  this->acquire(this->b);
  this->b.notify();
  this->c.acquire();
  this->settle();
  this->b.release();
  this->a.cancel();
  this->settle();
  EXPECT_THAT(this->states(),
              ElementsAre("cancelled", "released", "waits", "idle"));
  EXPECT_TRUE(this->locked());
  this->release(this->a);
  EXPECT_EQ(this->c.state, "has");
  this->release(this->c);
  EXPECT_FALSE(this->locked());
}

TYPED_TEST(ConditionConformanceTest, C9_ACancelWhileItAcquiresIsKept) {
  this->wait(this->a);
  this->acquire(this->b);
  this->b.notify();
  this->settle();
  this->a.cancel();
  this->settle();
  EXPECT_EQ(this->a.state, "waits");
  this->release(this->b);
  EXPECT_EQ(this->a.state, "cancelled");
  this->release(this->a);
  EXPECT_FALSE(this->locked());
}

TYPED_TEST(ConditionConformanceTest, C12_ACancelledNotificationGoesToAnother) {
  this->wait(this->a, this->b, this->c);
  this->acquire(this->d);
  this->d.notify();
  this->a.cancel();
  this->settle();
  this->release(this->d);
  EXPECT_EQ(this->a.state, "cancelled");
  this->release(this->a);
  EXPECT_THAT(this->states(),
              ElementsAre("released", "woken", "waits", "released"));
}

TYPED_TEST(ConditionConformanceTest, C13_AlsoWhileItAcquiresTheLock) {
  this->wait(this->a, this->b, this->c);
  this->acquire(this->d);
  this->d.notify();
  this->settle();
  this->a.cancel();
  this->settle();
  this->release(this->d);
  EXPECT_EQ(this->a.state, "cancelled");
  this->release(this->a);
  EXPECT_THAT(this->states(),
              ElementsAre("released", "woken", "waits", "released"));
}

TYPED_TEST(ConditionConformanceTest, C13_AlsoWhenItsLockIsOnItsWay) {
  this->wait(this->a, this->b);
  this->acquire(this->d);
  this->d.notify();
  this->settle();
  this->d.release();
  this->run_until(this->d, "released");
  EXPECT_EQ(this->system.ready(), 1u) << "nothing was granted";
  EXPECT_EQ(this->a.state, "waits") << "it knows already";
  this->a.cancel();
  this->settle();
  EXPECT_EQ(this->a.state, "cancelled");
  this->release(this->a);
  EXPECT_EQ(this->b.state, "woken");
}

TYPED_TEST(ConditionConformanceTest, C14_AWaitForAPredicateGivesItsLastValue) {
  int jobs = 0;
  this->acquire(this->a);
  this->a.wait_until([&] { return jobs > 1 ? jobs : 0; });
  this->settle();
  for (; jobs != 2; ++jobs) {
    EXPECT_EQ(this->notify_by(this->b, 1), "told 1");
    EXPECT_EQ(this->a.state, "waits");
    EXPECT_FALSE(this->locked());
  }
  EXPECT_EQ(this->notify_by(this->b, 1), "told 1");
  EXPECT_EQ(this->a.state, "woken");
  EXPECT_EQ(this->a.value, 2);
  EXPECT_TRUE(this->locked());
}

TYPED_TEST(ConditionConformanceTest, C15_AFalsePredicateNeedsTheLock) {
  this->a.wait_until([] { return 0; });
  this->settle();
  EXPECT_EQ(this->a.state, "stale_token");
  EXPECT_EQ(this->a.value, 0);
}

TYPED_TEST(ConditionConformanceTest, C16_SeveralShareALock) {
  auto other = TypeParam::another(this->used);
  auto& e = this->new_user(other);
  auto& f = this->new_user(other);
  this->wait(this->a, e);
  this->acquire(f);
  EXPECT_TRUE(this->locked());
  EXPECT_TRUE(TypeParam::is_locked(this->system, other));
  f.notify_all();
  this->settle();
  EXPECT_EQ(f.state, "told 1");
  this->release(f);
  EXPECT_EQ(e.state, "woken");
  EXPECT_EQ(this->a.state, "waits");
  this->release(e);
  EXPECT_FALSE(this->locked());
  EXPECT_FALSE(TypeParam::is_locked(this->system, other));
}

TYPED_TEST(ConditionConformanceTest, C17_AScopeHoldsTheLock) {
  this->acquire(this->a);
  EXPECT_TRUE(this->locked());
  this->a.leave();
  this->settle();
  EXPECT_FALSE(this->locked());
  this->wait(this->b);
  EXPECT_EQ(this->notify_by(this->c, 1), "told 1");
  this->b.leave();
  this->settle();
  EXPECT_FALSE(this->locked());
}

TYPED_TEST(ConditionConformanceTest, C18_ATimeLimitLeavesTheLockAsItShouldBe) {
  this->acquire(this->a);
  this->a.wait_at_most(1s);
  this->settle();
  this->acquire(this->b);
  this->system.advance(1s);
  EXPECT_EQ(this->a.state, "waits") << "for the lock";
  this->release(this->b);
  EXPECT_EQ(this->a.state, "timed_out");
  EXPECT_TRUE(this->locked());
  this->release(this->a);
  EXPECT_FALSE(this->locked());
}

TYPED_TEST(ConditionConformanceTest, TheEndOfOneThatIsNotifiedTellsAnother) {
  this->wait(this->a, this->b);
  this->acquire(this->d);
  this->d.notify();
  this->settle();
  this->a.end();
  this->settle();
  this->release(this->d);
  EXPECT_EQ(this->b.state, "woken");
}

} // namespace
} // namespace troupe
