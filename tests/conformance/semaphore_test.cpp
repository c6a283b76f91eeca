#include "conformance/semaphore_users.hpp"

#include <cstdint>
#include <type_traits>

// asyncio-behaviours, section 4: each row with tasks, and with plain actors. It
// has no permits in the beginning; `add` is asyncio's `release`.
namespace troupe {
namespace {

template <class User>
class SemaphoreConformanceTest : public users_fixture<User> {
protected:
  bool locked() { return User::is_locked(this->system, this->used); }
  auto available() { return User::available(this->system, this->used); }

  /// So many more permits, in the next tick.
  void add(std::int64_t count = 1) { owner.add(count); }
  template <class... Users>
  void acquire(Users&... users) {
    (users.acquire(), ...);
    this->settle();
  }

  User& owner = this->new_user(this->used);
};

using users = ::testing::Types<semaphore_task_user, semaphore_actor_user>;
TYPED_TEST_SUITE(SemaphoreConformanceTest, users, form_names);

TYPED_TEST(SemaphoreConformanceTest, S1_ItHasSoManyPermits) {
  EXPECT_TRUE(this->locked());
  auto& here = this->system;
  auto three = TypeParam::make(here.get(), 3);
  EXPECT_EQ(TypeParam::available(here, three), 3);
  auto by_default = TypeParam::make_default(here.get());
  EXPECT_EQ(TypeParam::available(here, by_default), 1);
  EXPECT_FALSE(TypeParam::is_locked(here, by_default));
}

TYPED_TEST(SemaphoreConformanceTest, S1_ANegativeNumberIsRefused) {
  if constexpr (std::is_same_v<TypeParam, semaphore_actor_user>)
    static_assert(std::is_unsigned_v<decltype(permit_options{}.permits())>);
  else
    EXPECT_THROW(TypeParam::make(this->system.get(), -1), failure);
}

// Adapted: without waiting is before any later request.
TYPED_TEST(SemaphoreConformanceTest, S2_PermitsAreTakenWithoutWaiting) {
  this->add(2);
  this->acquire(this->a);
  EXPECT_FALSE(this->locked());
  this->b.acquire();
  this->c.poll();
  this->settle();
  EXPECT_THAT(this->states(), ElementsAre("has", "has", "timed_out", "idle"));
  EXPECT_TRUE(this->locked());
}

TYPED_TEST(SemaphoreConformanceTest, S3_SoManyReleasesAdmitSoMany) {
  this->acquire(this->a, this->b, this->c, this->d);
  this->add();
  this->add();
  EXPECT_EQ(this->available(), 0) << "they are for those that wait";
  EXPECT_THAT(this->states(), ElementsAre("has", "has", "waits", "waits"));
  this->add(2);
  EXPECT_EQ(this->available(), 0);
  EXPECT_THAT(this->states(), ElementsAre("has", "has", "has", "has"));
}

TYPED_TEST(SemaphoreConformanceTest, S4_ACancelledWaiterLeavesTheLine) {
  this->acquire(this->a);
  this->a.cancel();
  this->settle();
  EXPECT_EQ(this->a.state, "cancelled");
  this->add();
  this->settle();
  EXPECT_EQ(this->available(), 1);
}

TYPED_TEST(SemaphoreConformanceTest, S5_TheFirstThatLivesGetsIt) {
  this->acquire(this->a, this->b, this->c, this->d);
  this->a.cancel();
  this->b.cancel();
  this->add();
  this->settle();
  EXPECT_THAT(this->states(),
              ElementsAre("cancelled", "cancelled", "has", "waits"));
}

TYPED_TEST(SemaphoreConformanceTest, S6_ACancelAndAReleaseForgetNobody) {
  this->acquire(this->a, this->b, this->c);
  this->a.cancel();
  this->add();
  this->settle();
  EXPECT_THAT(this->states(), ElementsAre("cancelled", "has", "waits", "idle"));
  EXPECT_TRUE(this->locked());
  this->add();
  this->c.cancel();
  this->acquire(this->d);
  EXPECT_THAT(this->states(),
              ElementsAre("cancelled", "has", "cancelled", "has"));
}

TYPED_TEST(SemaphoreConformanceTest, S7_AGrantThatIsNotTakenIsGivenBack) {
  this->acquire(this->a);
  this->add();
  this->run_until(this->owner, "added");
  EXPECT_EQ(this->system.ready(), 1u) << "nothing was granted";
  EXPECT_EQ(this->a.state, "waits") << "it knows already";
  this->a.cancel();
  this->settle();
  EXPECT_EQ(this->a.state, "cancelled");
  EXPECT_EQ(this->available(), 1);
  this->acquire(this->b);
  EXPECT_EQ(this->b.state, "has");
}

TYPED_TEST(SemaphoreConformanceTest, S8_WhoComesAgainIsBehindTheOthers) {
  this->add();
  this->acquire(this->a, this->b, this->c);
  for (int i = 0; i != 2; ++i) {
    for (auto* next : {&this->a, &this->b, &this->c}) {
      EXPECT_EQ(next->state, "has");
      next->release();
      this->acquire(*next);
      EXPECT_EQ(next->state, "waits");
    }
  }
}

TYPED_TEST(SemaphoreConformanceTest, S9_WhoReleasesDoesNotTakeItFromAWaiter) {
  this->add();
  this->acquire(this->a, this->b);
  this->a.release();
  this->a.poll();
  this->settle();
  EXPECT_THAT(this->states(), ElementsAre("timed_out", "has", "idle", "idle"));
}

TYPED_TEST(SemaphoreConformanceTest, S10_CancelledOnesAreSkippedInTheOrder) {
  this->add();
  this->acquire(this->a, this->b, this->c, this->d);
  this->b.cancel();
  this->a.release();
  this->settle();
  EXPECT_THAT(this->states(),
              ElementsAre("released", "cancelled", "has", "waits"));
  this->c.release();
  this->settle();
  EXPECT_EQ(this->d.state, "has");
}

// Adapted: those that were woken have not run when they were not answered yet.
TYPED_TEST(SemaphoreConformanceTest, S11_ReleasedTogetherTheyAreServedInOrder) {
  this->acquire(this->a, this->b, this->c);
  this->add(2);
  this->d.poll();
  EXPECT_TRUE(this->locked()) << "before those that wait know";
  EXPECT_THAT(this->states(), ElementsAre("has", "has", "waits", "timed_out"));
}

TYPED_TEST(SemaphoreConformanceTest, S12_OnlyABoundedOneRefusesMorePermits) {
  auto bounded = TypeParam::make_bounded(this->system.get(), 1);
  auto& one = this->new_user(bounded);
  one.add();
  this->settle();
  EXPECT_EQ(one.state, "invalid_argument");
  EXPECT_EQ(TypeParam::available(this->system, bounded), 1);
  this->add(5);
  EXPECT_EQ(this->available(), 5);
}

TYPED_TEST(SemaphoreConformanceTest, S13_AReleaseWithoutWaitersFreesAPermit) {
  this->add();
  this->settle();
  EXPECT_EQ(this->available(), 1);
  EXPECT_FALSE(this->locked());
}

// Adapted: what asyncio refuses when it runs does not compile.
TYPED_TEST(SemaphoreConformanceTest, S14_OnlyItsAcquireCanBeAwaited) {
  static_assert(!can_be_awaited<typename TypeParam::subject>);
  static_assert(!can_be_awaited<bounded_semaphore>);
  static_assert(can_be_awaited<decltype(semaphore{}.acquire())>);
  static_assert(!std::is_constructible_v<permit, task<permit>>);
  EXPECT_EQ(this->available(), 0);
}

TYPED_TEST(SemaphoreConformanceTest, TheEndOfAHolderReleases) {
  this->add();
  this->acquire(this->a, this->b);
  this->a.end();
  this->settle();
  EXPECT_EQ(this->b.state, "has");
}

TYPED_TEST(SemaphoreConformanceTest, TheEndOfAWaiterGivesUpItsPlace) {
  this->acquire(this->a, this->b);
  this->a.end();
  this->add();
  this->settle();
  EXPECT_EQ(this->b.state, "has");
}

// -- what tasks have beside ---------------------------------------------------

class SemaphoreTaskTest : public group_fixture {};

TEST_F(SemaphoreTaskTest, PermitsAreGivenBackWithTheirScope) {
  run([]() -> task<void> {
    semaphore slots{3};
    {
      auto mine = co_await slots.acquire(3);
      EXPECT_EQ(co_await slots.available(), 0);
      auto more = co_await slots.try_acquire();
      EXPECT_FALSE(more.has_value());
    }
    EXPECT_EQ(co_await slots.available(), 3);
    EXPECT_EQ(co_await ending(slots.release(0)), "invalid_argument");
  });
}

TEST_F(SemaphoreTaskTest, PermitsThatAreKeptAreReleasedByAnybody) {
  bounded_semaphore slots{system.get(), 1};
  run([&]() -> task<void> {
    auto mine = co_await slots.acquire();
    mine.keep();
  });
  EXPECT_TRUE(system.run(slots.locked()));
  system.run(slots.release());
  EXPECT_EQ(system.run(slots.available()), 1);
}

} // namespace
} // namespace troupe
