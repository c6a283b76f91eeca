#include "troupe/core/event_rules.hpp"
#include "unit/line_fixture.hpp"

namespace troupe::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EventRulesTest : public LineFixture {
protected:
  outputs wait(line::client_id client, duration limit = forever) {
    return spell(rules.wait(place(client, limit), now));
  }
  outputs set() { return spell(rules.set()); }

  event_rules rules;
};

TEST_F(EventRulesTest, ASetWakesAllInOrder) {
  EXPECT_THAT(wait(1), IsEmpty());
  EXPECT_THAT(wait(2), IsEmpty());
  EXPECT_THAT(set(),
              ElementsAre("grant 1: 1", "end of 1", "grant 2: 1", "end of 2"));
}

TEST_F(EventRulesTest, WhileItIsSetNobodyWaits) {
  set();
  EXPECT_THAT(wait(1), ElementsAre("grant 1: 1", "end of 1"));
}

TEST_F(EventRulesTest, ASecondSetChangesNothing) {
  set();
  set();
  EXPECT_EQ(rules.generation(), 1u);
  rules.clear();
  set();
  EXPECT_EQ(rules.generation(), 2u);
}

TEST_F(EventRulesTest, AWaitEndsAtItsLimit) {
  EXPECT_THAT(wait(1, 0s), ElementsAre("refuse 1: busy"));
  wait(2, 1s);
  now = rules.wakeup();
  EXPECT_THAT(spell(rules.tick(now)), ElementsAre("refuse 2: timed_out"));
  EXPECT_EQ(rules.wakeup(), never);
}

TEST_F(EventRulesTest, WhoGivesUpOrDiesIsNotWoken) {
  wait(1);
  wait(2);
  EXPECT_THAT(spell(rules.withdraw(1, 1)), ElementsAre("refuse 1: cancelled"));
  EXPECT_THAT(spell(rules.gone(2)), ElementsAre("refuse 2: lost"));
  EXPECT_THAT(set(), IsEmpty());
}

} // namespace
} // namespace troupe::testing
