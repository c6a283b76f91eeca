#include "troupe/core/rate_rules.hpp"
#include "unit/line_fixture.hpp"

namespace troupe::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// One in 5 s, and two at once.
class RateRulesTest : public LineFixture {
protected:
  outputs acquire(line::client_id client, std::uint64_t count = 1,
                  const std::string& key = "", duration limit = forever) {
    return spell(rules.acquire(place(client, limit), key, count, now));
  }
  outputs pass(duration length) {
    now += length;
    return rules.wakeup() <= now ? spell(rules.tick(now)) : outputs{};
  }

  rate_rules rules{2, 10s, 2};
};

TEST_F(RateRulesTest, ABurstPassesAtOnceAndThenOneAfterTheOther) {
  EXPECT_THAT(acquire(1), ElementsAre("grant 1: 0", "end of 1"));
  EXPECT_THAT(acquire(2), ElementsAre("grant 2: 0", "end of 2"));
  EXPECT_THAT(acquire(3), IsEmpty());
  EXPECT_THAT(acquire(4), IsEmpty());
  EXPECT_THAT(pass(4s), IsEmpty());
  EXPECT_THAT(pass(1s), ElementsAre("grant 3: 0", "end of 3"));
  EXPECT_THAT(pass(5s), ElementsAre("grant 4: 0", "end of 4"));
  EXPECT_EQ(rules.wakeup(), never);
}

TEST_F(RateRulesTest, EachKeyHasItsOwnRate) {
  acquire(1, 2, "a");
  EXPECT_THAT(acquire(2, 2, "b"), ElementsAre("grant 2: 0", "end of 2"));
}

TEST_F(RateRulesTest, FewDoNotOvertakeMany) {
  acquire(1, 1);
  EXPECT_THAT(acquire(2, 2), IsEmpty());
  EXPECT_THAT(acquire(3, 1), IsEmpty());
  EXPECT_THAT(pass(5s), ElementsAre("grant 2: 0", "end of 2"));
}

TEST_F(RateRulesTest, MoreThanABurstNeverPasses) {
  EXPECT_THAT(acquire(1, 3), ElementsAre("refuse 1: invalid_argument"));
}

TEST_F(RateRulesTest, WhoDoesNotWaitIsTold) {
  acquire(1, 2);
  EXPECT_THAT(acquire(2, 1, "", 0s), ElementsAre("refuse 2: busy"));
  acquire(3, 1, "", 1s);
  EXPECT_THAT(pass(1s), ElementsAre("refuse 3: timed_out"));
}

TEST_F(RateRulesTest, TheNextWakeUpIsThatOfTheFirstKey) {
  acquire(1, 2, "a");
  EXPECT_EQ(rules.wakeup(), never); // nobody waits
  acquire(2, 2, "a");
  pass(2s);
  acquire(3, 2, "b");
  acquire(4, 1, "b");
  EXPECT_EQ(rules.wakeup(), now + 5s);
  acquire(5, 1, "b", 3s);
  EXPECT_EQ(rules.wakeup(), now + 3s);
  EXPECT_THAT(spell(rules.withdraw(5, 5, now)),
              ElementsAre("refuse 5: cancelled"));
  EXPECT_EQ(rules.wakeup(), now + 5s);
  EXPECT_THAT(pass(5s), ElementsAre("grant 4: 0", "end of 4"));
  EXPECT_EQ(rules.wakeup(), now + 3s);
  EXPECT_THAT(spell(rules.gone(2, now)), ElementsAre("refuse 2: lost"));
  EXPECT_EQ(rules.wakeup(), never);
}

TEST_F(RateRulesTest, AllThatIsDueHappensAtOnce) {
  for (const auto* key : {"a", "b", "c"}) {
    acquire(1, 2, key);
    acquire(2, 1, key);
  }
  acquire(3, 1, "c", 1s);
  EXPECT_THAT(pass(5s), ::testing::UnorderedElementsAre(
                          "grant 2: 0", "end of 2", "grant 4: 0", "end of 2",
                          "grant 6: 0", "end of 2", "refuse 7: timed_out"));
  EXPECT_EQ(rules.wakeup(), never);
}

TEST_F(RateRulesTest, TellsWhenOneMayPass) {
  EXPECT_LE(rules.ready("a"), now);
  acquire(1, 1, "a");
  EXPECT_LE(rules.ready("a"), now);
  acquire(2, 1, "a");
  EXPECT_EQ(rules.ready("a"), now + 5s);
  EXPECT_LE(rules.ready("b"), now);
}

TEST_F(RateRulesTest, WhoGivesUpLetsTheNextPass) {
  acquire(1, 1);
  acquire(2, 2);
  acquire(3, 1);
  EXPECT_THAT(spell(rules.withdraw(2, 2, now)),
              ElementsAre("refuse 2: cancelled", "grant 3: 0", "end of 3"));
}

} // namespace
} // namespace troupe::testing
