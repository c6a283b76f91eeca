#include "troupe/core/barrier_rules.hpp"
#include "unit/line_fixture.hpp"

namespace troupe::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class BarrierRulesTest : public LineFixture {
protected:
  outputs wait(line::client_id client, duration limit = forever) {
    return spell(rules.wait(place(client, limit), now));
  }

  barrier_rules rules{2};
};

TEST_F(BarrierRulesTest, ItTripsWhenAllAreThere) {
  EXPECT_THAT(wait(1), IsEmpty());
  EXPECT_THAT(wait(2),
              ElementsAre("grant 1: 0", "end of 1", "grant 2: 1", "end of 2"));
  EXPECT_EQ(rules.waiting(), 0u);
}

TEST_F(BarrierRulesTest, WhoGivesUpIsNotCounted) {
  wait(1);
  EXPECT_THAT(spell(rules.withdraw(1, 1)), ElementsAre("refuse 1: cancelled"));
  EXPECT_THAT(wait(2), IsEmpty());
}

TEST_F(BarrierRulesTest, WhoDiesIsNotCounted) {
  wait(1);
  EXPECT_THAT(spell(rules.gone(1)), ElementsAre("refuse 1: lost"));
  EXPECT_FALSE(rules.broken());
  EXPECT_THAT(wait(2), IsEmpty());
}

TEST_F(BarrierRulesTest, WhoDiesBreaksItIfThatIsWanted) {
  rules = barrier_rules{3, barrier_options{}.break_on_death(true)};
  wait(1);
  wait(2);
  EXPECT_THAT(spell(rules.gone(1)),
              ElementsAre("refuse 1: lost", "refuse 2: broken"));
  EXPECT_TRUE(rules.broken());
}

TEST_F(BarrierRulesTest, AResetRefusesThoseThatWait) {
  wait(1);
  EXPECT_THAT(spell(rules.reset()), ElementsAre("refuse 1: broken"));
  EXPECT_FALSE(rules.broken());
}

TEST_F(BarrierRulesTest, AnAbortRefusesAllUntilAReset) {
  wait(1);
  EXPECT_THAT(spell(rules.abort()), ElementsAre("refuse 1: broken"));
  EXPECT_THAT(wait(2), ElementsAre("refuse 2: broken"));
  rules.reset();
  EXPECT_THAT(wait(2), IsEmpty());
}

TEST_F(BarrierRulesTest, AWaitEndsAtItsLimit) {
  wait(1, 1s);
  now = rules.wakeup();
  EXPECT_THAT(spell(rules.tick(now)), ElementsAre("refuse 1: timed_out"));
}

} // namespace
} // namespace troupe::testing
