#include "troupe/core/lease.hpp"
#include "troupe/core/lock_rules.hpp"
#include "unit/line_fixture.hpp"

#include <atomic>
#include <cstdint>
#include <thread>

namespace troupe::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr lease::owner me{1, 7};
constexpr lease::owner other_client{2, 7};
constexpr lease::owner other_task{1, 8};

TEST(LeaseTest, ANewOneGivesNothing) {
  lease all;
  EXPECT_EQ(all.take(lease::owner{}), 0u);
}

TEST(LeaseTest, ItsOwnerTakesItAgainWithANewToken) {
  lease all;
  all.grant(5, me);
  EXPECT_EQ(all.take(me), 0u) << "it is held";
  EXPECT_TRUE(all.release(5));
  EXPECT_FALSE(all.peek().held);
  EXPECT_EQ(all.take(me), 6u);
  EXPECT_TRUE(all.peek().held);
}

TEST(LeaseTest, NobodyElseTakesIt) {
  lease all;
  all.grant(5, me);
  EXPECT_TRUE(all.release(5));
  EXPECT_EQ(all.take(other_client), 0u);
  EXPECT_EQ(all.take(other_task), 0u);
}

TEST(LeaseTest, OnceRecalledItIsNotTaken) {
  lease all;
  all.grant(5, me);
  EXPECT_TRUE(all.release(5));
  EXPECT_FALSE(all.recall().held);
  EXPECT_EQ(all.take(me), 0u);
}

TEST(LeaseTest, OnceRecalledItsReleaseIsToBeTold) {
  lease all;
  all.grant(5, me);
  auto last = all.recall();
  EXPECT_TRUE(last.held);
  EXPECT_EQ(last.token, 5u);
  EXPECT_FALSE(all.release(5));
}

TEST(LeaseTest, AnOldTokenReleasesNothing) {
  lease all;
  all.grant(5, me);
  EXPECT_TRUE(all.release(5));
  EXPECT_EQ(all.take(me), 6u);
  EXPECT_FALSE(all.release(5));
  EXPECT_TRUE(all.peek().held);
}

// One thread is the owner, the other one the lock, which wants it back time and
// again. What it protects is no atomic: TSan sees a recall that is too early.
TEST(LeaseTest, ARecallAndATakeNeverBothSucceed) {
  constexpr std::uint64_t rounds = 20'000;
  lease all;
  std::uint64_t protected_by_it = 0;
  std::atomic<bool> told{false};
  std::atomic<bool> stop{false};
  std::uint64_t last = 1;
  all.grant(last, me);
  std::thread owner{[&] {
    std::uint64_t token = 1;
    while (!stop) {
      if (token == 0)
        token = all.take(me);
      if (token == 0)
        continue;
      ++protected_by_it;
      if (!all.release(token))
        told = true;
      token = 0;
    }
    if (token != 0 && !all.release(token))
      told = true;
  }};
  for (std::uint64_t i = 0; i != rounds; ++i) {
    auto [token, held] = all.recall();
    EXPECT_GE(token, last);
    while (held && !told)
      std::this_thread::yield();
    told = false;
    auto before = ++protected_by_it;
    EXPECT_EQ(protected_by_it, before);
    last = token + 1;
    all.grant(last, me);
    EXPECT_TRUE(all.release(last)); // as the owner does, once it has the answer
  }
  stop = true;
  owner.join();
}

/// The rules of a lock whose clients know its lease.
class LentLockTest : public LineFixture {
protected:
  outputs acquire(line::client_id client) {
    return spell(rules.acquire({place(client), 0, false, true}, now));
  }
  std::uint64_t take(line::client_id client) {
    return rules.shared_lease().take({client, 0});
  }
  bool release(std::uint64_t token) {
    return rules.shared_lease().release(token);
  }

  lock_rules rules;
};

TEST_F(LentLockTest, ItsLastHolderTakesItAgain) {
  EXPECT_THAT(acquire(1), ElementsAre("grant 1: 1"));
  EXPECT_TRUE(release(1));
  EXPECT_FALSE(rules.locked());
  EXPECT_EQ(take(1), 2u);
  EXPECT_TRUE(rules.locked());
  EXPECT_TRUE(rules.holds(2));
  EXPECT_FALSE(rules.holds(1));
}

TEST_F(LentLockTest, WhoAsksGetsWhatIsIdle) {
  acquire(1);
  EXPECT_TRUE(release(1));
  EXPECT_EQ(take(1), 2u);
  EXPECT_TRUE(release(2));
  EXPECT_THAT(acquire(2), ElementsAre("end of 1", "grant 2: 3"));
  EXPECT_EQ(take(1), 0u);
}

TEST_F(LentLockTest, WhoAsksWaitsForTheHolderWhoThenTellsIt) {
  acquire(1);
  EXPECT_TRUE(release(1));
  EXPECT_EQ(take(1), 2u);
  EXPECT_THAT(acquire(2), IsEmpty());
  EXPECT_FALSE(release(2));
  EXPECT_THAT(spell(rules.release(2, now)),
              ElementsAre("end of 1", "grant 2: 3"));
}

TEST_F(LentLockTest, AHolderThatAsksAgainIsToldSo) {
  acquire(1);
  EXPECT_THAT(acquire(1), ElementsAre("refuse 2: already_held"));
  EXPECT_FALSE(release(1));
}

TEST_F(LentLockTest, IsNotLentWhileSomebodyWaits) {
  acquire(1);
  acquire(2);
  acquire(3);
  EXPECT_THAT(spell(rules.release(1, now)),
              ElementsAre("end of 1", "grant 2: 2"));
  EXPECT_FALSE(release(2));
}

TEST_F(LentLockTest, IsNotLentToThoseThatShareIt) {
  rules.acquire({place(1), 0, true, true}, now);
  EXPECT_FALSE(release(1));
}

TEST_F(LentLockTest, IsNotLentToThoseThatDoNotKnowIt) {
  rules.acquire({place(1), 0, false, false}, now);
  EXPECT_FALSE(release(1));
}

TEST_F(LentLockTest, IsNotLentIfThatIsOff) {
  rules = lock_rules{lock_options{}.cached(false)};
  acquire(1);
  EXPECT_FALSE(release(1));
}

TEST_F(LentLockTest, IsNotLentWhileItMayBeAcquiredAgain) {
  rules = lock_rules{lock_options{}.reentrant(true)};
  acquire(1);
  EXPECT_FALSE(release(1));
}

TEST_F(LentLockTest, AHolderThatDiesHoldsItNoLonger) {
  acquire(1);
  EXPECT_TRUE(release(1));
  EXPECT_EQ(take(1), 2u);
  EXPECT_THAT(spell(rules.gone(1, now)), ElementsAre("end of 1"));
  EXPECT_FALSE(release(2));
  EXPECT_THAT(acquire(2), ElementsAre("grant 2: 3"));
}

TEST_F(LentLockTest, ATokenTakenSinceWaitsForACondition) {
  acquire(1);
  EXPECT_TRUE(release(1));
  EXPECT_EQ(take(1), 2u);
  EXPECT_TRUE(rules.holds_alone(2));
  EXPECT_THAT(spell(rules.wait(place(1), 2, 7, now)), ElementsAre("end of 1"));
  EXPECT_THAT(acquire(2), ElementsAre("grant 3: 3"));
  EXPECT_THAT(spell(rules.notify(7, 1, now)), IsEmpty());
  EXPECT_FALSE(release(3));
  EXPECT_THAT(spell(rules.release(3, now)),
              ElementsAre("end of 2", "grant 2: 4"));
  EXPECT_FALSE(release(4)) << "a cancel of the wait may be on its way";
}

TEST_F(LentLockTest, ANotificationIsPassedOnBeforeItsLockIsReleased) {
  for (line::client_id client : {1, 2}) { // requests 1 to 4
    acquire(client);
    rules.wait(place(client), client, 7, now);
  }
  EXPECT_THAT(acquire(3), ElementsAre("grant 5: 3"));
  rules.notify(7, 1, now);
  EXPECT_THAT(spell(rules.release(3, now)),
              ElementsAre("end of 3", "grant 2: 4"));
  EXPECT_FALSE(release(4)) << "its release comes after the cancel";
  EXPECT_THAT(spell(rules.withdraw(1, 2, now)), IsEmpty());
  EXPECT_THAT(spell(rules.release(4, now)),
              ElementsAre("end of 1", "grant 4: 5"));
}

TEST_F(LentLockTest, AWaitWithATokenOfBeforeIsRefused) {
  acquire(1);
  EXPECT_TRUE(release(1));
  EXPECT_THAT(spell(rules.wait(place(1), 1, 7, now)),
              ElementsAre("end of 1", "refuse 2: stale_token"));
}

TEST_F(LentLockTest, GivenUpOnItsWayItIsFree) {
  acquire(1);
  EXPECT_THAT(spell(rules.withdraw(1, 1, now)), ElementsAre("end of 1"));
  EXPECT_EQ(take(1), 0u);
  EXPECT_FALSE(rules.locked());
}

TEST_F(LentLockTest, NobodyTakesItOnceTheLockHasEnded) {
  acquire(1);
  EXPECT_TRUE(release(1));
  rules.close();
  EXPECT_EQ(take(1), 0u);
}

} // namespace
} // namespace troupe::testing
