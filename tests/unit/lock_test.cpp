#include "troupe/core/lock_rules.hpp"
#include "unit/line_fixture.hpp"

#include <chrono>

namespace troupe::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The rules of a lock. Requests are numbered from 1, and so are tickets.
class LockRulesTest : public LineFixture {
protected:
  outputs acquire(line::client_id client, duration limit = forever) {
    return spell(rules.acquire({place(client, limit)}, now));
  }
  outputs share(line::client_id client) {
    return spell(rules.acquire({place(client), 0, true}, now));
  }
  outputs release(std::uint64_t token) {
    return spell(rules.release(token, now));
  }
  outputs withdraw(line::client_id client, std::uint64_t ticket) {
    return spell(rules.withdraw(client, ticket, now));
  }
  outputs gone(line::client_id client) {
    return spell(rules.gone(client, now));
  }
  outputs wait(line::client_id client, std::uint64_t token,
               std::uint64_t condition = 7) {
    return spell(rules.wait(place(client), token, condition, now));
  }
  outputs notify(std::uint64_t count, std::uint64_t condition = 7) {
    return spell(rules.notify(condition, count, now));
  }
  outputs pass(duration length) {
    now += length;
    return rules.wakeup() <= now ? spell(rules.tick(now)) : outputs{};
  }

  lock_rules rules;
};

TEST_F(LockRulesTest, AFreeLockIsGrantedAtOnce) {
  EXPECT_FALSE(rules.locked());
  EXPECT_THAT(acquire(1), ElementsAre("grant 1: 1"));
  EXPECT_TRUE(rules.locked());
}

TEST_F(LockRulesTest, TokensIncreaseWithEveryGrant) {
  acquire(1);
  acquire(2);
  EXPECT_THAT(release(1), ElementsAre("end of 1", "grant 2: 2"));
  release(2);
  EXPECT_THAT(acquire(1), ElementsAre("grant 3: 3"));
}

TEST_F(LockRulesTest, WaitersAreServedInOrder) {
  acquire(1);
  EXPECT_THAT(acquire(2), IsEmpty());
  EXPECT_THAT(acquire(3), IsEmpty());
  EXPECT_THAT(release(1), ElementsAre("end of 1", "grant 2: 2"));
  EXPECT_THAT(acquire(1), IsEmpty());
  EXPECT_THAT(release(2), ElementsAre("end of 2", "grant 3: 3"));
}

TEST_F(LockRulesTest, ATokenIsGoodForOneRelease) {
  acquire(1);
  release(1);
  EXPECT_FALSE(rules.holds(1));
}

TEST_F(LockRulesTest, ItsHolderDoesNotGetItTwice) {
  acquire(1);
  EXPECT_THAT(acquire(1), ElementsAre("refuse 2: already_held"));
}

TEST_F(LockRulesTest, AnotherTaskOfTheSameClientWaits) {
  acquire(1);
  EXPECT_THAT(spell(rules.acquire({place(1), 5}, now)), IsEmpty());
  EXPECT_THAT(release(1), ElementsAre("end of 1", "grant 2: 2"));
}

TEST_F(LockRulesTest, WhoDoesNotWaitIsTold) {
  acquire(1);
  EXPECT_THAT(acquire(2, 0s), ElementsAre("refuse 2: busy"));
}

TEST_F(LockRulesTest, AWaitEndsAtItsLimit) {
  acquire(1);
  acquire(2, 2s);
  acquire(3);
  EXPECT_EQ(rules.wakeup(), now + 2s);
  EXPECT_THAT(pass(2s), ElementsAre("refuse 2: timed_out"));
  EXPECT_THAT(release(1), ElementsAre("end of 1", "grant 3: 2"));
  EXPECT_EQ(rules.wakeup(), never);
}

TEST_F(LockRulesTest, TooManyWaitersAreTold) {
  rules = lock_rules{lock_options{}.max_waiting(1)};
  acquire(1);
  acquire(2);
  EXPECT_THAT(acquire(3), ElementsAre("refuse 3: overloaded"));
}

TEST_F(LockRulesTest, AWithdrawnWaiterIsPassedOver) {
  acquire(1);
  acquire(2);
  acquire(3);
  EXPECT_THAT(withdraw(2, 2), ElementsAre("refuse 2: cancelled"));
  EXPECT_THAT(release(1), ElementsAre("end of 1", "grant 3: 2"));
}

TEST_F(LockRulesTest, AWithdrawnGrantIsReleased) {
  acquire(1);
  acquire(2);
  EXPECT_THAT(withdraw(1, 1), ElementsAre("end of 1", "grant 2: 2"));
}

TEST_F(LockRulesTest, AnUnknownTicketMeansNothing) {
  acquire(1);
  EXPECT_THAT(withdraw(1, 9), IsEmpty());
  EXPECT_THAT(withdraw(2, 1), IsEmpty());
  EXPECT_TRUE(rules.holds(1));
}

TEST_F(LockRulesTest, ADeadHolderReleases) {
  acquire(1);
  acquire(2);
  EXPECT_THAT(gone(1), ElementsAre("end of 1", "grant 2: 2"));
}

TEST_F(LockRulesTest, ADeadWaiterLosesItsPlace) {
  acquire(1);
  acquire(2);
  acquire(3);
  EXPECT_THAT(gone(2), ElementsAre("refuse 2: lost"));
  EXPECT_THAT(release(1), ElementsAre("end of 1", "grant 3: 2"));
}

TEST_F(LockRulesTest, AfterADeathTheLockCoolsDown) {
  rules = lock_rules{lock_options{}.cooldown(5s)};
  acquire(1);
  acquire(2);
  EXPECT_THAT(gone(1), ElementsAre("end of 1"));
  EXPECT_THAT(acquire(3), IsEmpty());
  EXPECT_THAT(pass(4s), IsEmpty());
  EXPECT_THAT(pass(1s), ElementsAre("grant 2: 2"));
}

TEST_F(LockRulesTest, AReentrantLockIsReleasedAsOftenAsItWasAcquired) {
  rules = lock_rules{lock_options{}.reentrant(true)};
  acquire(1);
  EXPECT_THAT(acquire(1), ElementsAre("grant 2: 1"));
  acquire(2);
  EXPECT_THAT(release(1), ElementsAre("end of 1"));
  EXPECT_THAT(release(1), ElementsAre("end of 1", "grant 3: 2"));
}

TEST_F(LockRulesTest, AReentrantLockIsWithdrawnOnce) {
  rules = lock_rules{lock_options{}.reentrant(true)};
  acquire(1);
  acquire(1);
  acquire(2);
  EXPECT_THAT(withdraw(1, 2), ElementsAre("end of 1"));
  EXPECT_THAT(gone(1), ElementsAre("end of 1", "grant 3: 2"));
}

TEST_F(LockRulesTest, AReleaseAndAWithdrawalUndoTwoAcquires) {
  rules = lock_rules{lock_options{}.reentrant(true)};
  acquire(1);
  acquire(1);
  EXPECT_THAT(release(1), ElementsAre("end of 1"));
  EXPECT_THAT(withdraw(1, 2), ElementsAre("end of 1"));
  EXPECT_FALSE(rules.locked());
}

TEST_F(LockRulesTest, WhoSharesAReentrantLockDoesNotGetItAlone) {
  rules = lock_rules{lock_options{}.reentrant(true)};
  share(1);
  share(2);
  EXPECT_THAT(acquire(1), ElementsAre("refuse 3: already_held"));
  EXPECT_THAT(share(1), ElementsAre("grant 4: 1"));
  acquire(3);
  release(1);
  release(1);
  EXPECT_THAT(release(2), ElementsAre("end of 2", "grant 5: 3"));
  EXPECT_THAT(share(3), ElementsAre("grant 6: 3"));
}

TEST_F(LockRulesTest, ThoseThatShareHoldItTogether) {
  EXPECT_THAT(share(1), ElementsAre("grant 1: 1"));
  EXPECT_THAT(share(2), ElementsAre("grant 2: 2"));
  EXPECT_THAT(acquire(3), IsEmpty());
  EXPECT_THAT(share(4), IsEmpty()) << "it overtook the one that does not share";
  release(1);
  EXPECT_THAT(release(2), ElementsAre("end of 2", "grant 3: 3"));
  EXPECT_THAT(release(3), ElementsAre("end of 3", "grant 4: 4"));
}

// -- conditions ---------------------------------------------------------------

TEST_F(LockRulesTest, AWaitReleasesTheLockUntilItIsNotified) {
  acquire(1);
  EXPECT_THAT(wait(1, 1), ElementsAre("end of 1"));
  EXPECT_THAT(acquire(2), ElementsAre("grant 3: 2"));
  EXPECT_THAT(notify(1), IsEmpty());
  EXPECT_THAT(release(2), ElementsAre("end of 2", "grant 2: 3"));
}

TEST_F(LockRulesTest, AWaitNeedsTheLockForItselfAlone) {
  rules = lock_rules{lock_options{}.reentrant(true)};
  EXPECT_FALSE(rules.holds_alone(1));
  share(1);
  EXPECT_FALSE(rules.holds_alone(1));
  release(1);
  acquire(1);
  EXPECT_TRUE(rules.holds_alone(2));
  acquire(1);
  EXPECT_FALSE(rules.holds_alone(2));
}

TEST_F(LockRulesTest, AnotherConditionIsNotNotified) {
  acquire(1);
  wait(1, 1, 7);
  EXPECT_THAT(notify(1, 8), IsEmpty());
  EXPECT_EQ(rules.waiting_for(7), 1u);
}

TEST_F(LockRulesTest, ACancelledWaitGetsTheLockAgain) {
  acquire(1);
  wait(1, 1);
  EXPECT_THAT(withdraw(1, 2), ElementsAre("grant 2: 2"));
}

TEST_F(LockRulesTest, ACancelledWaitPassesItsNotificationOn) {
  acquire(1);
  wait(1, 1);
  acquire(2);
  wait(2, 2);
  acquire(3);
  notify(1);
  EXPECT_THAT(withdraw(1, 2), IsEmpty());
  EXPECT_EQ(rules.waiting_for(7), 0u);
  EXPECT_THAT(release(3), ElementsAre("end of 3", "grant 2: 4"));
  EXPECT_THAT(release(4), ElementsAre("end of 1", "grant 4: 5"));
}

TEST_F(LockRulesTest, SoDoesOneThatHasTheLockAlready) {
  acquire(1);
  wait(1, 1);
  acquire(2);
  wait(2, 2);
  EXPECT_THAT(notify(1), ElementsAre("grant 2: 3"));
  EXPECT_THAT(withdraw(1, 2), IsEmpty());
  EXPECT_THAT(release(3), ElementsAre("end of 1", "grant 4: 4"));
}

TEST_F(LockRulesTest, ADeadOnePassesItsNotificationOn) {
  acquire(1);
  wait(1, 1);
  acquire(2);
  wait(2, 2);
  acquire(3);
  notify(1);
  EXPECT_THAT(gone(1), ElementsAre("refuse 2: lost"));
  EXPECT_THAT(release(3), ElementsAre("end of 3", "grant 4: 4"));
}

TEST_F(LockRulesTest, SoDoesADeadOneThatMayNotKnowThatItHasTheLock) {
  acquire(1);
  wait(1, 1);
  acquire(2);
  wait(2, 2);
  EXPECT_THAT(notify(1), ElementsAre("grant 2: 3"));
  EXPECT_THAT(gone(1), ElementsAre("end of 1", "grant 4: 4"));
}

TEST_F(LockRulesTest, ANotificationIsPassedOnOnce) {
  acquire(1);
  wait(1, 1);
  acquire(2);
  wait(2, 2);
  acquire(3);
  wait(3, 3);
  notify(1);
  withdraw(1, 2);
  EXPECT_THAT(withdraw(1, 2), IsEmpty());
  EXPECT_EQ(rules.waiting_for(7), 1u);
  gone(1);
  EXPECT_EQ(rules.waiting_for(7), 1u);
}

TEST_F(LockRulesTest, ASecondWithdrawalDoesNotReleaseTheLock) {
  acquire(1);
  wait(1, 1);
  EXPECT_THAT(withdraw(1, 2), ElementsAre("grant 2: 2"));
  EXPECT_THAT(withdraw(1, 2), IsEmpty());
  EXPECT_TRUE(rules.holds(2));
}

TEST_F(LockRulesTest, ASecondWithdrawalDoesNotEndTheWaitForTheLock) {
  acquire(1);
  wait(1, 1);
  acquire(2);
  EXPECT_THAT(withdraw(1, 2), IsEmpty());
  EXPECT_THAT(withdraw(1, 2), IsEmpty());
  EXPECT_THAT(release(2), ElementsAre("end of 2", "grant 2: 3"));
}

TEST_F(LockRulesTest, AWaitIsOverWithItsRelease) {
  acquire(1);
  wait(1, 1);
  notify(1);
  release(2);
  acquire(2);
  wait(2, 3);
  EXPECT_THAT(withdraw(1, 2), IsEmpty());
  EXPECT_THAT(gone(1), IsEmpty());
  EXPECT_EQ(rules.waiting_for(7), 1u);
}

TEST_F(LockRulesTest, ADeadWaiterIsNotNotified) {
  acquire(1);
  wait(1, 1);
  EXPECT_THAT(gone(1), ElementsAre("refuse 2: lost"));
  EXPECT_THAT(notify(1), IsEmpty());
}

} // namespace
} // namespace troupe::testing
