#include "conformance/group_fixture.hpp"
#include "troupe/core/event_actor.hpp"
#include "troupe/core/rate_limiter_actor.hpp"
#include "troupe/core/rate_rules.hpp"
#include "troupe/event.hpp"
#include "troupe/lock.hpp"
#include "troupe/rate_limiter.hpp"
#include "troupe/semaphore.hpp"
#include "troupe/timeout.hpp"
#include "unit/client_fixture.hpp"
#include "unit/line_fixture.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <variant>

namespace troupe::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// One in 5 s, and two at once.
class RateRulesTest : public LineFixture {
protected:
  outputs acquire(line::client_id client, std::uint64_t count = 1,
                  const std::string& key = "", duration limit = forever) {
    return spell(rules.acquire(place(client, limit), key, count, now));
  }
  outputs pass(duration length) {
    now += length;
    return rules.wakeup() <= now ? spell(rules.tick(now)) : outputs{};
  }

  rate_rules rules{2, 10s, 2};
};

TEST_F(RateRulesTest, ABurstPassesAtOnceAndThenOneAfterTheOther) {
  EXPECT_THAT(acquire(1), ElementsAre("grant 1: 0", "end of 1"));
  EXPECT_THAT(acquire(2), ElementsAre("grant 2: 0", "end of 2"));
  EXPECT_THAT(acquire(3), IsEmpty());
  EXPECT_THAT(acquire(4), IsEmpty());
  EXPECT_THAT(pass(4s), IsEmpty());
  EXPECT_THAT(pass(1s), ElementsAre("grant 3: 0", "end of 3"));
  EXPECT_THAT(pass(5s), ElementsAre("grant 4: 0", "end of 4"));
  EXPECT_EQ(rules.wakeup(), never);
}

TEST_F(RateRulesTest, EachKeyHasItsOwnRate) {
  acquire(1, 2, "a");
  EXPECT_THAT(acquire(2, 2, "b"), ElementsAre("grant 2: 0", "end of 2"));
}

TEST_F(RateRulesTest, FewDoNotOvertakeMany) {
  acquire(1, 1);
  EXPECT_THAT(acquire(2, 2), IsEmpty());
  EXPECT_THAT(acquire(3, 1), IsEmpty());
  EXPECT_THAT(pass(5s), ElementsAre("grant 2: 0", "end of 2"));
}

TEST_F(RateRulesTest, MoreThanABurstNeverPasses) {
  EXPECT_THAT(acquire(1, 3), ElementsAre("refuse 1: invalid_argument"));
}

TEST_F(RateRulesTest, WhoDoesNotWaitIsTold) {
  acquire(1, 2);
  EXPECT_THAT(acquire(2, 1, "", 0s), ElementsAre("refuse 2: busy"));
  acquire(3, 1, "", 1s);
  EXPECT_THAT(pass(1s), ElementsAre("refuse 3: timed_out"));
}

TEST_F(RateRulesTest, TheNextWakeUpIsThatOfTheFirstKey) {
  acquire(1, 2, "a");
  EXPECT_EQ(rules.wakeup(), never); // nobody waits
  acquire(2, 2, "a");
  pass(2s);
  acquire(3, 2, "b");
  acquire(4, 1, "b");
  EXPECT_EQ(rules.wakeup(), now + 5s);
  acquire(5, 1, "b", 3s);
  EXPECT_EQ(rules.wakeup(), now + 3s);
  EXPECT_THAT(spell(rules.withdraw(5, 5, now)),
              ElementsAre("refuse 5: cancelled"));
  EXPECT_EQ(rules.wakeup(), now + 5s);
  EXPECT_THAT(pass(5s), ElementsAre("grant 4: 0", "end of 4"));
  EXPECT_EQ(rules.wakeup(), now + 3s);
  EXPECT_THAT(spell(rules.gone(2, now)), ElementsAre("refuse 2: lost"));
  EXPECT_EQ(rules.wakeup(), never);
}

TEST_F(RateRulesTest, AllThatIsDueHappensAtOnce) {
  for (const auto* key : {"a", "b", "c"}) {
    acquire(1, 2, key);
    acquire(2, 1, key);
  }
  acquire(3, 1, "c", 1s);
  EXPECT_THAT(pass(5s), ::testing::UnorderedElementsAre(
                          "grant 2: 0", "end of 2", "grant 4: 0", "end of 2",
                          "grant 6: 0", "end of 2", "refuse 7: timed_out"));
  EXPECT_EQ(rules.wakeup(), never);
}

TEST_F(RateRulesTest, TellsWhenOneMayPass) {
  EXPECT_LE(rules.ready("a"), now);
  acquire(1, 1, "a");
  EXPECT_LE(rules.ready("a"), now);
  acquire(2, 1, "a");
  EXPECT_EQ(rules.ready("a"), now + 5s);
  EXPECT_LE(rules.ready("b"), now);
}

TEST_F(RateRulesTest, WhoGivesUpLetsTheNextPass) {
  acquire(1, 1);
  acquire(2, 2);
  acquire(3, 1);
  EXPECT_THAT(spell(rules.withdraw(2, 2, now)),
              ElementsAre("refuse 2: cancelled", "grant 3: 0", "end of 3"));
}

TEST_F(RateRulesTest, WhoGivesUpDoesSoAtEachKeyWhereItWaits) {
  for (const auto* key : {"a", "b", "c"})
    acquire(1, 2, key); // 1, 2, 3
  acquire(2, 2, "a");   // 4
  acquire(3, 1, "a");
  acquire(3, 1, "b"); // 6
  acquire(2, 2, "c");
  acquire(2, 1, "c");
  acquire(3, 1, "c"); // 9
  EXPECT_THAT(pass(5s), ElementsAre("grant 6: 0", "end of 3"));
  EXPECT_THAT(spell(rules.gone(2, now)),
              ::testing::UnorderedElementsAre(
                "refuse 4: lost", "grant 5: 0", "end of 3", "refuse 7: lost",
                "refuse 8: lost", "grant 9: 0", "end of 3"));
  EXPECT_THAT(spell(rules.gone(2, now)), IsEmpty());
}

TEST_F(RateRulesTest, ATicketOfSeveralRequestsGivesThemAllUp) {
  auto ask = [this](const char* key) {
    auto where = place(1);
    where.ticket = 7;
    return spell(rules.acquire(where, key, 2, now));
  };
  for (const auto* key : {"a", "b", "a", "b", "a"})
    ask(key);
  EXPECT_THAT(spell(rules.withdraw(1, 8, now)), IsEmpty());
  EXPECT_THAT(spell(rules.withdraw(2, 7, now)), IsEmpty());
  EXPECT_THAT(spell(rules.withdraw(1, 7, now)),
              ::testing::UnorderedElementsAre("refuse 3: cancelled",
                                              "refuse 4: cancelled",
                                              "refuse 5: cancelled"));
  EXPECT_EQ(rules.wakeup(), never);
}

TEST_F(RateRulesTest, WhoWaitsNoLongerHasNothingToGiveUp) {
  acquire(1, 2);
  acquire(2, 1); // 2 is granted
  acquire(3, 2, "", 6s);
  EXPECT_THAT(pass(5s), ElementsAre("grant 2: 0", "end of 2"));
  EXPECT_THAT(pass(1s), ElementsAre("refuse 3: timed_out"));
  EXPECT_THAT(spell(rules.withdraw(2, 2, now)), IsEmpty());
  EXPECT_THAT(spell(rules.withdraw(3, 3, now)), IsEmpty());
  EXPECT_THAT(spell(rules.gone(3, now)), IsEmpty());
}

// Looking at all keys for each of them took more than a minute.
TEST_F(RateRulesTest, GivingUpDoesNotCostMoreWhereThereAreManyKeys) {
  constexpr line::client_id clients = 20'000;
  for (line::client_id i = 1; i <= clients; ++i) {
    acquire(i, 2, std::to_string(i));
    acquire(i, 1, std::to_string(i));
  }
  auto start = std::clock();
  for (line::client_id i = 1; i <= clients; ++i)
    if (i % 2 == 0)
      rules.gone(i, now);
    else
      rules.withdraw(i, 2 * i, now);
  EXPECT_LT(std::clock() - start, 5 * CLOCKS_PER_SEC);
  EXPECT_EQ(rules.wakeup(), never);
}

// -- what is told late --------------------------------------------------------

/// How many of some outputs are grants.
std::ptrdiff_t grants_in(std::span<const line::output> what) {
  return std::count_if(what.begin(), what.end(), [](const auto& x) {
    return std::holds_alternative<line::granted>(x);
  });
}

// 902 of 1,000 passed when each was counted from when it was told.
TEST_F(RateRulesTest, TheWholeRatePassesThoughEachTimerIsLate) {
  rate_rules fast{1000, 1s, 1};
  auto start = now;
  std::ptrdiff_t passed = 0;
  for (line::client_id i = 0; i != 2000; ++i)
    passed += grants_in(fast.acquire(place(i), "", 1, now));
  EXPECT_EQ(passed, 1);
  for (int round = 1; fast.wakeup() < start + 1s; ++round) {
    // A little mostly, and now and then by many turns.
    auto late = round % 50 == 0 ? 17'300us : std::chrono::microseconds{110};
    now = std::min<time_point>(fast.wakeup() + late, start + 1s);
    passed += grants_in(fast.tick(now));
    EXPECT_EQ(passed, 1 + (now - start) / 1ms);
  }
  passed += grants_in(fast.tick(start + 1s));
  EXPECT_EQ(passed, 1001);
}

TEST_F(RateRulesTest, WhoIsToldLateCountsFromItsTurn) {
  acquire(1, 2);
  acquire(2, 2); // whose turn comes in 10 s
  EXPECT_THAT(pass(12s), ElementsAre("grant 2: 0", "end of 2"));
  EXPECT_THAT(acquire(3), IsEmpty());
  EXPECT_THAT(pass(3s), ElementsAre("grant 3: 0", "end of 3"));
  EXPECT_THAT(acquire(4), IsEmpty());
  EXPECT_EQ(rules.wakeup(), now + 5s);
}

TEST_F(RateRulesTest, ALateTimerLetsNoMoreThanABurstPass) {
  acquire(1, 2);
  acquire(2, 1);
  EXPECT_THAT(pass(1h), ElementsAre("grant 2: 0", "end of 2"));
  EXPECT_THAT(acquire(3), ElementsAre("grant 3: 0", "end of 3"));
  EXPECT_THAT(acquire(4), ElementsAre("grant 4: 0", "end of 4"));
  EXPECT_THAT(acquire(5), IsEmpty());
  EXPECT_EQ(rules.wakeup(), now + 5s);
}

TEST_F(RateRulesTest, WhoseTurnItWasPassesBeforeThoseThatComeOrGo) {
  acquire(1, 2);
  acquire(2, 1);
  acquire(3, 1);
  now += 6s; // and no tick
  EXPECT_THAT(acquire(4), ElementsAre("grant 2: 0", "end of 2"));
  now += 4s;
  EXPECT_THAT(spell(rules.withdraw(4, 4, now)),
              ElementsAre("grant 3: 0", "end of 3", "refuse 4: cancelled"));
  EXPECT_EQ(rules.wakeup(), never);
}

TEST_F(RateRulesTest, WhoGaveUpBeforeItsTurnDoesNotPassLate) {
  acquire(1, 2);
  acquire(2, 2, "", 4s);
  acquire(3, 1);
  EXPECT_THAT(pass(1min),
              ElementsAre("refuse 2: timed_out", "grant 3: 0", "end of 3"));
}

// -- many keys ----------------------------------------------------------------

TEST_F(RateRulesTest, KeysThatAreFullAgainAreForgotten) {
  std::size_t most = 0;
  for (line::client_id i = 0; i != 1'000'000; ++i) {
    rules.acquire(place(i), std::to_string(i), 1, now);
    now += 50ms; // each is full again after 100 others
    most = std::max(most, rules.keys());
  }
  EXPECT_LE(most, 250u);
}

TEST_F(RateRulesTest, AKeyThatIsInUseIsRemembered) {
  acquire(1, 2, "mine");
  acquire(2, 1, "mine");
  for (line::client_id i = 0; i != 1'000; ++i)
    rules.acquire(place(3), std::to_string(i), 1, now);
  EXPECT_EQ(rules.keys(), 1'001u);
  now += 4s;
  for (line::client_id i = 0; i != 1'000; ++i)
    rules.acquire(place(3), 'x' + std::to_string(i), 1, now);
  EXPECT_EQ(rules.ready("mine"), now + 1s);
  EXPECT_THAT(pass(1s), ElementsAre("grant 2: 0", "end of 2"));
}

/// The processor time of something.
template <class F>
double time_of(F f) {
  auto start = std::clock();
  f();
  return static_cast<double>(std::clock() - start);
}

// When all were looked at now and then, they took 12 times as long as a map
// takes for as many, and four times as many 14 times as long.
TEST_F(RateRulesTest, AKeyCostsNoMoreWhereThereAreMany) {
  constexpr std::size_t count = 400'000;
  auto ratio = std::numeric_limits<double>::max();
  for (int tries = 0; tries != 3 && ratio > 4; ++tries) {
    auto ours = time_of([&] {
      rate_rules slow{1, 1h, 1};
      for (std::size_t i = 0; i != count; ++i)
        slow.acquire(place(i), std::to_string(i), 1, now);
      EXPECT_EQ(slow.keys(), count);
    });
    auto of_a_map = time_of([&] {
      std::map<std::string, std::array<char, 256>> all;
      for (std::size_t i = 0; i != count; ++i)
        all.try_emplace(std::to_string(i));
      EXPECT_EQ(all.size(), count);
    });
    ratio = std::min(ratio, ours / of_a_map);
  }
  EXPECT_LE(ratio, 4);
}

// -- its actor, and what it has in common with others -------------------------

class RateLimiterTest : public group_fixture {
protected:
  std::string make(std::uint64_t count, duration period, std::uint64_t burst) {
    return end_of([&]() -> task<void> {
      rate_limiter limiter{count, period, burst};
      co_await limiter.acquire("", burst);
      auto second = co_await attempt(limiter.acquire("", burst));
    });
  }
};

TEST_F(RateLimiterTest, NoMoreThanOnePassesInANanosecond) {
  EXPECT_EQ(make(1'000'000'001, 1s, 1), "invalid_argument");
  EXPECT_EQ(make(std::uint64_t{1} << 63, forever, 1), "invalid_argument");
  EXPECT_EQ(make(1'000'000'000, 1s, 1), "done");
  EXPECT_EQ(elapsed(), 1ns);
}

TEST_F(RateLimiterTest, ABurstThatWouldNotComeBackIsRefused) {
  constexpr std::uint64_t hours = 876'000;
  EXPECT_EQ(make(1, 1h, 2 * hours), "invalid_argument");
  EXPECT_EQ(make(1, 1h, ~std::uint64_t{0}), "invalid_argument");
  EXPECT_EQ(make(1, forever, 1), "invalid_argument");
  EXPECT_EQ(make(1, 1h, hours), "done");
  EXPECT_EQ(elapsed(), 1h * hours);
}

TEST_F(RateLimiterTest, ANewOneLetsItsBurstPassBesideItsRate) {
  auto in_a_second = [this](const rate_limiter_options& options) {
    auto passed = 0;
    run([&]() -> task<void> {
      rate_limiter limiter{10, 1s, options};
      (void)co_await attempt(wait_for(
        [](rate_limiter from, int& count) -> task<void> {
          for (;; ++count)
            co_await from.acquire();
        }(limiter, passed),
        999ms));
    });
    return passed;
  };
  EXPECT_EQ(in_a_second(rate_limiter_options{}), 19);
  EXPECT_EQ(in_a_second(rate_limiter_options{}.burst(1)), 10);
  EXPECT_EQ(in_a_second(rate_limiter_options{}.burst(3)), 12);
}

using LineActorTest = group_fixture;

TEST_F(LineActorTest, ATaskMayUseOneAfterTheOther) {
  run([&]() -> task<void> {
    auto before = watchers_of_this_task();
    for (int i = 0; i != 20'000; ++i) {
      event done;
      co_await done.set();
      co_await done.wait();
      lock mutex;
      auto mine = co_await mutex.acquire();
      rate_limiter limiter{1, 1s};
      co_await limiter.acquire();
    }
    co_await sleep(1ms); // the last one still has messages
    EXPECT_EQ(watchers_of_this_task(), before);
  });
}

TEST_F(LineActorTest, ItsMemoryIsFreeThoughWhoUsedItIsThere) {
  auto actor = spawn_event(system.get());
  auto address = caf::actor_cast<caf::weak_actor_ptr>(actor);
  auto user = start([&]() -> task<void> {
    {
      event happened{std::exchange(actor, nullptr)};
      co_await happened.set();
      co_await happened.wait();
    }
    co_await sleep(1h);
  });
  EXPECT_FALSE(address.lock());
  EXPECT_EQ(holders_of(address), 0u);
  user.cancel();
}

} // namespace
} // namespace troupe::testing
