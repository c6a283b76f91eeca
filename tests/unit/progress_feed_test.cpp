#include "troupe/core/progress_feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace troupe;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

class ProgressFeedTest : public ::testing::Test {
protected:
  std::vector<std::size_t> due(duration at) { return feed.due(start + at); }

  time_point start = time_point{} + 1h;
  progress_feed feed;
};

TEST_F(ProgressFeedTest, WantsNobodyWithoutWatchers) {
  feed.changed();
  EXPECT_THAT(due(0s), IsEmpty());
  EXPECT_THAT(feed.flush(), IsEmpty());
  EXPECT_EQ(feed.wakeup(), never);
}

TEST_F(ProgressFeedTest, TellsANewWatcherAtOnce) {
  EXPECT_EQ(feed.add(1s), 0u);
  EXPECT_LE(feed.wakeup(), start);
  EXPECT_THAT(due(0s), ElementsAre(0));
}

TEST_F(ProgressFeedTest, TellsOnlyWhatChanged) {
  feed.add(1s);
  due(0s);
  EXPECT_EQ(feed.wakeup(), never);
  EXPECT_THAT(due(10s), IsEmpty());
}

TEST_F(ProgressFeedTest, TellsAChangeAtOnceAfterAQuietInterval) {
  feed.add(1s);
  due(0s);
  feed.changed();
  EXPECT_THAT(due(5s), ElementsAre(0));
}

TEST_F(ProgressFeedTest, HoldsAChangeBackUntilTheIntervalHasPassed) {
  feed.add(1s);
  due(0s);
  feed.changed();
  EXPECT_THAT(due(999ms), IsEmpty());
  EXPECT_EQ(feed.wakeup(), start + 1s);
  EXPECT_THAT(due(1s), ElementsAre(0));
  EXPECT_EQ(feed.wakeup(), never);
}

TEST_F(ProgressFeedTest, CountsEachWatchersOwnInterval) {
  feed.add(1s);
  feed.add(3s);
  EXPECT_THAT(due(0s), ElementsAre(0, 1));
  feed.changed();
  EXPECT_THAT(due(1s), ElementsAre(0));
  EXPECT_EQ(feed.wakeup(), start + 3s);
  feed.changed();
  EXPECT_EQ(feed.wakeup(), start + 2s);
  EXPECT_THAT(due(3s), ElementsAre(0, 1));
}

TEST_F(ProgressFeedTest, TellsEveryChangeWithoutAnInterval) {
  feed.add(0s);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(due(0s), ElementsAre(0));
    feed.changed();
  }
}

TEST_F(ProgressFeedTest, FlushesTheLastChangeWhateverTheInterval) {
  feed.add(1h);
  feed.add(forever);
  due(0s);
  feed.changed();
  EXPECT_THAT(feed.flush(), ElementsAre(0, 1));
  EXPECT_THAT(feed.flush(), IsEmpty());
  EXPECT_EQ(feed.wakeup(), never);
}

TEST_F(ProgressFeedTest, FlushesOnlyToThoseWhoAreBehind) {
  feed.add(1s);
  due(0s);
  feed.add(1s);
  EXPECT_THAT(feed.flush(), ElementsAre(1));
}

TEST_F(ProgressFeedTest, TellsALatecomerOnlyOnce) {
  feed.add(1s);
  due(0s);
  feed.changed();
  due(1s);
  feed.add(1s);
  EXPECT_THAT(due(1s), ElementsAre(1));
}

TEST(TimeTest, DoesNotPassTheEndOfTime) {
  time_point now{1h};
  EXPECT_EQ(after(now, 2h), time_point{3h});
  EXPECT_EQ(after(now, forever), never);
  EXPECT_EQ(after(never, 1s), never);
}

TEST(TimeTest, ReadsLengthsOffTheWire) {
  EXPECT_EQ(from_ms(1500), 1500ms);
  EXPECT_EQ(from_ms(0), 0ms);
  EXPECT_EQ(from_ms(9'223'372'036'853), 9'223'372'036'853ms);
  EXPECT_EQ(from_ms(9'223'372'036'855), forever);
  EXPECT_EQ(from_ms(UINT64_MAX), forever);
}

} // namespace
