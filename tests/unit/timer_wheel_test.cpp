#include "troupe/core/timer_wheel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TimerWheelTest : public ::testing::Test {
protected:
  static time_point at(duration since_start) {
    return time_point{} + since_start;
  }

  timer_wheel<std::string> wheel;
};

TEST_F(TimerWheelTest, AnEmptyWheelIsNeverWanted) {
  EXPECT_EQ(wheel.next(), never);
  EXPECT_EQ(wheel.size(), 0u);
  EXPECT_THAT(wheel.expire(at(1h)), IsEmpty());
}

TEST_F(TimerWheelTest, ATimerExpiresAtItsExactTime) {
  wheel.set(at(5s), "a");
  EXPECT_EQ(wheel.next(), at(5s));
  EXPECT_THAT(wheel.expire(at(5s) - 1ns), IsEmpty());
  EXPECT_THAT(wheel.expire(at(5s)), ElementsAre("a"));
  EXPECT_THAT(wheel.expire(at(6s)), IsEmpty());
}

TEST_F(TimerWheelTest, TimersExpireInTheOrderOfTheirTimes) {
  wheel.set(at(3s), "c");
  wheel.set(at(1s), "a");
  wheel.set(at(2s), "b");
  EXPECT_THAT(wheel.expire(at(3s)), ElementsAre("a", "b", "c"));
}

TEST_F(TimerWheelTest, TimersOfOneTickExpireInTheOrderOfTheirTimes) {
  wheel.set(at(300ns), "c");
  wheel.set(at(100ns), "a");
  wheel.set(at(200ns), "b");
  EXPECT_THAT(wheel.expire(at(200ns)), ElementsAre("a", "b"));
  EXPECT_EQ(wheel.next(), at(300ns));
  EXPECT_THAT(wheel.expire(at(300ns)), ElementsAre("c"));
}

TEST_F(TimerWheelTest, TimersOfOneTimeExpireAsTheyWereSet) {
  for (const auto* name : {"a", "b", "c", "d"})
    wheel.set(at(1s), name);
  EXPECT_THAT(wheel.expire(at(1s)), ElementsAre("a", "b", "c", "d"));
}

TEST_F(TimerWheelTest, ACancelledTimerGivesBackItsValueAndDoesNotExpire) {
  auto a = wheel.set(at(1s), "a");
  wheel.set(at(1s), "b");
  EXPECT_EQ(wheel.cancel(a), "a");
  EXPECT_EQ(wheel.size(), 1u);
  EXPECT_THAT(wheel.expire(at(1s)), ElementsAre("b"));
}

TEST_F(TimerWheelTest, CancellingTwiceOrTooLateGivesNothing) {
  auto a = wheel.set(at(1s), "a");
  auto b = wheel.set(at(2s), "b");
  wheel.cancel(a);
  EXPECT_EQ(wheel.cancel(a), std::nullopt);
  wheel.expire(at(2s));
  EXPECT_EQ(wheel.cancel(b), std::nullopt);
}

TEST_F(TimerWheelTest, TheIdOfACancelledTimerDoesNotMeanTheNextOne) {
  auto a = wheel.set(at(1s), "a");
  wheel.cancel(a);
  auto b = wheel.set(at(1s), "b"); // in the place of the first
  EXPECT_NE(a, b);
  EXPECT_EQ(wheel.cancel(a), std::nullopt);
  EXPECT_EQ(wheel.cancel(b), "b");
}

TEST_F(TimerWheelTest, AfterACancelItIsWantedNoLaterThanTheNextTimer) {
  auto a = wheel.set(at(1s), "a");
  wheel.set(at(5s), "b");
  wheel.cancel(a);
  EXPECT_LE(wheel.next(), at(5s));
  EXPECT_THAT(wheel.expire(wheel.next()), IsEmpty());
  EXPECT_EQ(wheel.next(), at(5s));
}

TEST_F(TimerWheelTest, ATimeInThePastExpiresNext) {
  wheel.set(at(10s), "later");
  wheel.expire(at(9s));
  wheel.set(at(1s), "past");
  EXPECT_EQ(wheel.next(), at(1s));
  EXPECT_THAT(wheel.expire(at(9s)), ElementsAre("past"));
  EXPECT_THAT(wheel.expire(at(10s)), ElementsAre("later"));
}

TEST_F(TimerWheelTest, ATimeBeforeTheClocksOriginExpiresNext) {
  wheel.set(time_point::min(), "first");
  wheel.set(at(-1s), "second");
  EXPECT_THAT(wheel.expire(at(0s)), ElementsAre("first", "second"));
}

TEST_F(TimerWheelTest, TimersOfEveryLevelExpireAtTheirTimes) {
  // Each is 64 times as far as the one before: 1 ms, 67 ms, 4 s, … years.
  std::vector<time_point> times;
  for (auto length = duration{1 << 20}; length < forever / 64; length *= 64)
    times.push_back(at(length));
  ASSERT_GE(times.size(), 7u);
  for (auto when : times)
    wheel.set(when, std::to_string(when.time_since_epoch().count()));
  for (auto when : times) {
    EXPECT_THAT(wheel.expire(when - 1ns), IsEmpty());
    EXPECT_EQ(wheel.next(), when);
    EXPECT_THAT(wheel.expire(when),
                ElementsAre(std::to_string(when.time_since_epoch().count())));
  }
  EXPECT_EQ(wheel.size(), 0u);
}

TEST_F(TimerWheelTest, ALongJumpExpiresAllInOrder) {
  wheel.set(at(std::chrono::hours{24 * 365}), "year");
  wheel.set(at(1h), "hour");
  wheel.set(at(1ms), "millisecond");
  wheel.set(at(1s), "second");
  EXPECT_THAT(wheel.expire(at(std::chrono::hours{24 * 366})),
              ElementsAre("millisecond", "second", "hour", "year"));
}

TEST_F(TimerWheelTest, ATimerThatWasFiledAnewCanBeCancelled) {
  auto far = wheel.set(at(1h), "far");
  wheel.set(at(1h - 1s), "near");
  EXPECT_THAT(wheel.expire(at(1h - 1s)), ElementsAre("near"));
  EXPECT_EQ(wheel.cancel(far), "far");
  EXPECT_THAT(wheel.expire(at(2h)), IsEmpty());
}

TEST_F(TimerWheelTest, NeverIsAfterEverything) {
  auto last = wheel.set(never, "never");
  EXPECT_EQ(wheel.next(), never);
  wheel.set(never - 1ns, "nearly");
  EXPECT_THAT(wheel.expire(never - 1ns), ElementsAre("nearly"));
  EXPECT_EQ(wheel.size(), 1u);
  EXPECT_EQ(wheel.cancel(last), "never");
}

TEST_F(TimerWheelTest, ATimerAfterTheEndOfTimeExpiresNext) {
  wheel.set(never, "never");
  EXPECT_THAT(wheel.expire(never), ElementsAre("never"));
  wheel.set(at(1s), "a");
  EXPECT_THAT(wheel.expire(never), ElementsAre("a"));
}

/// Does the same to a wheel and to a sorted list of timers.
class model {
public:
  explicit model(std::uint64_t seed) : random_(seed) {}

  void step() {
    switch (draw(4)) {
    case 0:
    case 1:
      set();
      break;
    case 2:
      cancel();
      break;
    default:
      expire();
    }
    ASSERT_EQ(wheel_.size(), timers_.size());
    ASSERT_LE(wheel_.next(), timers_.empty() ? never : timers_.begin()->first);
  }

private:
  struct timer {
    timer_wheel<int>::timer_id id;
    int value;
  };

  std::uint64_t draw(std::uint64_t below) {
    return std::uniform_int_distribution<std::uint64_t>{0, below - 1}(random_);
  }

  /// Of any size, from nanoseconds to years.
  duration length() {
    return duration{
      static_cast<std::int64_t>(draw(std::uint64_t{1} << (1 + draw(57))))};
  }

  void set() {
    auto when = draw(10) == 0   ? now_ - length()
                : draw(50) == 0 ? never
                                : after(now_, length());
    auto value = ++values_;
    auto id = wheel_.set(when, value);
    timers_.emplace(when, timer{id, value});
  }

  void cancel() {
    if (timers_.empty())
      return;
    auto at = std::next(timers_.begin(),
                        static_cast<std::ptrdiff_t>(draw(timers_.size())));
    ASSERT_EQ(wheel_.cancel(at->second.id), at->second.value);
    ASSERT_EQ(wheel_.cancel(at->second.id), std::nullopt);
    timers_.erase(at);
  }

  void expire() {
    // To the next timer or anywhere, but never beyond the end of the clock.
    auto next = wheel_.next();
    now_ = draw(2) == 0 && next != never
             ? std::max(now_, next)
             : std::min(after(now_, length() / 4096), never - 1ns);
    std::vector<int> due;
    auto end = timers_.upper_bound(now_);
    for (auto i = timers_.begin(); i != end; ++i)
      due.push_back(i->second.value);
    timers_.erase(timers_.begin(), end);
    ASSERT_EQ(wheel_.expire(now_), due);
  }

  std::mt19937_64 random_;
  timer_wheel<int> wheel_;
  std::multimap<time_point, timer> timers_;
  time_point now_{std::chrono::hours{1}};
  int values_ = 0;
};

TEST(TimerWheelRandomTest, BehavesAsASortedListOfTimers) {
  for (std::uint64_t seed = 1; seed != 51; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    model both{seed};
    for (int i = 0; i != 2'000; ++i) {
      both.step();
      if (HasFatalFailure())
        return;
    }
  }
}

} // namespace
} // namespace troupe
