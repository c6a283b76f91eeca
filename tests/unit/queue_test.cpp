#include "unit/queue_fixture.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

using QueueTest = QueueFixture;

queue_options bounded(std::size_t max_size) {
  return queue_options{}.max_size(max_size);
}

// -- order --------------------------------------------------------------------

TEST_F(QueueTest, GivesTheOldestFirst) {
  put(1, 10);
  put(1, 11);
  EXPECT_THAT(get(2), ElementsAre("2 gets 10"));
  EXPECT_THAT(get(2), ElementsAre("2 gets 11"));
}

TEST_F(QueueTest, GivesTheNewestFirstIfItIsLifo) {
  make(queue_options{}.order(queue_order::lifo));
  put(1, 10);
  put(1, 11);
  EXPECT_THAT(get_many(2, 5), ElementsAre("2 gets 11 10"));
}

TEST_F(QueueTest, GivesTheSmallestPriorityFirstAndTheOldestOfEquals) {
  make(queue_options{}.order(queue_order::priority));
  put(1, 10, 3);
  put(1, 11, -1);
  put(1, 12, 3);
  put(1, 13, 2);
  put(1, 14, -1);
  EXPECT_THAT(get_many(2, 5), ElementsAre("2 gets 11 14 13 10 12"));
}

// -- who waits ----------------------------------------------------------------

TEST_F(QueueTest, ServesGettersInTheirOrder) {
  EXPECT_THAT(get(1), IsEmpty());
  EXPECT_THAT(get(2), IsEmpty());
  EXPECT_THAT(put(3, 10), ElementsAre("3 accepted", "1 gets 10"));
  EXPECT_THAT(put(3, 11), ElementsAre("3 accepted", "2 gets 11"));
}

TEST_F(QueueTest, LetsPuttersInInTheirOrder) {
  make(bounded(1));
  put(1, 10);
  EXPECT_THAT(put(2, 11), IsEmpty());
  EXPECT_THAT(put(3, 12), IsEmpty());
  EXPECT_THAT(get(4), ElementsAre("4 gets 10", "2 accepted"));
  EXPECT_THAT(get(4), ElementsAre("4 gets 11", "3 accepted"));
}

TEST_F(QueueTest, TellsWhoDoesNotWaitThatItIsFullOrEmpty) {
  make(bounded(1));
  EXPECT_THAT(get_now(1), ElementsAre("1 empty"));
  EXPECT_THAT(put_now(1, 10), ElementsAre("1 accepted"));
  EXPECT_THAT(put_now(1, 11), ElementsAre("1 full"));
  EXPECT_THAT(get_now(1), ElementsAre("1 gets 10"));
}

TEST_F(QueueTest, GivesUpOnARequestWhenItsTimeIsOver) {
  make(bounded(1));
  get(1, now + 2s);
  get(2);
  EXPECT_THAT(pass(1s), IsEmpty());
  EXPECT_THAT(pass(1s), ElementsAre("1 timed_out"));
  EXPECT_THAT(put(3, 10), ElementsAre("3 accepted", "2 gets 10"));
  put(3, 11);
  put(4, 12, 0, now + 1s);
  EXPECT_THAT(pass(1s), ElementsAre("4 timed_out"));
  EXPECT_THAT(get(5), ElementsAre("5 gets 11"));
  EXPECT_EQ(rules.wakeup(), never);
}

// -- batches ------------------------------------------------------------------

TEST_F(QueueTest, TakesABatchBitByBitAndNoItemInBetween) {
  make(bounded(2));
  EXPECT_THAT(put_many(1, {10, 11, 12}), IsEmpty());
  EXPECT_THAT(put(2, 20), IsEmpty());
  EXPECT_THAT(get(3), ElementsAre("3 gets 10", "1 accepted"));
  EXPECT_THAT(get_many(3, 9), ElementsAre("3 gets 11 12", "2 accepted"));
}

TEST_F(QueueTest, GivesABatchOfWhatIsThere) {
  EXPECT_THAT(get_many(1, 3), IsEmpty());
  EXPECT_THAT(put(2, 10), ElementsAre("2 accepted", "1 gets 10"));
  EXPECT_THAT(put_many(2, {11, 12, 13, 14}), ElementsAre("2 accepted"));
  EXPECT_THAT(get_many(1, 3), ElementsAre("1 gets 11 12 13"));
  EXPECT_THAT(get_many(1, 3), ElementsAre("1 gets 14"));
  EXPECT_THAT(get_many(1, 0), ElementsAre("1 invalid_argument"));
}

TEST_F(QueueTest, TakesABatchWholeOrNotAtAllFromWhoDoesNotWait) {
  make(bounded(2));
  constexpr auto at_once = queue_rules::dont_wait;
  EXPECT_THAT(put_many(1, {10, 11, 12}, at_once), ElementsAre("1 full"));
  EXPECT_EQ(rules.size(), 0u);
  EXPECT_THAT(put_many(1, {10, 11}, at_once), ElementsAre("1 accepted"));
  EXPECT_THAT(put_many(1, {}, at_once), ElementsAre("1 accepted"));
}

TEST_F(QueueTest, LetsGettersTakeFromABatchThatIsTooBig) {
  make(bounded(1));
  get(1);
  get_many(2, 5);
  EXPECT_THAT(put_many(3, {10, 11, 12}),
              ElementsAre("1 gets 10", "2 gets 11", "3 accepted"));
}

// -- cancel -------------------------------------------------------------------

TEST_F(QueueTest, ForgetsACancelledGetter) {
  get(1);
  get(2);
  EXPECT_THAT(cancel(1), ElementsAre("1 cancelled", "101 ended it"));
  EXPECT_THAT(put(3, 10), ElementsAre("3 accepted", "2 gets 10"));
  EXPECT_THAT(cancel(2), ElementsAre("102 was late"));
}

TEST_F(QueueTest, ForgetsTheItemOfACancelledPutter) {
  make(bounded(1));
  put(1, 10);
  put(2, 11);
  put(3, 12);
  EXPECT_THAT(cancel(2), ElementsAre("2 cancelled", "102 ended it"));
  EXPECT_THAT(get(4), ElementsAre("4 gets 10", "3 accepted"));
  EXPECT_THAT(get(4), ElementsAre("4 gets 12"));
}

TEST_F(QueueTest, DropsTheItemOfAPutThatIsCancelledLate) {
  make(bounded(1));
  put(1, 10);
  put(2, 11);
  EXPECT_THAT(cancel(1), ElementsAre("101 ended it", "2 accepted"));
  EXPECT_THAT(get(3), ElementsAre("3 gets 11"));
  EXPECT_THAT(cancel(2), ElementsAre("102 was late"));
  EXPECT_EQ(rules.state().unfinished(), 1u);
}

TEST_F(QueueTest, DropsWhatIsInOfACancelledBatch) {
  make(bounded(2));
  put_many(1, {10, 11, 12, 13});
  put(2, 20);
  get(3);
  EXPECT_THAT(cancel(1),
              ElementsAre("1 cancelled", "101 ended it", "2 accepted"));
  EXPECT_THAT(get(3), ElementsAre("3 gets 20"));
  EXPECT_EQ(rules.state().unfinished(), 2u);
}

TEST_F(QueueTest, AcceptsAnEmptyBatchAtOnceThoughOthersWait) {
  make(bounded(1));
  put(1, 10);
  put(2, 11);
  EXPECT_THAT(put_many(3, {}), ElementsAre("3 accepted"));
  EXPECT_THAT(get(4), ElementsAre("4 gets 10", "2 accepted"));
  shutdown(5);
  EXPECT_THAT(put_many(3, {}), ElementsAre("3 closed"));
}

TEST_F(QueueTest, DropsWhatIsInOfABatchThatTimesOut) {
  make(bounded(2));
  take(queue_rules::put_many{
    1, {}, {payload{1}, payload{2}, payload{3}}, 0, now + 1s});
  EXPECT_EQ(rules.size(), 2u);
  EXPECT_THAT(pass(1s), ElementsAre("1 timed_out"));
  EXPECT_EQ(rules.size(), 0u);
}

TEST_F(QueueTest, KeepsWhatCameBackOfABatchThatTimesOut) {
  make(bounded(2));
  put_many(1, {10, 11, 12, 13}, now + 1s);
  get(2);
  give_back();
  EXPECT_THAT(pass(1s), ElementsAre("1 timed_out"));
  EXPECT_THAT(get_many(2, 9), ElementsAre("2 gets 10"));
}

TEST_F(QueueTest, KeepsItsOrderWhenAHeapLosesAnItem) {
  make(queue_options{}.order(queue_order::priority));
  put(1, 10, 1);
  put(2, 11, 2);
  put(3, 12, 3);
  cancel(1);
  EXPECT_THAT(get_many(4, 3), ElementsAre("4 gets 11 12"));
}

TEST_F(QueueTest, KeepsItsOrderWhenAHeapLosesAnItemInItsMiddle) {
  make(queue_options{}.order(queue_order::priority));
  std::uint64_t putter = 0;
  for (auto priority : {1, 2, 10, 3, 4, 11, 12}) // a heap as they stand
    put(++putter, priority, priority);
  cancel(2);
  EXPECT_THAT(get_many(8, 9), ElementsAre("8 gets 1 3 4 10 11 12"));
}

TEST_F(QueueTest, DoesNotCancelWhatHasNoTicket) {
  take(queue_rules::get{1, {1, 0}});
  EXPECT_THAT(take(queue_rules::cancel{2, {1, 0}}), ElementsAre("2 was late"));
  EXPECT_THAT(take(queue_rules::cancel{2, {2, 1}}), ElementsAre("2 was late"));
}

TEST_F(QueueTest, CancelsAJoin) {
  put(1, 10);
  join(2);
  EXPECT_THAT(cancel(2), ElementsAre("2 cancelled", "102 ended it"));
  EXPECT_THAT(task_done(3), ElementsAre("3 state"));
}

// -- items that come back -----------------------------------------------------

TEST_F(QueueTest, PutsItemsBackBeforeNewerOnes) {
  put_many(1, {10, 11, 12});
  get(2);
  get(2);
  give_back(2);
  EXPECT_THAT(get_many(2, 3), ElementsAre("2 gets 10 11 12"));
  std::swap(taken.end()[-3], taken.end()[-1]);
  give_back(3);
  EXPECT_THAT(get_many(2, 3), ElementsAre("2 gets 10 11 12"));
}

TEST_F(QueueTest, GivesWhatComesBackToTheNextGetter) {
  put(1, 10);
  get(2);
  get(3);
  EXPECT_THAT(give_back(), ElementsAre("3 gets 10"));
}

TEST_F(QueueTest, PutsItemsBackByPriorityAndAge) {
  make(queue_options{}.order(queue_order::priority));
  put(1, 10, 2);
  put(1, 11, 2);
  put(1, 12, 1);
  get_many(2, 2);
  put(1, 13, 1);
  give_back(2);
  EXPECT_THAT(get_many(2, 9), ElementsAre("2 gets 12 13 10 11"));
}

TEST_F(QueueTest, PutsItemsBackToTheTopIfItIsLifo) {
  make(queue_options{}.order(queue_order::lifo));
  put(1, 10);
  put(1, 11);
  get(2);
  put(1, 12);
  give_back();
  EXPECT_THAT(get_many(2, 9), ElementsAre("2 gets 12 11 10"));
}

TEST_F(QueueTest, TakesItemsBackEvenIfItIsFull) {
  make(bounded(1));
  put(1, 10);
  put(1, 11);
  get(2);
  give_back();
  EXPECT_EQ(rules.size(), 2u);
  EXPECT_THAT(put_now(1, 12), ElementsAre("1 full"));
  EXPECT_THAT(get(2), ElementsAre("2 gets 10"));
  EXPECT_THAT(put_now(1, 12), ElementsAre("1 full"));
}

TEST_F(QueueTest, DoesNotCountTwiceWhatComesBack) {
  put(1, 10);
  get(2);
  give_back();
  EXPECT_EQ(rules.state().unfinished(), 1u);
}

// -- join ---------------------------------------------------------------------

TEST_F(QueueTest, JoinsWhenEveryItemIsDone) {
  EXPECT_THAT(join(1), ElementsAre("1 joined"));
  put(1, 10);
  put(1, 11);
  EXPECT_THAT(join(2), IsEmpty());
  EXPECT_THAT(join(3), IsEmpty());
  EXPECT_THAT(task_done(4), ElementsAre("4 state"));
  EXPECT_THAT(task_done(4), ElementsAre("2 joined", "3 joined", "4 state"));
  EXPECT_THAT(task_done(4), ElementsAre("4 invalid_argument"));
}

TEST_F(QueueTest, JoinsWhenTheLastItemIsTakenBack) {
  put(1, 10);
  join(2);
  EXPECT_THAT(cancel(1), ElementsAre("2 joined", "101 ended it"));
}

// -- shutdown -----------------------------------------------------------------

TEST_F(QueueTest, EndsThoseWhoWaitWhenItIsShutDown) {
  get(1);
  get_many(2, 3);
  EXPECT_THAT(shutdown(3), ElementsAre("1 closed", "2 closed", "3 state"));
  EXPECT_THAT(put(1, 10), ElementsAre("1 closed"));
  EXPECT_THAT(put_many(1, {10}), ElementsAre("1 closed"));
  EXPECT_THAT(get(1), ElementsAre("1 closed"));
  EXPECT_THAT(get_now(1), ElementsAre("1 closed"));
  EXPECT_THAT(get_many(1, 2), ElementsAre("1 closed"));
  EXPECT_THAT(join(1), ElementsAre("1 joined"));
  EXPECT_TRUE(rules.state().shut_down());
}

TEST_F(QueueTest, GivesWhatIsLeftWhenItIsShutDown) {
  make(bounded(1));
  put(1, 10);
  put(2, 11);
  join(3);
  EXPECT_THAT(shutdown(4), ElementsAre("2 closed", "4 state"));
  EXPECT_THAT(get(5), ElementsAre("5 gets 10"));
  EXPECT_THAT(get(5), ElementsAre("5 closed"));
  give_back();
  EXPECT_THAT(get(5), ElementsAre("5 gets 10"));
  EXPECT_THAT(task_done(5), ElementsAre("3 joined", "5 state"));
}

TEST_F(QueueTest, DropsWhatIsLeftWhenItIsShutDownAtOnce) {
  put_many(1, {10, 11, 12});
  get(2);
  join(3);
  EXPECT_THAT(shutdown(4, true), ElementsAre("4 state"));
  EXPECT_EQ(rules.size(), 0u);
  EXPECT_THAT(get(5), ElementsAre("5 closed"));
  EXPECT_THAT(give_back(), ElementsAre("3 joined"));
  EXPECT_EQ(rules.size(), 0u);
  EXPECT_THAT(task_done(5), ElementsAre("5 invalid_argument"));
}

TEST_F(QueueTest, DoesNotCountBelowNothing) {
  put(1, 10);
  put(1, 11);
  get(2);
  task_done(2);
  give_back();
  EXPECT_THAT(shutdown(3, true), ElementsAre("3 state"));
  EXPECT_EQ(rules.state().unfinished(), 0u);
}

TEST_F(QueueTest, KeepsWhatComesBackAfterAShutdownForWhoAsksThen) {
  put(1, 10);
  get(2);
  get(3);
  EXPECT_THAT(shutdown(4), ElementsAre("3 closed", "4 state"));
  join(5);
  EXPECT_THAT(give_back(), IsEmpty());
  EXPECT_THAT(get(3), ElementsAre("3 gets 10"));
  EXPECT_THAT(task_done(6), ElementsAre("5 joined", "6 state"));
}

TEST_F(QueueTest, MayBeShutDownTwice) {
  put(1, 10);
  shutdown(2);
  shutdown(2);
  EXPECT_EQ(rules.size(), 1u);
  shutdown(2, true);
  shutdown(2);
  EXPECT_EQ(rules.size(), 0u);
}

// -- death --------------------------------------------------------------------

TEST_F(QueueTest, ForgetsTheRequestsOfWhoIsGone) {
  make(bounded(1));
  put(1, 10);
  put(2, 11);
  take(queue_rules::put{7, {2, 0}, payload{12}});
  put(3, 13);
  EXPECT_THAT(die(2), ElementsAre("7 forgotten", "2 forgotten"));
  EXPECT_THAT(get(4), ElementsAre("4 gets 10", "3 accepted"));
  EXPECT_THAT(die(2), IsEmpty());
}

TEST_F(QueueTest, TellsItsState) {
  make(bounded(1));
  put(1, 10);
  put(2, 11);
  auto state = rules.state();
  EXPECT_EQ(state.size(), 1u);
  EXPECT_EQ(state.max_size(), 1u);
  EXPECT_EQ(state.unfinished(), 1u);
  EXPECT_EQ(state.putters(), 1u);
  EXPECT_EQ(state.getters(), 0u);
  EXPECT_FALSE(state.shut_down());
}

} // namespace
