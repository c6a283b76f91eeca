#include "troupe/http/detail/pace.hpp"

#include <gtest/gtest.h>

namespace troupe::http::detail {

namespace {

using namespace std::chrono_literals;

constexpr time_point start{1000s};

session_options limits() {
  return session_options{}.timeout(60s).low_speed(100).low_speed_time(10s);
}

} // namespace

TEST(PaceTest, EndsWhatTakesTooLong) {
  auto options = limits().low_speed(0);
  pace x{options, start};
  EXPECT_FALSE(x.check(start + 59'999ms, 0, false));
  auto why = x.check(start + 60s, 0, false);
  EXPECT_EQ(why.code(), errc::timed_out);
  EXPECT_EQ(why.message(), "not complete after 60000 ms");
}

TEST(PaceTest, WhatATryHasSpentBeforeCounts) {
  auto options = limits().low_speed_time(50s);
  pace x{options, start, 20s};
  EXPECT_EQ(x.spent(start), 20s);
  EXPECT_FALSE(x.check(start + 39'999ms, 0, false));
  EXPECT_TRUE(x.check(start + 40s, 0, false));
  EXPECT_EQ(x.spent(start + 40s), 60s);
}

TEST(PaceTest, PausedTimeIsNotSpent) {
  auto options = limits();
  pace x{options, start};
  x.pause(start + 5s);
  EXPECT_EQ(x.spent(start + 1h), 5s);
  x.resume(start + 1h, 0);
  EXPECT_EQ(x.spent(start + 1h + 2s), 7s);
}

TEST(PaceTest, EndsWhatIsTooSlow) {
  auto options = limits();
  pace x{options, start};
  EXPECT_FALSE(x.check(start + 9'999ms, 0, false));
  auto why = x.check(start + 10s, 999, false);
  EXPECT_EQ(why.code(), errc::timed_out);
  EXPECT_EQ(why.message(), "slower than 100 bytes per second for 10000 ms");
}

TEST(PaceTest, LooksAtOneWindowAfterTheOther) {
  auto options = limits();
  pace x{options, start};
  EXPECT_FALSE(x.check(start + 10s, 1000, false));
  EXPECT_FALSE(x.check(start + 19s, 1000, false));
  EXPECT_TRUE(x.check(start + 20s, 1999, false)); // 999 bytes since
}

TEST(PaceTest, DoesNotBlameTheServerForWhatHeldItUp) {
  auto options = limits();
  pace x{options, start};
  EXPECT_FALSE(x.check(start + 30s, 0, true));
  x.restart(start + 30s, 0);
  EXPECT_FALSE(x.check(start + 39s, 0, false));
  EXPECT_TRUE(x.check(start + 40s, 0, false));
}

TEST(PaceTest, TimeThatIsHeldUpCountsAgainstTheTimeout) {
  auto options = limits();
  pace x{options, start};
  EXPECT_TRUE(x.check(start + 60s, 0, true));
}

TEST(PaceTest, PausedTimeDoesNotCount) {
  auto options = limits();
  pace x{options, start};
  x.pause(start + 5s);
  EXPECT_FALSE(x.check(start + 1h, 0, false));
  x.resume(start + 1h, 0);
  EXPECT_FALSE(x.check(start + 1h + 9s, 0, false));
  EXPECT_FALSE(x.check(start + 1h + 10s, 1000, false));
  x.restart(start + 1h + 54s, 1000);
  EXPECT_FALSE(x.check(start + 1h + 54s, 1000, false)); // 59 s of its own
  EXPECT_TRUE(x.check(start + 1h + 55s, 1000, false));
}

} // namespace troupe::http::detail
