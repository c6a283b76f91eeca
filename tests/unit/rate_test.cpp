#include "conformance/group_fixture.hpp"
#include "troupe/core/event_actor.hpp"
#include "troupe/core/rate_limiter_actor.hpp"
#include "troupe/core/rate_rules.hpp"
#include "troupe/event.hpp"
#include "troupe/lock.hpp"
#include "troupe/rate_limiter.hpp"
#include "troupe/semaphore.hpp"
#include "unit/client_fixture.hpp"
#include "unit/line_fixture.hpp"

#include <ctime>

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
