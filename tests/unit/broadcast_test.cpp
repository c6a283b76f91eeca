#include "unit/broadcast_fixture.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

using BroadcastTest = BroadcastFixture;

// -- who gets what ------------------------------------------------------------

TEST_F(BroadcastTest, GivesEachItemToAllInTheSameOrder) {
  subscribe(1);
  subscribe(2);
  EXPECT_THAT(publish(3, 10), ElementsAre("3 reached 2"));
  EXPECT_THAT(publish(4, 11), ElementsAre("4 reached 2"));
  EXPECT_THAT(get(1), ElementsAre("1 gets 10"));
  EXPECT_THAT(get(1), ElementsAre("1 gets 11"));
  EXPECT_THAT(get(2, 5), ElementsAre("2 gets 10 11"));
}

TEST_F(BroadcastTest, GivesOnlyWhatIsPublishedWhileOneIsSubscribed) {
  EXPECT_THAT(publish(3, 10), ElementsAre("3 reached 0"));
  subscribe(1);
  publish(3, 11);
  EXPECT_THAT(get_now(1), ElementsAre("1 gets 11"));
  publish(3, 12);
  EXPECT_THAT(unsubscribe(1), IsEmpty());
  EXPECT_THAT(publish(3, 13), ElementsAre("3 reached 0"));
  EXPECT_THAT(get(1), ElementsAre("1 closed"));
  EXPECT_THAT(unsubscribe(1), IsEmpty());
  EXPECT_EQ(rules.state().published(), 4u);
}

TEST_F(BroadcastTest, SharesTheMessage) {
  subscribe(1);
  subscribe(2);
  publish(3, 10);
  get(1);
  get(2);
  using number = google::protobuf::Int64Value;
  EXPECT_TRUE(*taken[1][0].value.get<number>()
              == *taken[2][0].value.get<number>());
}

TEST_F(BroadcastTest, KeepsNoShareOfAMessageThatWasTaken) {
  subscribe(1);
  publish(3, 10);
  get(1);
  using number = google::protobuf::Int64Value;
  EXPECT_EQ(taken[1][0].value.get<number>().value().use_count(), 2);
}

TEST_F(BroadcastTest, ServesTheGetsOfASubscriberInTheirOrder) {
  subscribe(1);
  EXPECT_THAT(get(1, 2), IsEmpty());
  subscribers[2] = subscribers[1];
  EXPECT_THAT(get(2), IsEmpty());
  EXPECT_EQ(state_of(1).getters(), 2u);
  EXPECT_THAT(publish(3, 10), ElementsAre("1 gets 10", "3 reached 1"));
  EXPECT_THAT(publish(3, 11), ElementsAre("2 gets 11", "3 reached 1"));
}

TEST_F(BroadcastTest, TellsWhoDoesNotWaitThatThereIsNothing) {
  subscribe(1);
  EXPECT_THAT(get_now(1), ElementsAre("1 empty"));
}

TEST_F(BroadcastTest, TakesTheOptionsOfASubscriberBeforeItsOwn) {
  subscribe(1);
  EXPECT_EQ(state_of(1).max_size(), 64u);
  EXPECT_EQ(state_of(1).on_full(), v1::BROADCAST_ON_FULL_BLOCK);
  make(broadcast_options{}.max_size(2).on_full(on_full::drop_newest));
  subscribe(1);
  EXPECT_EQ(state_of(1).max_size(), 2u);
  EXPECT_EQ(state_of(1).on_full(), v1::BROADCAST_ON_FULL_DROP_NEWEST);
  subscribe(2, broadcast_options{}.max_size(3));
  EXPECT_EQ(state_of(2).max_size(), 3u);
  EXPECT_EQ(state_of(2).on_full(), v1::BROADCAST_ON_FULL_DROP_NEWEST);
  subscribe(3, broadcast_options{}.on_full(on_full::disconnect));
  EXPECT_EQ(state_of(3).max_size(), 2u);
  EXPECT_EQ(state_of(3).on_full(), v1::BROADCAST_ON_FULL_DISCONNECT);
}

TEST_F(BroadcastTest, RefusesSubscribersWhoseEndNobodyWouldTell) {
  EXPECT_THAT(take(broadcast_rules::subscribe{1, 0}),
              ElementsAre("1 invalid_argument"));
}

// -- block --------------------------------------------------------------------

TEST_F(BroadcastTest, LetsPublishersWaitUntilEverybodyHasRoom) {
  subscribe(1, 1, on_full::block);
  subscribe(2, 1, on_full::block);
  subscribe(3, 9, on_full::block);
  publish(4, 10);
  EXPECT_THAT(publish(4, 11), IsEmpty());
  EXPECT_THAT(publish(5, 12), IsEmpty());
  EXPECT_EQ(rules.state().publishers(), 2u);
  EXPECT_THAT(get(1), ElementsAre("1 gets 10"));
  EXPECT_THAT(get_now(3), ElementsAre("3 gets 10")); // and not 11 before others
  EXPECT_THAT(get(2), ElementsAre("2 gets 10", "4 reached 3"));
  EXPECT_THAT(get_now(3), ElementsAre("3 gets 11"));
  EXPECT_THAT(get(2), ElementsAre("2 gets 11"));
  EXPECT_THAT(get(1), ElementsAre("1 gets 11", "5 reached 3"));
}

TEST_F(BroadcastTest, GivesNobodyAnItemForWhichSomebodyHasNoRoom) {
  subscribe(1, 1, on_full::block);
  subscribe(2, 9, on_full::drop_oldest);
  publish(3, 10);
  EXPECT_THAT(publish_now(3, 11), ElementsAre("3 full"));
  EXPECT_THAT(get_now(2), ElementsAre("2 gets 10"));
  EXPECT_EQ(rules.state().published(), 1u);
}

TEST_F(BroadcastTest, LetsSeveralInIfThereIsRoomForThem) {
  subscribe(1, 2, on_full::block);
  publish(2, 10);
  publish(2, 11);
  publish(2, 12);
  publish(3, 13);
  publish(4, 14);
  EXPECT_THAT(get(1, 9),
              ElementsAre("1 gets 10 11", "2 reached 1", "3 reached 1"));
  EXPECT_THAT(get(1, 9), ElementsAre("1 gets 12 13", "4 reached 1"));
}

TEST_F(BroadcastTest, LetsPublishersInWhenTheSubscriberGoes) {
  subscribe(1, 1, on_full::block);
  subscribe(2, 1, on_full::block);
  publish(3, 10);
  publish(3, 11);
  EXPECT_THAT(unsubscribe(1), IsEmpty());
  EXPECT_THAT(die(2), ElementsAre("3 reached 0"));
  EXPECT_THAT(publish(3, 12), ElementsAre("3 reached 0"));
}

TEST_F(BroadcastTest, GivesWhoSubscribesWhatWaitsToBePublished) {
  subscribe(1, 1, on_full::block);
  publish(3, 10);
  publish(3, 11);
  subscribe(2);
  EXPECT_THAT(get(1), ElementsAre("1 gets 10", "3 reached 2"));
  EXPECT_THAT(get_now(2), ElementsAre("2 gets 11"));
}

// -- who misses what ----------------------------------------------------------

TEST_F(BroadcastTest, DropsTheOldest) {
  subscribe(1, 2, on_full::drop_oldest);
  for (int i = 10; i != 15; ++i)
    EXPECT_THAT(publish(2, i), ElementsAre("2 reached 1"));
  EXPECT_EQ(lag(1), 3u);
  EXPECT_THAT(get_now(1), ElementsAre("1 gets 13 14"));
  EXPECT_EQ(lag(1), 3u);
}

TEST_F(BroadcastTest, DropsTheNewest) {
  subscribe(1, 2, on_full::drop_newest);
  subscribe(2);
  publish(3, 10);
  publish(3, 11);
  EXPECT_THAT(publish(3, 12), ElementsAre("3 reached 1"));
  EXPECT_EQ(lag(1), 1u);
  EXPECT_THAT(get(1), ElementsAre("1 gets 10"));
  publish(3, 13);
  EXPECT_THAT(get_now(1), ElementsAre("1 gets 11 13"));
  EXPECT_THAT(get_now(2), ElementsAre("2 gets 10 11 12 13"));
  EXPECT_EQ(lag(1), 1u);
  EXPECT_EQ(lag(2), 0u);
}

TEST_F(BroadcastTest, DisconnectsWhoFallsBehind) {
  subscribe(1, 2, on_full::disconnect);
  publish(2, 10);
  publish(2, 11);
  EXPECT_EQ(rules.state().subscribers(), 1u);
  EXPECT_THAT(publish(2, 12), ElementsAre("2 reached 0"));
  EXPECT_EQ(rules.state().subscribers(), 0u);
  EXPECT_THAT(get(1), ElementsAre("1 gets 10"));
  publish(2, 13); // there is room, but too late
  EXPECT_EQ(lag(1), 2u);
  EXPECT_THAT(get_now(1), ElementsAre("1 gets 11"));
  EXPECT_THAT(get(1), ElementsAre("1 overloaded"));
  EXPECT_THAT(reason, HasSubstr("more than 2"));
  EXPECT_THAT(reason, HasSubstr("missed 2"));
  shutdown(3);
  EXPECT_THAT(get(1), ElementsAre("1 overloaded"));
}

// -- cancel, time limits ------------------------------------------------------

TEST_F(BroadcastTest, NeverShowsWhatACancelledPublisherWaitedWith) {
  subscribe(1, 1, on_full::block);
  publish(2, 10);
  publish(2, 11);
  publish(3, 12);
  EXPECT_THAT(cancel(2), ElementsAre("2 cancelled", "102 ended it"));
  EXPECT_THAT(get(1), ElementsAre("1 gets 10", "3 reached 1"));
  EXPECT_THAT(cancel(3), ElementsAre("103 was late"));
  EXPECT_THAT(get_now(1), ElementsAre("1 gets 12"));
}

TEST_F(BroadcastTest, ForgetsACancelledGet) {
  subscribe(1);
  get(1);
  EXPECT_THAT(cancel(1), ElementsAre("1 cancelled", "101 ended it"));
  EXPECT_THAT(publish(2, 10), ElementsAre("2 reached 1"));
  EXPECT_THAT(get(1), ElementsAre("1 gets 10"));
  EXPECT_THAT(cancel(1), ElementsAre("101 was late"));
}

TEST_F(BroadcastTest, DoesNotCancelWhatHasNoTicketOrAnotherOne) {
  subscribe(1);
  take(broadcast_rules::get{1, {1, 0}, subscribers[1]});
  EXPECT_THAT(take(broadcast_rules::cancel{2, {1, 0}}),
              ElementsAre("2 was late"));
  EXPECT_THAT(take(broadcast_rules::cancel{2, {2, 2}}),
              ElementsAre("2 was late"));
}

TEST_F(BroadcastTest, GivesUpOnARequestWhenItsTimeIsOver) {
  subscribe(1, 1, on_full::block);
  get(1, 1, now + 2s);
  EXPECT_THAT(pass(1s), IsEmpty());
  EXPECT_THAT(pass(1s), ElementsAre("1 timed_out"));
  publish(2, 10);
  publish(2, 11, now + 1s);
  publish(3, 12, now + 9s);
  EXPECT_THAT(pass(1s), ElementsAre("2 timed_out"));
  EXPECT_THAT(get(1), ElementsAre("1 gets 10", "3 reached 1"));
  EXPECT_THAT(get(1), ElementsAre("1 gets 12"));
  EXPECT_EQ(rules.wakeup(), never);
}

// -- items that come back -----------------------------------------------------

TEST_F(BroadcastTest, PutsItemsBackBeforeNewerOnes) {
  subscribe(1);
  for (int i = 10; i != 13; ++i)
    publish(2, i);
  get(1);
  get(1);
  give_back(1);
  EXPECT_THAT(get_now(1), ElementsAre("1 gets 10 11 12"));
  std::swap(taken[1].front(), taken[1].back());
  give_back(1);
  EXPECT_THAT(get_now(1), ElementsAre("1 gets 10 11 12"));
}

TEST_F(BroadcastTest, GivesWhatComesBackToTheNextGet) {
  subscribe(1);
  publish(2, 10);
  get(1);
  subscribers[3] = subscribers[1];
  get(3);
  EXPECT_THAT(give_back(1), ElementsAre("3 gets 10"));
}

TEST_F(BroadcastTest, TakesItemsBackEvenIfThereIsNoRoom) {
  subscribe(1, 1, on_full::block);
  publish(2, 10);
  get(1);
  publish(2, 11);
  give_back(1);
  EXPECT_EQ(state_of(1).size(), 2u);
  EXPECT_THAT(publish_now(2, 12), ElementsAre("2 full"));
  EXPECT_THAT(get(1), ElementsAre("1 gets 10"));
  EXPECT_THAT(publish_now(2, 12), ElementsAre("2 full"));
  EXPECT_THAT(get(1), ElementsAre("1 gets 11"));
  EXPECT_THAT(publish_now(2, 12), ElementsAre("2 reached 1"));
}

TEST_F(BroadcastTest, LetsNobodyInForWhomAnItemThatCameBackTakesTheRoom) {
  subscribe(1, 1, on_full::block);
  publish(2, 10);
  get(1);
  give_back(1);
  EXPECT_THAT(publish_now(2, 11), ElementsAre("2 full"));
}

TEST_F(BroadcastTest, KeepsItsBoundAgainWhenItemsCameBack) {
  subscribe(1, 2, on_full::drop_oldest);
  publish(2, 10);
  publish(2, 11);
  get(1, 2);
  publish(2, 12);
  publish(2, 13);
  give_back(1);
  EXPECT_EQ(state_of(1).size(), 4u);
  publish(2, 14);
  EXPECT_EQ(lag(1), 3u);
  EXPECT_THAT(get_now(1), ElementsAre("1 gets 13 14"));
}

TEST_F(BroadcastTest, DropsWhatComesBackToNobody) {
  subscribe(1);
  publish(2, 10);
  get(1);
  unsubscribe(1);
  EXPECT_THAT(give_back(1), IsEmpty());
}

// -- shutdown -----------------------------------------------------------------

TEST_F(BroadcastTest, EndsThoseWhoWaitWhenItIsShutDown) {
  subscribe(1, 1, on_full::block);
  subscribe(2);
  publish(3, 10);
  get(2);
  publish(3, 11);
  get(2);
  EXPECT_THAT(shutdown(4),
              ElementsAre("3 closed", "2 closed", "4 shut it down"));
  EXPECT_TRUE(rules.state().shut_down());
  EXPECT_THAT(publish(3, 12), ElementsAre("3 closed"));
  EXPECT_THAT(publish_now(3, 12), ElementsAre("3 closed"));
  EXPECT_THAT(subscribe(5), ElementsAre("5 closed"));
  EXPECT_THAT(get(2), ElementsAre("2 closed"));
  EXPECT_THAT(get_now(2), ElementsAre("2 closed"));
  EXPECT_THAT(shutdown(4), ElementsAre("4 shut it down"));
}

TEST_F(BroadcastTest, GivesWhatIsLeftWhenItIsShutDown) {
  subscribe(1);
  publish(2, 10);
  publish(2, 11);
  shutdown(3);
  EXPECT_THAT(get(1), ElementsAre("1 gets 10"));
  give_back(1);
  EXPECT_THAT(get_now(1), ElementsAre("1 gets 10 11"));
  EXPECT_THAT(get(1), ElementsAre("1 closed"));
}

TEST_F(BroadcastTest, DropsWhatIsLeftWhenItIsShutDownAtOnce) {
  subscribe(1);
  publish(2, 10);
  publish(2, 11);
  get(1);
  shutdown(3, true);
  EXPECT_THAT(get(1), ElementsAre("1 closed"));
  give_back(1);
  EXPECT_THAT(get(1), ElementsAre("1 closed"));
  EXPECT_EQ(lag(1), 0u);
}

// -- deaths -------------------------------------------------------------------

TEST_F(BroadcastTest, ForgetsWhatTheDeadWaitedFor) {
  subscribe(1, 1, on_full::block);
  publish(2, 10);
  publish(2, 11);
  publish(3, 12);
  EXPECT_THAT(die(2), ElementsAre("2 forgotten"));
  EXPECT_THAT(get(1), ElementsAre("1 gets 10", "3 reached 1"));
  EXPECT_THAT(get(1), ElementsAre("1 gets 12"));
  get(1);
  EXPECT_THAT(die(1), ElementsAre("1 forgotten"));
  EXPECT_EQ(rules.state().subscribers(), 0u);
  EXPECT_THAT(die(1), IsEmpty());
}

TEST_F(BroadcastTest, EndsEverySubscriptionOfTheDead) {
  subscribe(1);
  auto first = subscribers[1];
  subscribe(1);
  subscribe(2);
  die(1);
  EXPECT_EQ(rules.state().subscribers(), 1u);
  EXPECT_EQ(rules.state_of(first).error().code(), errc::closed);
  EXPECT_THAT(get(1), ElementsAre("1 closed"));
}

TEST_F(BroadcastTest, EndsASubscriptionWithWhoUsedItLast) {
  subscribe(1);
  subscribers[2] = subscribers[1];
  get_now(2);
  EXPECT_THAT(die(1), IsEmpty());
  EXPECT_EQ(rules.state().subscribers(), 1u);
  EXPECT_THAT(take(broadcast_rules::get{
                9, {0, 0}, subscribers[2], 1, broadcast_rules::dont_wait}),
              ElementsAre("9 empty")); // nobody does not use it
  EXPECT_THAT(die(2), IsEmpty());
  EXPECT_EQ(rules.state().subscribers(), 0u);
}

TEST_F(BroadcastTest, EndsTheGetsOfASubscriptionThatEnds) {
  subscribe(1);
  get(1);
  EXPECT_THAT(unsubscribe(1), ElementsAre("1 closed"));
  subscribe(1);
  subscribers[2] = subscribers[1];
  get(1);
  get(2);
  EXPECT_THAT(die(2), ElementsAre("2 forgotten", "1 closed"));
}

} // namespace
