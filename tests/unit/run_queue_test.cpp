#include "troupe/core/detail/run_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

namespace troupe::detail {

namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using queue = run_queue<int>;

class RunQueueTest : public ::testing::Test {
protected:
  RunQueueTest() { std::iota(jobs.begin(), jobs.end(), 0); }

  void push(int first, int last) {
    for (auto i = first; i < last; ++i)
      one.push(&jobs.at(static_cast<std::size_t>(i)));
  }

  static std::vector<int> all_of(queue& from) {
    std::vector<int> result;
    while (auto* job = from.pop())
      result.push_back(*job);
    return result;
  }

  std::vector<int> jobs = std::vector<int>(10'000);
  queue one;
  queue other;
};

TEST_F(RunQueueTest, IsEmptyAtFirst) {
  EXPECT_TRUE(one.empty());
  EXPECT_EQ(one.pop(), nullptr);
  EXPECT_EQ(one.take_share(1, other), nullptr);
}

TEST_F(RunQueueTest, GivesTheOldestFirst) {
  push(0, 3);
  EXPECT_FALSE(one.empty());
  EXPECT_THAT(all_of(one), ElementsAre(0, 1, 2));
  EXPECT_TRUE(one.empty());
}

TEST_F(RunQueueTest, OffersWhatIsPushedAndNotWhatIsKept) {
  one.keep(&jobs[0]);
  EXPECT_FALSE(one.empty());
  EXPECT_FALSE(one.any_offered());
  push(1, 2); // one of the two is on offer: the oldest
  EXPECT_TRUE(one.any_offered());
  EXPECT_EQ(one.pop(), &jobs[0]);
  EXPECT_TRUE(one.any_offered());
  EXPECT_EQ(one.pop(), &jobs[1]);
  EXPECT_FALSE(one.any_offered());
}

TEST_F(RunQueueTest, OffersAllThatIsKept) {
  one.keep(&jobs[0]);
  one.keep(&jobs[1]);
  one.offer_all();
  EXPECT_EQ(one.take_share(2, other), &jobs[0]);
  EXPECT_TRUE(one.any_offered());
  EXPECT_EQ(one.take_share(2, other), &jobs[1]);
  EXPECT_FALSE(one.any_offered());
}

TEST_F(RunQueueTest, OffersWhatItGetsOfAnother) {
  for (int i = 0; i != 4; ++i)
    one.keep(&jobs[static_cast<std::size_t>(i)]);
  EXPECT_EQ(one.take_share(2, other), &jobs[0]);
  EXPECT_TRUE(other.any_offered());
  EXPECT_FALSE(one.any_offered());
  EXPECT_THAT(all_of(other), ElementsAre(1));
  EXPECT_THAT(all_of(one), ElementsAre(2, 3));
}

TEST_F(RunQueueTest, KeepsTheOrderWhenItGrows) {
  std::vector<int> popped;
  // Half of what comes goes again, so that the ring begins anywhere.
  for (int i = 0; i < 10'000; ++i) {
    push(i, i + 1);
    if (i % 2 == 0)
      popped.push_back(*one.pop());
  }
  auto rest = all_of(one);
  popped.insert(popped.end(), rest.begin(), rest.end());
  EXPECT_EQ(popped, jobs);
}

TEST_F(RunQueueTest, GivesTheOldestHalfRoundedUp) {
  push(0, 5);
  EXPECT_EQ(*one.take_share(2, other), 0);
  EXPECT_THAT(all_of(other), ElementsAre(1, 2));
  EXPECT_THAT(all_of(one), ElementsAre(3, 4));
}

TEST_F(RunQueueTest, GivesItsOnlyJobWhateverTheParts) {
  push(7, 8);
  EXPECT_EQ(*one.take_share(100, other), 7);
  EXPECT_THAT(all_of(other), IsEmpty());
  EXPECT_TRUE(one.empty());
}

TEST_F(RunQueueTest, GivesAShareBehindWhatTheOtherHas) {
  push(0, 1);
  std::swap(jobs[0], jobs[9]);
  other.push(one.pop());
  push(1, 3);
  EXPECT_EQ(*one.take_share(1, other), 1);
  EXPECT_THAT(all_of(other), ElementsAre(9, 2));
}

TEST_F(RunQueueTest, GivesNoMoreThanItsLimitAtOnce) {
  push(0, 10'000);
  EXPECT_EQ(*one.take_share(2, other), 0);
  EXPECT_EQ(all_of(other).size(), queue::most_shared - 1);
  EXPECT_EQ(all_of(one).size(), 10'000 - queue::most_shared);
}

TEST_F(RunQueueTest, GivesEachJobOnceToManyThreads) {
  std::vector<int> taken(jobs.size());
  std::atomic<int> left = static_cast<int>(jobs.size());
  auto take_from = [&](queue& mine, queue& theirs) {
    while (left > 0) {
      auto* job = mine.pop();
      if (!job)
        job = theirs.take_share(2, mine);
      if (!job)
        continue;
      ++taken[static_cast<std::size_t>(*job)]; // a race if two have it
      --left;
    }
  };
  std::thread a{[&] { take_from(one, other); }};
  std::thread b{[&] { take_from(other, one); }};
  push(0, 10'000);
  a.join();
  b.join();
  EXPECT_THAT(taken, Each(1));
}

} // namespace

} // namespace troupe::detail
