#include "conformance/barrier_users.hpp"

#include <cstddef>

// asyncio-behaviours, section 5: each row with tasks, and with plain actors.
namespace troupe {
namespace {

using ::testing::UnorderedElementsAre;

/// A barrier of three.
template <class User>
class BarrierConformanceTest : public users_fixture<User> {
protected:
  std::size_t waiting() { return User::waiting(this->system, this->used); }
  bool broken() { return User::is_broken(this->system, this->used); }

  template <class... Users>
  void wait(Users&... users) {
    (users.wait(), ...);
    this->settle();
  }
  void reset() { owner_.reset(); }
  void abort() { owner_.abort(); }

  std::vector<std::string> of_three() {
    return {this->a.state, this->b.state, this->c.state};
  }

private:
  User& owner_ = this->new_user(this->used);
};

using users = ::testing::Types<barrier_task_user, barrier_actor_user>;
TYPED_TEST_SUITE(BarrierConformanceTest, users, form_names);

TYPED_TEST(BarrierConformanceTest, B1_ItNeedsParties) {
  EXPECT_THROW(TypeParam::make(this->system.get(), 0), failure);
}

TYPED_TEST(BarrierConformanceTest, B2_AllReturnTogetherEachWithItsIndex) {
  this->wait(this->a, this->b);
  EXPECT_THAT(this->of_three(), ElementsAre("waits", "waits", "idle"));
  this->wait(this->c);
  EXPECT_THAT(this->of_three(), UnorderedElementsAre("0", "1", "2"));
  EXPECT_EQ(this->waiting(), 0u);
  EXPECT_FALSE(this->broken());
}

TYPED_TEST(BarrierConformanceTest, B3_OnePartyNeverWaits) {
  auto alone = TypeParam::make(this->system.get(), 1);
  auto& one = this->new_user(alone);
  this->wait(one);
  EXPECT_EQ(one.state, "0");
  one.state.clear();
  this->wait(one);
  EXPECT_EQ(one.state, "0");
}

TYPED_TEST(BarrierConformanceTest, B4_ThoseThatWaitAreCounted) {
  EXPECT_EQ(this->waiting(), 0u);
  this->wait(this->a);
  EXPECT_EQ(this->waiting(), 1u);
  this->wait(this->b);
  EXPECT_EQ(this->waiting(), 2u);
  this->wait(this->c);
  EXPECT_EQ(this->waiting(), 0u);
}

TYPED_TEST(BarrierConformanceTest, B5_TheSamePassItAgainAtOnce) {
  for (auto* user : {&this->a, &this->b, &this->c})
    user->wait(2);
  this->settle();
  EXPECT_THAT(this->of_three(), UnorderedElementsAre("0", "1", "2"));
  EXPECT_EQ(this->waiting(), 0u);
  for (auto* user : {&this->a, &this->b, &this->c})
    EXPECT_EQ(user->passed, 2);
}

// Adapted: a trip answers all at once, who was answered has left: there is no
// draining. It fills again before they know.
TYPED_TEST(BarrierConformanceTest, B6_AfterATripItFillsAgain) {
  this->wait(this->a, this->b);
  this->c.wait();
  EXPECT_EQ(this->waiting(), 0u);
  EXPECT_FALSE(this->broken());
  EXPECT_THAT(this->of_three(), UnorderedElementsAre("0", "1", "2"));
}

// Adapted: as B6: it waits for the next trip from the beginning.
TYPED_TEST(BarrierConformanceTest, B7_WhoComesRightAfterATripIsCountedAnew) {
  this->wait(this->a, this->b);
  this->wait(this->c, this->d);
  EXPECT_THAT(this->of_three(), UnorderedElementsAre("0", "1", "2"));
  EXPECT_EQ(this->d.state, "waits");
  EXPECT_EQ(this->waiting(), 1u);
  this->wait(this->a, this->b);
  EXPECT_EQ(this->d.state, "0");
}

TYPED_TEST(BarrierConformanceTest, B8_ACancelUncountsOneAndBreaksNothing) {
  this->wait(this->a, this->b);
  this->a.cancel();
  this->settle();
  EXPECT_EQ(this->a.state, "cancelled");
  EXPECT_EQ(this->waiting(), 1u);
  EXPECT_FALSE(this->broken());
  this->wait(this->c);
  EXPECT_THAT(this->of_three(), ElementsAre("cancelled", "waits", "waits"));
  this->wait(this->d);
  EXPECT_THAT(this->states(), UnorderedElementsAre("cancelled", "0", "1", "2"));
}

TYPED_TEST(BarrierConformanceTest, B9_AResetOfAnIdleBarrierDoesNothing) {
  this->reset();
  EXPECT_FALSE(this->broken());
  this->wait(this->a, this->b, this->c);
  EXPECT_THAT(this->of_three(), UnorderedElementsAre("0", "1", "2"));
}

TYPED_TEST(BarrierConformanceTest, B10_AResetBreaksTheWaitsOnly) {
  this->wait(this->a, this->b);
  this->reset();
  this->settle();
  EXPECT_THAT(this->of_three(), ElementsAre("broken", "broken", "idle"));
  EXPECT_FALSE(this->broken());
  EXPECT_EQ(this->waiting(), 0u);
}

// Adapted: as B6: right after a trip nobody is inside.
TYPED_TEST(BarrierConformanceTest, B11_AResetRightAfterATripDisturbsNobody) {
  this->wait(this->a, this->b);
  this->c.wait();
  this->reset();
  this->settle();
  EXPECT_THAT(this->of_three(), UnorderedElementsAre("0", "1", "2"));
  EXPECT_FALSE(this->broken());
}

// Adapted: as B6: the next round begins with those that come after the reset.
TYPED_TEST(BarrierConformanceTest, B12_WhoComesAfterThatResetWaits) {
  this->wait(this->a, this->b);
  this->c.wait();
  this->reset();
  this->d.wait();
  this->settle();
  EXPECT_THAT(this->of_three(), UnorderedElementsAre("0", "1", "2"));
  EXPECT_EQ(this->d.state, "waits");
  this->wait(this->a, this->b);
  EXPECT_EQ(this->d.state, "0");
}

TYPED_TEST(BarrierConformanceTest, B13_AfterAResetTheyWaitAgain) {
  this->wait(this->a, this->b);
  this->reset();
  this->settle();
  EXPECT_THAT(this->of_three(), ElementsAre("broken", "broken", "idle"));
  this->wait(this->a, this->b);
  EXPECT_THAT(this->of_three(), ElementsAre("waits", "waits", "idle"));
  this->wait(this->c);
  EXPECT_THAT(this->of_three(), UnorderedElementsAre("0", "1", "2"));
}

// Adapted: as B6: it resets before the others come back. Those that wait again
// already are waiting, so that B10 holds for them.
TYPED_TEST(BarrierConformanceTest, B14_AResetByOneThatLeftDisturbsNobody) {
  this->wait(this->a, this->b, this->c);
  this->c.reset();
  this->wait(this->a, this->b);
  EXPECT_THAT(this->of_three(), ElementsAre("waits", "waits", "reset"));
  this->wait(this->c);
  EXPECT_THAT(this->of_three(), UnorderedElementsAre("0", "1", "2"));
}

TYPED_TEST(BarrierConformanceTest, B15_AnAbortBreaksIt) {
  EXPECT_FALSE(this->broken());
  this->abort();
  EXPECT_TRUE(this->broken());
}

// Adapted: as B6: those of the last round have left.
TYPED_TEST(BarrierConformanceTest, B16_AnAbortBreaksAllWaitsUntilAReset) {
  this->wait(this->a, this->b, this->c);
  EXPECT_THAT(this->of_three(), UnorderedElementsAre("0", "1", "2"));
  this->wait(this->a, this->b);
  this->abort();
  this->wait(this->c);
  EXPECT_THAT(this->of_three(), ElementsAre("broken", "broken", "broken"));
  EXPECT_TRUE(this->broken());
  this->wait(this->d);
  EXPECT_EQ(this->d.state, "broken");
}

TYPED_TEST(BarrierConformanceTest, B17_WhenOneFailsAndAbortsNobodyPasses) {
  this->wait(this->a, this->b);
  this->c.abort();
  this->settle();
  EXPECT_THAT(this->of_three(), ElementsAre("broken", "broken", "aborted"));
  this->wait(this->a, this->b, this->c);
  EXPECT_THAT(this->of_three(), ElementsAre("broken", "broken", "broken"));
  for (auto* user : {&this->a, &this->b, &this->c})
    EXPECT_EQ(user->passed, 0);
}

TYPED_TEST(BarrierConformanceTest, B18_AResetMendsIt) {
  this->abort();
  EXPECT_TRUE(this->broken());
  this->reset();
  EXPECT_FALSE(this->broken());
  this->wait(this->a, this->b, this->c);
  EXPECT_THAT(this->of_three(), UnorderedElementsAre("0", "1", "2"));
}

// Adapted: what asyncio refuses when it runs does not compile.
TYPED_TEST(BarrierConformanceTest, B19_OnlyItsWaitCanBeAwaited) {
  static_assert(!can_be_awaited<typename TypeParam::subject>);
  static_assert(can_be_awaited<decltype(barrier{1}.wait())>);
  EXPECT_EQ(this->waiting(), 0u);
}

TYPED_TEST(BarrierConformanceTest, TheEndOfAPartyUncountsIt) {
  this->wait(this->a, this->b);
  this->a.end();
  this->settle();
  EXPECT_EQ(this->waiting(), 1u);
  this->wait(this->c);
  EXPECT_THAT(this->b.state, "waits");
  this->wait(this->d);
  EXPECT_NE(this->d.state, "waits");
}

} // namespace
} // namespace troupe
