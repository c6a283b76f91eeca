#include "troupe/http/detail/throttle.hpp"

#include <gtest/gtest.h>

namespace troupe::http::detail {

namespace {

using namespace std::chrono_literals;

constexpr time_point start{1000s};

} // namespace

TEST(ThrottleTest, WithoutARateAllIsFree) {
  throttle x{0};
  EXPECT_FALSE(x.limited());
  EXPECT_TRUE(x.take(1'000'000'000, start));
  EXPECT_TRUE(x.take(1'000'000'000, start));
}

TEST(ThrottleTest, ATenthOfASecondIsTheMost) {
  throttle x{1000};
  EXPECT_TRUE(x.limited());
  EXPECT_FALSE(x.take(1, start)); // it begins empty
  EXPECT_TRUE(x.take(100, start + 1h));
  EXPECT_FALSE(x.take(1, start + 1h));
}

TEST(ThrottleTest, TellsWhetherItIsUsedUp) {
  throttle x{1000};
  EXPECT_TRUE(x.used_up(start));
  EXPECT_FALSE(x.used_up(start + 1ms));
  EXPECT_TRUE(x.take(100, start + 1ms));
  EXPECT_TRUE(x.used_up(start + 99ms));
  EXPECT_FALSE(x.used_up(start + 101ms));
  EXPECT_FALSE(throttle{0}.used_up(start));
}

TEST(ThrottleTest, AnOverdraftIsPaidBack) {
  throttle x{1000};
  EXPECT_FALSE(x.take(1, start));
  EXPECT_TRUE(x.take(1100, start + 100ms)); // 1000 too many
  EXPECT_FALSE(x.take(1, start + 1s));
  EXPECT_FALSE(x.take(1, start + 1099ms));
  EXPECT_TRUE(x.take(1, start + 1101ms));
}

TEST(ThrottleTest, TheRateHoldsInTheLongRun) {
  throttle x{1'000'000};
  std::uint64_t taken = 0;
  for (auto time = start; time < start + 10s; time += 1ms)
    while (x.take(16'384, time))
      taken += 16'384;
  EXPECT_GT(taken, 9'900'000U);
  EXPECT_LT(taken, 10'100'000U);
}

} // namespace troupe::http::detail
