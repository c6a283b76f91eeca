#include "troupe/testing/explore.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using namespace troupe::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

namespace {

TEST(ExploreTest, VisitsEachCombinationExactlyOnce) {
  std::vector<std::string> seen;
  auto result = explore([&](choices& way) {
    way.choose(2);
    way.choose(3);
    seen.push_back(way.to_string());
  });
  EXPECT_THAT(seen,
              ElementsAre("0, 0", "0, 1", "0, 2", "1, 0", "1, 1", "1, 2"));
  EXPECT_EQ(result.schedules, 6u);
  EXPECT_EQ(result.deepest, 2u);
  EXPECT_TRUE(result.complete);
}

TEST(ExploreTest, FollowsChoicesThatDependOnEarlierOnes) {
  std::vector<std::string> seen;
  explore([&](choices& way) {
    if (way.choose(3) == 1)
      way.choose(2);
    seen.push_back(way.to_string());
  });
  EXPECT_THAT(seen, ElementsAre("0", "1, 0", "1, 1", "2"));
}

TEST(ExploreTest, FindsAllOrdersOfAFewThings) {
  std::set<std::string> orders;
  auto result = explore([&](choices& way) {
    std::string left = "abcd";
    std::string order;
    while (!left.empty()) {
      auto i = way.choose(left.size());
      order += left[i];
      left.erase(i, 1);
    }
    orders.insert(order);
  });
  EXPECT_EQ(result.schedules, 24u);
  EXPECT_EQ(orders.size(), 24u);
}

TEST(ExploreTest, RunsOnceWhereThereIsNothingToChoose) {
  auto result = explore([](choices&) {});
  EXPECT_EQ(result.schedules, 1u);
  EXPECT_TRUE(result.complete);
}

TEST(ExploreTest, SaysHowFarItWent) {
  auto result = explore([](choices& way) { way.choose(2); });
  EXPECT_EQ(result.to_string(), "2 schedules, all there are, up to 1 choices "
                                "deep");
}

TEST(ExploreTest, StopsAtItsLimit) {
  auto result =
    explore([](choices& way) { way.choose(10); }, explore_options{}.limit(4));
  EXPECT_EQ(result.schedules, 4u);
  EXPECT_FALSE(result.complete);
  EXPECT_THAT(result.to_string(), HasSubstr("not all there are"));
}

TEST(ExploreTest, IsCompleteWhenTheLimitIsTheLastRun) {
  auto result =
    explore([](choices& way) { way.choose(4); }, explore_options{}.limit(4));
  EXPECT_TRUE(result.complete);
}

TEST(ExploreTest, PrintsTheRunThatEndsIt) {
  bool found = false;
  CaptureStderr();
  auto result = explore(
    [&](choices& way) {
      way.choose(2);
      found = way.choose(3) == 2;
    },
    explore_options{}.stop_when([&] { return found; }));
  EXPECT_THAT(GetCapturedStderr(), HasSubstr("schedule 3: 0, 2"));
  EXPECT_EQ(result.schedules, 3u);
}

TEST(ExploreTest, PrintsTheRunThatThrows) {
  CaptureStderr();
  EXPECT_THROW(explore([](choices& way) {
                 if (way.choose(2) == 1)
                   throw std::runtime_error{"found"};
               }),
               std::runtime_error);
  EXPECT_THAT(GetCapturedStderr(), HasSubstr("schedule 2: 1"));
}

TEST(ExploreTest, PrintsTheStepsOfARunThatThrows) {
  CaptureStderr();
  EXPECT_THROW(explore([](choices& way) {
                 way.note("begin");
                 if (way.choose(2) == 0)
                   return;
                 way.note("go wrong");
                 throw std::runtime_error{"found"};
               }),
               std::runtime_error);
  EXPECT_THAT(GetCapturedStderr(), HasSubstr("      1  begin\n"
                                             " *    2  go wrong\n"));
}

TEST(ExploreTest, NoticesARunThatDependsOnMoreThanItsChoices) {
  std::size_t ways = 2;
  CaptureStderr();
  EXPECT_THROW(explore([&](choices& way) { way.choose(ways--); }),
               std::logic_error);
  GetCapturedStderr();
}

TEST(ExploreTest, RepeatsAGivenRun) {
  choices way{std::vector<std::size_t>{1, 2}};
  EXPECT_EQ(way.choose(3), 1u);
  EXPECT_EQ(way.choose(3), 2u);
  EXPECT_EQ(way.choose(3), 0u);
  EXPECT_EQ(way.to_string(), "1, 2, 0");
}

TEST(ExploreSeedsTest, RunsOncePerSeed) {
  auto result = explore_seeds(1, 20, [](choices& way) { way.choose(5); });
  EXPECT_EQ(result.schedules, 20u);
  EXPECT_FALSE(result.complete);
}

TEST(ExploreSeedsTest, RepeatsTheRunOfASeed) {
  auto run = [](std::uint64_t seed) {
    std::string result;
    explore_seeds(seed, 1, [&](choices& way) {
      for (int i = 0; i < 20; ++i)
        way.choose(100);
      result = way.to_string();
    });
    return result;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

TEST(ExploreSeedsTest, PrintsTheSeedThatEndsIt) {
  CaptureStderr();
  auto result = explore_seeds(
    41, 10, [](choices& way) { way.choose(2); },
    explore_options{}.stop_when([n = 0]() mutable { return ++n == 2; }));
  EXPECT_THAT(GetCapturedStderr(), HasSubstr("seed 42"));
  EXPECT_EQ(result.schedules, 2u);
}

TEST(ExploreSeedsTest, PrintsTheSeedThatThrows) {
  CaptureStderr();
  EXPECT_THROW(
    explore_seeds(41, 10, [](choices&) { throw std::runtime_error{"x"}; }),
    std::runtime_error);
  EXPECT_THAT(GetCapturedStderr(), HasSubstr("seed 41"));
}

} // namespace
