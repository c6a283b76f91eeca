#include "troupe/core/permit_rules.hpp"
#include "unit/line_fixture.hpp"

#include <array>

namespace troupe::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The rules of a semaphore with two permits.
class SemaphoreRulesTest : public LineFixture {
protected:
  outputs acquire(line::client_id client, std::uint64_t count = 1) {
    return spell(rules.acquire({place(client), 0, count}, now));
  }
  outputs release(std::uint64_t token,
                  std::uint64_t count = permit_rules::all) {
    return spell(rules.release(token, now, count));
  }

  permit_rules rules{permit_options{}.permits(2)};
};

TEST_F(SemaphoreRulesTest, PermitsAreTakenTogether) {
  EXPECT_THAT(acquire(1, 2), ElementsAre("grant 1: 1"));
  EXPECT_EQ(rules.available(), 0u);
  EXPECT_THAT(acquire(2), IsEmpty());
  EXPECT_THAT(release(1), ElementsAre("end of 1", "grant 2: 2"));
  EXPECT_EQ(rules.available(), 1u);
}

TEST_F(SemaphoreRulesTest, FewDoNotOvertakeMany) {
  acquire(1);
  EXPECT_THAT(acquire(2, 2), IsEmpty());
  EXPECT_THAT(acquire(3), IsEmpty());
  EXPECT_THAT(release(1), ElementsAre("end of 1", "grant 2: 2"));
}

TEST_F(SemaphoreRulesTest, WhenManyGiveUpTheNextAreServed) {
  acquire(1);
  acquire(2, 2);
  acquire(3);
  EXPECT_THAT(spell(rules.withdraw(2, 2, now)),
              ElementsAre("refuse 2: cancelled", "grant 3: 2"));
}

TEST_F(SemaphoreRulesTest, AGrantIsGivenBackInParts) {
  acquire(1, 2);
  acquire(2);
  EXPECT_THAT(release(1, 1), ElementsAre("grant 2: 2"));
  EXPECT_THAT(release(1), ElementsAre("end of 1"));
  EXPECT_FALSE(rules.holds(1));
  EXPECT_EQ(rules.available(), 1u);
}

TEST_F(SemaphoreRulesTest, KeptPermitsStayTaken) {
  acquire(1, 2);
  EXPECT_THAT(spell(rules.keep(1)), ElementsAre("end of 1"));
  EXPECT_THAT(spell(rules.gone(1, now)), IsEmpty());
  EXPECT_EQ(rules.available(), 0u);
  acquire(2);
  EXPECT_THAT(spell(rules.add(1, now)), ElementsAre("grant 2: 2"));
}

TEST_F(SemaphoreRulesTest, ABoundCountsWhatIsHeld) {
  rules = permit_rules{permit_options{}.permits(2).bound(2)};
  EXPECT_FALSE(rules.fits(1));
  acquire(1);
  EXPECT_FALSE(rules.fits(1));
  rules.keep(1);
  EXPECT_TRUE(rules.fits(1));
  EXPECT_FALSE(rules.fits(2));
}

TEST_F(SemaphoreRulesTest, WhatIsKeptComesBackThoughTheBoundShrank) {
  rules = permit_rules{permit_options{}.permits(2).bound(2)};
  acquire(1, 2);
  rules.keep(1);
  rules.resize(0, now);
  EXPECT_EQ(rules.in_all(), 0u);
  EXPECT_TRUE(rules.fits(2));
  EXPECT_FALSE(rules.fits(3));
  rules.add(2, now);
  EXPECT_EQ(rules.available(), 0u);
  EXPECT_FALSE(rules.fits(1));
  rules.resize(1, now);
  EXPECT_EQ(rules.available(), 1u);
}

TEST_F(SemaphoreRulesTest, NobodyHasMoreThanCanBeCounted) {
  rules = permit_rules{permit_options{}.permits(permit_options::most)};
  EXPECT_FALSE(rules.fits(1));
  EXPECT_FALSE(rules.fits(permit_options::unlimited));
  EXPECT_THAT(acquire(1, permit_options::most), ElementsAre("grant 1: 1"));
  EXPECT_FALSE(rules.fits(1));
  EXPECT_THAT(acquire(2, permit_options::most + 1),
              ElementsAre("refuse 2: invalid_argument"));
  rules.keep(1);
  EXPECT_TRUE(rules.fits(permit_options::most));
  EXPECT_FALSE(rules.fits(permit_options::most + 1));
}

TEST_F(SemaphoreRulesTest, TellsWhoHoldsTheFirstComeFirst) {
  acquire(7);
  acquire(8);
  std::array<line::holder, 1> some;
  EXPECT_EQ(rules.holders(some), 2u);
  EXPECT_EQ(some.front().client, 7u);
  std::array<line::holder, 3> room;
  EXPECT_EQ(rules.holders(room), 2u);
  EXPECT_EQ(room[1].client, 8u);
}

TEST_F(SemaphoreRulesTest, FewerPermitsTakeNoneAway) {
  acquire(1);
  acquire(2);
  rules.resize(1, now);
  EXPECT_EQ(rules.held(), 2u);
  acquire(3);
  EXPECT_THAT(release(1), ElementsAre("end of 1"));
  EXPECT_THAT(release(2), ElementsAre("end of 2", "grant 3: 3"));
}

TEST_F(SemaphoreRulesTest, WhatIsAddedPaysForFewerPermitsFirst) {
  acquire(1);
  acquire(2);
  rules.keep(1);
  rules.keep(2);
  rules.resize(1, now);
  acquire(3);
  EXPECT_THAT(spell(rules.add(1, now)), IsEmpty());
  EXPECT_THAT(spell(rules.add(1, now)), ElementsAre("grant 3: 3"));
}

TEST_F(SemaphoreRulesTest, WhoWantsMoreThanThereMayBeIsTold) {
  rules = permit_rules{permit_options{}.permits(2).bound(2)};
  EXPECT_THAT(acquire(1, 3), ElementsAre("refuse 1: invalid_argument"));
}

TEST_F(SemaphoreRulesTest, WithoutAnyPermitsOneWaitsForTheFirst) {
  rules = permit_rules{permit_options{}.permits(0).bound(0)};
  EXPECT_THAT(acquire(1), IsEmpty());
  EXPECT_THAT(acquire(2, 2), ElementsAre("refuse 2: invalid_argument"));
  EXPECT_THAT(spell(rules.resize(1, now)), ElementsAre("grant 1: 1"));
}

TEST_F(SemaphoreRulesTest, WhoWaitsForMoreThanThereMayBeIsToldAtAResize) {
  rules = permit_rules{permit_options{}.permits(3).bound(3)};
  acquire(1, 2);
  acquire(2, 3);
  acquire(3, 2);
  acquire(4);
  EXPECT_THAT(spell(rules.resize(2, now)),
              ElementsAre("refuse 2: invalid_argument"));
  EXPECT_THAT(release(1), ElementsAre("end of 1", "grant 3: 2"));
  EXPECT_THAT(spell(rules.resize(0, now)), ElementsAre())
    << "one may be had when there are some again";
  EXPECT_THAT(release(2), ElementsAre("end of 3"));
  EXPECT_THAT(spell(rules.resize(1, now)), ElementsAre("grant 4: 3"));
}

TEST_F(SemaphoreRulesTest, MorePermitsAreHandedOut) {
  acquire(1, 2);
  acquire(2);
  EXPECT_THAT(spell(rules.resize(3, now)), ElementsAre("grant 2: 2"));
}

TEST_F(SemaphoreRulesTest, TheDeadGiveBackAll) {
  acquire(1);
  acquire(1);
  acquire(1);
  EXPECT_THAT(spell(rules.gone(1, now)),
              ElementsAre("refuse 3: lost", "end of 1", "end of 1"));
  EXPECT_EQ(rules.available(), 2u);
}

} // namespace
} // namespace troupe::testing
