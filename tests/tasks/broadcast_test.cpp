// What tasks and plain actors see of a broadcast.

#include "tasks/broadcast_fixture.hpp"
#include "troupe/attempt.hpp"
#include "troupe/testing/explore.hpp"
#include "troupe/timeout.hpp"

#include "troupe/v1/common.pb.h"

namespace troupe {
namespace {

task<std::vector<int>> drain(const subscription<int>& from) {
  std::vector<int> result;
  while (auto next = co_await attempt(from.get_nowait()))
    result.push_back(*next);
  co_return result;
}

// -- what users see -----------------------------------------------------------

TEST_F(BroadcastTaskTest, EachSubscriberGetsEachItem) {
  run([]() -> task<void> {
    broadcast<std::string> news;
    auto mine = co_await news.subscribe();
    auto yours = co_await news.subscribe();
    EXPECT_EQ(co_await news.publish("one"), 2u);
    EXPECT_EQ(co_await news.publish("two"), 2u);
    EXPECT_EQ(co_await mine.get(), "one");
    EXPECT_EQ(co_await mine.get(), "two");
    auto both = co_await yours.get_many(5);
    EXPECT_THAT(both, ElementsAre("one", "two"));
    EXPECT_EQ(co_await ending_of(mine.get_nowait()), "empty");
  }());
}

TEST_F(BroadcastTaskTest, PublishingToNobodySucceeds) {
  run([]() -> task<void> {
    broadcast<int> news;
    EXPECT_EQ(co_await news.publish(1), 0u);
    EXPECT_EQ(co_await news.publish_nowait(2), 0u);
    auto state = co_await news.state();
    EXPECT_EQ(state.published, 2u);
    EXPECT_EQ(state.subscribers, 0u);
  }());
}

TEST_F(BroadcastTaskTest, AGetWaitsForAPublish) {
  broadcast<int> news{system.get()};
  auto reader = start([](broadcast<int> from) -> task<int> {
    auto mine = co_await from.subscribe();
    co_return co_await mine.get();
  }(news));
  EXPECT_FALSE(reader.done());
  run(publish_all(news, 1, notes));
  EXPECT_EQ(run(result_of(reader)), 1);
}

TEST_F(BroadcastTaskTest, ASubscriptionEndsWhenItGoes) {
  run([]() -> task<void> {
    broadcast<int> news;
    {
      auto mine = co_await news.subscribe(room(1));
      co_await news.publish(1);
      EXPECT_EQ(co_await ending_of(news.publish_nowait(2)), "full");
    }
    EXPECT_EQ(co_await news.publish_nowait(2), 0u);
    auto other = co_await news.subscribe();
    other = co_await news.subscribe();
    EXPECT_EQ((co_await news.state()).subscribers, 1u);
    auto moved = std::move(other);
    EXPECT_TRUE(moved);
    EXPECT_FALSE(other); // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(co_await ending_of(other.get()), "invalid_argument");
  }());
}

TEST_F(BroadcastTaskTest, ASlowSubscriberLetsPublishersWait) {
  broadcast<int> news{system.get(), room(2)};
  auto reader = start([](broadcast<int> from) -> task<std::vector<int>> {
    auto mine = co_await from.subscribe();
    std::vector<int> result;
    while (auto next = co_await attempt(mine.get())) {
      result.push_back(*next);
      co_await sleep(1s);
    }
    co_return result;
  }(news));
  auto writer = start(publish_all(news, 5, notes));
  EXPECT_THAT(notes.lines(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(run(state_of(news)).publishers, 1u);
  run([](broadcast<int> to, handle<void> other) -> task<void> {
    co_await other;
    co_await to.shutdown();
    EXPECT_EQ(co_await ending_of(to.publish(6)), "closed");
    EXPECT_EQ(co_await ending_of(to.publish_nowait(6)), "closed");
    EXPECT_EQ(co_await ending_of(to.subscribe()), "closed");
  }(news, writer));
  EXPECT_THAT(run(result_of(reader)), ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(BroadcastTaskTest, ASubscriberMissesTheOldestOrTheNewest) {
  run([]() -> task<void> {
    broadcast<int> news{room(2, on_full::drop_oldest)};
    auto newest = co_await news.subscribe();
    auto oldest = co_await news.subscribe(
      broadcast_options{}.on_full(on_full::drop_newest));
    auto all = co_await news.subscribe(broadcast_options{}.max_size(9));
    for (int i = 1; i != 6; ++i)
      co_await news.publish(i);
    EXPECT_THAT(co_await drain(newest), ElementsAre(4, 5));
    EXPECT_THAT(co_await drain(oldest), ElementsAre(1, 2));
    EXPECT_THAT(co_await drain(all), ElementsAre(1, 2, 3, 4, 5));
    EXPECT_EQ(co_await newest.lagged(), 3u);
    EXPECT_EQ(co_await oldest.lagged(), 3u);
    EXPECT_EQ(co_await all.lagged(), 0u);
  }());
}

TEST_F(BroadcastTaskTest, ASubscriberThatFallsBehindIsDisconnected) {
  run([]() -> task<void> {
    broadcast<int> news;
    auto mine = co_await news.subscribe(room(2, on_full::disconnect));
    for (int i = 1; i != 5; ++i)
      co_await news.publish(i);
    EXPECT_EQ((co_await news.state()).subscribers, 0u);
    auto left = co_await mine.get_many(9);
    EXPECT_THAT(left, ElementsAre(1, 2));
    auto end = co_await attempt(mine.get());
    EXPECT_EQ(end.error().code(), errc::overloaded);
    EXPECT_THAT(end.error().message(), HasSubstr("missed 2"));
    EXPECT_EQ(co_await mine.lagged(), 2u);
  }());
}

TEST_F(BroadcastTaskTest, AnImmediateShutdownDropsWhatIsLeft) {
  run([]() -> task<void> {
    broadcast<int> news;
    auto mine = co_await news.subscribe();
    co_await news.publish(1);
    co_await news.shutdown(true);
    EXPECT_EQ(co_await ending_of(mine.get()), "closed");
    EXPECT_TRUE((co_await news.state()).shut_down);
  }());
}

// -- cancel -------------------------------------------------------------------

TEST_F(BroadcastTaskTest, ACancelledPublishNeverAppears) {
  broadcast<int> news{system.get()};
  auto reader = start(subscribe_and_sleep(news, room(1)));
  auto writer = start(publish_all(news, 2, notes));
  auto state = run(state_of(news));
  EXPECT_EQ(state.publishers, 1u);
  writer.cancel();
  system.run_ready();
  EXPECT_TRUE(writer.was_cancelled());
  state = run(state_of(news));
  EXPECT_EQ(state.publishers, 0u);
  EXPECT_EQ(state.published, 1u);
  reader.cancel();
  system.run_ready();
}

TEST_F(BroadcastTaskTest, ATimeLimitOfAGetTakesNothing) {
  run([]() -> task<void> {
    broadcast<int> news;
    auto mine = co_await news.subscribe();
    EXPECT_EQ(co_await ending_of(wait_for(mine.get(), 1s)), "timed_out");
    co_await news.publish(1);
    EXPECT_EQ(co_await mine.get(), 1);
  }());
}

// Every turn of the race between an answer that is on its way and a cancel.
class BroadcastRaceTest : public TaskConformanceTest,
                          public ::testing::WithParamInterface<int> {
protected:
  /// Lets so many actors run, first come, first served.
  void run_some() {
    testing::choices first;
    for (int i = 0; i != GetParam() && system.run_one(first); ++i) {
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Broadcast, BroadcastRaceTest, ::testing::Range(0, 12));

TEST_P(BroadcastRaceTest, ACancelledGetTakesNothing) {
  broadcast<int> news{system.get()};
  auto reader =
    start([](broadcast<int> from, journal log) -> task<std::vector<int>> {
      auto mine = co_await from.subscribe();
      try {
        log.add(std::to_string(co_await mine.get()));
        co_await sleep(forever);
      } catch (const cancelled&) {
      }
      co_await sleep(1s);
      co_return co_await drain(mine);
    }(news, notes));
  auto writer = spawn(system.get(), publish_all(news, 2, journal{}));
  run_some();
  reader.cancel();
  system.run_ready();
  EXPECT_TRUE(writer.done());
  if (notes.lines().empty())
    EXPECT_THAT(run(result_of(reader)), ElementsAre(1, 2));
  else
    EXPECT_THAT(run(result_of(reader)), ElementsAre(2));
}

TEST_P(BroadcastRaceTest, ACancelledPublisherPublishedWhatItKnowsOf) {
  broadcast<int> news{system.get(), room(1)};
  auto reader = start([](broadcast<int> from) -> task<void> {
    auto mine = co_await from.subscribe();
    for (;;)
      co_await mine.get();
  }(news));
  auto writer = spawn(system.get(), publish_all(news, 4, notes));
  run_some();
  writer.cancel();
  system.run_ready();
  EXPECT_TRUE(writer.done());
  EXPECT_EQ(run(state_of(news)).published, notes.lines().size());
  reader.cancel();
  system.run_ready();
}

TEST_P(BroadcastRaceTest, ACancelledSubscribeLeavesNoSubscriber) {
  broadcast<int> news{system.get()};
  auto reader = spawn(system.get(), [](broadcast<int> to) -> task<void> {
    try {
      auto mine = co_await to.subscribe();
      co_await sleep(forever);
    } catch (const cancelled&) {
    }
    co_await sleep(1s);
    EXPECT_EQ((co_await to.state()).subscribers, 0u);
  }(news));
  run_some();
  reader.cancel();
  run(ending_of(reader));
  EXPECT_EQ(run(state_of(news)).subscribers, 0u);
}

TEST_F(BroadcastTaskTest, WhatCameWhileATaskWasPausedAndCancelledStays) {
  broadcast<int> news{system.get()};
  auto reader = start([](broadcast<int> from) -> task<std::vector<int>> {
    auto mine = co_await from.subscribe();
    try {
      co_await mine.get();
    } catch (const cancelled&) {
    }
    co_await sleep(1s);
    co_return co_await drain(mine);
  }(news));
  auto pauser = start([](handle<std::vector<int>> whom) -> task<void> {
    auto pause = co_await whom.pause();
    co_await sleep(forever);
  }(reader));
  run(publish_all(news, 2, notes));
  reader.cancel();
  system.run_ready();
  EXPECT_THAT(run(result_of(reader)), ElementsAre(1, 2));
  pauser.cancel();
  system.run_ready();
}

// -- deaths -------------------------------------------------------------------

TEST_F(BroadcastTaskTest, TheEndOfASubscriberLetsPublishersIn) {
  broadcast<int> news{system.get()};
  auto reader = start(subscribe_and_sleep(news, room(1)));
  auto writer = start(publish_all(news, 3, notes));
  EXPECT_THAT(notes.lines(), ElementsAre("1"));
  reader.cancel();
  system.run_ready();
  EXPECT_TRUE(writer.done());
  EXPECT_THAT(notes.lines(), ElementsAre("1", "2", "3"));
}

TEST_F(BroadcastTaskTest, ASubscriptionMovesToTheTaskThatGetsFromIt) {
  broadcast<int> news{system.get()};
  auto read = [](subscription<int> mine) -> task<int> {
    co_await ending_of(mine.get_nowait());
    co_await sleep(2s);
    co_return co_await mine.get();
  };
  auto reader = run([](broadcast<int> to, auto how) -> task<handle<int>> {
    auto mine = co_await to.subscribe();
    auto result = spawn(how(std::move(mine)));
    co_await sleep(1s);
    co_return result;
  }(news, read));
  run(publish_all(news, 1, notes));
  EXPECT_EQ(run(result_of(reader)), 1);
}

// -- items --------------------------------------------------------------------

TEST_F(BroadcastTaskTest, ABroadcastCarriesMessagesStringsAndNumbers) {
  run([]() -> task<void> {
    broadcast<v1::Error> errors;
    auto one = co_await errors.subscribe();
    auto other = co_await errors.subscribe();
    v1::Error error;
    error.set_message("no");
    co_await errors.publish(error);
    EXPECT_EQ((co_await one.get()).message(), "no");
    EXPECT_EQ((co_await other.get()).message(), "no");
    broadcast<bool> truths;
    auto truth = co_await truths.subscribe();
    co_await truths.publish(true);
    co_await truths.publish(false);
    EXPECT_EQ(co_await truth.get(), true);
    auto rest = co_await truth.get_many(2);
    EXPECT_EQ(rest, std::vector<bool>{false});
  }());
}

TEST_F(BroadcastTaskTest, AnItemOfAnotherTypeIsRefusedAndNotLost) {
  auto actor = spawn_broadcast(system.get());
  run([](broadcast<std::string> texts, broadcast<int> numbers) -> task<void> {
    auto mine = co_await texts.subscribe();
    co_await texts.publish("seven");
    co_await numbers.publish(8);
    EXPECT_EQ(co_await ending_of(mine.get_many(2)), "invalid_argument");
    EXPECT_EQ(co_await mine.get(), "seven");
    EXPECT_EQ(co_await ending_of(mine.get()), "invalid_argument");
    EXPECT_EQ(co_await ending_of(mine.get()), "invalid_argument");
  }(broadcast<std::string>{actor}, broadcast<int>{actor}));
}

} // namespace
} // namespace troupe
