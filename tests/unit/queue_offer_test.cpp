#include "unit/queue_fixture.hpp"

namespace troupe::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Gets that are only offered an item, and take or decline it.
class QueueOfferTest : public QueueFixture {
protected:
  outputs offer_to(std::uint64_t who, time_point give_up = never) {
    return take(queue_rules::get{who, from(who), give_up, true});
  }
  outputs accept(std::uint64_t who) {
    return take(queue_rules::accept{from(who)});
  }
  outputs decline(std::uint64_t who) {
    return take(queue_rules::decline{from(who)});
  }
};

TEST_F(QueueOfferTest, AnItemIsThereUntilItIsTaken) {
  put(1, 10);
  EXPECT_THAT(offer_to(2), ElementsAre("2 gets 10"));
  EXPECT_EQ(rules.size(), 1u);
  EXPECT_THAT(accept(2), IsEmpty());
  EXPECT_EQ(rules.size(), 0u);
}

TEST_F(QueueOfferTest, WhoWaitsIsOfferedWhatComes) {
  EXPECT_THAT(offer_to(2), IsEmpty());
  EXPECT_THAT(put(1, 10), ElementsAre("1 accepted", "2 gets 10"));
  accept(2);
  EXPECT_EQ(rules.size(), 0u);
}

TEST_F(QueueOfferTest, NobodyIsServedMeanwhile) {
  put(1, 10);
  put(1, 11);
  offer_to(2);
  EXPECT_THAT(get(3), IsEmpty());
  EXPECT_THAT(get_many(4, 5), IsEmpty());
  EXPECT_THAT(get_now(5), IsEmpty());
  EXPECT_THAT(accept(2), ElementsAre("3 gets 11", "5 empty"));
  EXPECT_THAT(put(1, 12), ElementsAre("1 accepted", "4 gets 12"));
}

TEST_F(QueueOfferTest, WhatIsDeclinedIsTheNext) {
  put(1, 10);
  put(1, 11);
  offer_to(2);
  get(3);
  get_many(4, 5);
  EXPECT_THAT(decline(2), ElementsAre("3 gets 10", "4 gets 11"));
}

TEST_F(QueueOfferTest, WhatIsDeclinedComesBeforeWhatWasPutSince) {
  put(1, 10);
  offer_to(2);
  put(1, 11);
  decline(2);
  EXPECT_THAT(get(3), ElementsAre("3 gets 10"));
  EXPECT_THAT(get(3), ElementsAre("3 gets 11"));
}

TEST_F(QueueOfferTest, WhatIsOfferedTakesRoom) {
  make(queue_options{}.max_size(1));
  put(1, 10);
  offer_to(2);
  EXPECT_THAT(put_now(3, 11), ElementsAre("3 full"));
  put(4, 12);
  EXPECT_THAT(accept(2), ElementsAre("4 accepted"));
}

TEST_F(QueueOfferTest, WhoDeclinesBeforeWaitsNoLonger) {
  offer_to(2);
  EXPECT_THAT(decline(2), ElementsAre("2 forgotten"));
  put(1, 10);
  EXPECT_EQ(rules.size(), 1u);
  EXPECT_THAT(decline(2), IsEmpty());
}

TEST_F(QueueOfferTest, OnlyTheOneItIsOfferedToAnswers) {
  put(1, 10);
  offer_to(2);
  accept(3);
  decline(3);
  EXPECT_THAT(get(4), IsEmpty());
  EXPECT_THAT(decline(2), ElementsAre("4 gets 10"));
}

TEST_F(QueueOfferTest, ItsDeathDeclines) {
  put(1, 10);
  offer_to(2);
  EXPECT_THAT(die(2), IsEmpty());
  EXPECT_THAT(get(3), ElementsAre("3 gets 10"));
}

TEST_F(QueueOfferTest, OffersAreMadeOneAfterTheOther) {
  put(1, 10);
  put(1, 11);
  offer_to(2);
  EXPECT_THAT(offer_to(3), IsEmpty());
  EXPECT_THAT(accept(2), ElementsAre("3 gets 11"));
  EXPECT_THAT(decline(3), IsEmpty());
  EXPECT_THAT(get(4), ElementsAre("4 gets 11"));
}

TEST_F(QueueOfferTest, APriorityQueuePutsBackWhatIsDeclined) {
  make(queue_options{}.order(queue_order::priority));
  put(1, 10, 5);
  offer_to(2);
  put(1, 11, 1);
  decline(2);
  EXPECT_THAT(get(3), ElementsAre("3 gets 11"));
  EXPECT_THAT(get(3), ElementsAre("3 gets 10"));
}

TEST_F(QueueOfferTest, AShutdownLetsThoseBehindHaveWhatIsLeft) {
  put(1, 10);
  put(1, 11);
  offer_to(2);
  get(3);
  get(4);
  EXPECT_THAT(shutdown(5), ElementsAre("5 state"));
  EXPECT_THAT(accept(2), ElementsAre("3 gets 11", "4 closed"));
}

TEST_F(QueueOfferTest, AShutdownAtOnceLeavesWhatIsOffered) {
  put(1, 10);
  put(1, 11);
  offer_to(2);
  get(3);
  shutdown(4, true);
  EXPECT_EQ(rules.size(), 1u);
  EXPECT_THAT(decline(2), ElementsAre("3 closed"));
  EXPECT_EQ(rules.size(), 0u);
  EXPECT_EQ(rules.state().unfinished(), 0u);
}

TEST_F(QueueOfferTest, APutIsTooLateToBeCancelled) {
  put(1, 10);
  offer_to(2);
  EXPECT_THAT(cancel(1), ElementsAre("101 was late"));
  accept(2);
}

TEST_F(QueueOfferTest, APutWhoseItemWasDeclinedIsCancelled) {
  put(1, 10);
  offer_to(2);
  decline(2);
  EXPECT_THAT(cancel(1), ElementsAre("101 ended it"));
  EXPECT_EQ(rules.size(), 0u);
}

TEST_F(QueueOfferTest, ItsTimeLimitDeclines) {
  put(1, 10);
  offer_to(2, now + 2s);
  EXPECT_EQ(rules.wakeup(), now + 2s);
  get(3);
  EXPECT_THAT(pass(1s), IsEmpty());
  EXPECT_THAT(pass(1s), ElementsAre("3 gets 10"));
  EXPECT_EQ(rules.wakeup(), never);
  EXPECT_THAT(accept(2), IsEmpty());
  EXPECT_EQ(rules.state().unfinished(), 1u);
}

TEST_F(QueueOfferTest, TheTimeLimitOfWhoHasWaitedHoldsOnForItsOffer) {
  offer_to(2, now + 2s);
  pass(1s);
  EXPECT_THAT(put(1, 10), ElementsAre("1 accepted", "2 gets 10"));
  put(1, 11);
  EXPECT_THAT(pass(1s), IsEmpty());
  EXPECT_THAT(get_many(3, 2), ElementsAre("3 gets 10 11"));
}

TEST_F(QueueOfferTest, WhoAnswersIsNoLongerLimited) {
  put(1, 10);
  put(1, 11);
  offer_to(2, now + 2s);
  accept(2);
  EXPECT_EQ(rules.wakeup(), never);
  offer_to(2, now + 2s);
  decline(2);
  EXPECT_EQ(rules.wakeup(), never);
  EXPECT_THAT(get(3), ElementsAre("3 gets 11"));
}

TEST_F(QueueOfferTest, AnOfferIsForThoseWhoWaitStill) {
  put(1, 10);
  offer_to(2, now + 1s);
  offer_to(3, now + 1s);
  offer_to(4, now + 2s);
  get(5, now + 3s);
  EXPECT_EQ(rules.wakeup(), now + 1s);
  EXPECT_THAT(pass(1s), ElementsAre("3 timed_out", "4 gets 10"));
  EXPECT_THAT(pass(1s), ElementsAre("5 gets 10"));
}

TEST_F(QueueOfferTest, WhoDoesNotWaitMayTakeItsTimeToAnswer) {
  put(1, 10);
  offer_to(2, queue_rules::dont_wait);
  EXPECT_EQ(rules.wakeup(), never);
  take(queue_rules::tick{});
  accept(2);
  EXPECT_EQ(rules.size(), 0u);
}

} // namespace
} // namespace troupe::testing
