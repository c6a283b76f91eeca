#include "conformance/group_fixture.hpp"
#include "troupe/core/queue_actor.hpp"
#include "troupe/event.hpp"
#include "troupe/lock.hpp"
#include "troupe/queue.hpp"
#include "troupe/select.hpp"
#include "troupe/semaphore.hpp"
#include "troupe/timeout.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace troupe {
namespace {

class SelectTest : public group_fixture {
protected:
  void put(int item) {
    run([&]() -> task<void> { co_await items.put(item); });
  }

  std::vector<int> all_items() {
    return run([&]() -> task<std::vector<int>> {
      std::vector<int> result;
      while (!co_await items.empty())
        result.push_back(co_await items.get());
      co_return result;
    });
  }

  queue_state state() {
    return run([&]() -> task<queue_state> { return items.state(); });
  }

  queue<int> items{system.get()};
  queue<std::string> words{system.get()};
};

TEST_F(SelectTest, GivesWhatIsThere) {
  run([&]() -> task<void> {
    co_await words.put("hello");
    auto first = co_await select(items.get(), words.get(), sleep(1s));
    EXPECT_EQ(first.index(), 1u);
    EXPECT_EQ(std::get<1>(first), "hello");
    EXPECT_EQ(elapsed(), 0s);
  });
}

TEST_F(SelectTest, OfThoseThatAreThereGivesTheFirst) {
  run([&]() -> task<void> {
    co_await words.put("hello");
    co_await items.put(1);
    auto first = co_await select(items.get(), words.get(), sleep(0s));
    EXPECT_EQ(std::get<0>(first), 1);
    EXPECT_EQ(co_await words.size(), 1u);
  });
}

TEST_F(SelectTest, WaitsForTheFirstOne) {
  auto putter = start([&]() -> task<void> {
    co_await sleep(2s);
    co_await words.put("late");
    co_await items.put(1);
  });
  run([&]() -> task<void> {
    auto first = co_await select(items.get(), words.get(), sleep(3s));
    EXPECT_EQ(std::get<1>(first), "late");
    EXPECT_EQ(elapsed(), 2s);
  });
  EXPECT_THAT(all_items(), ElementsAre(1));
}

TEST_F(SelectTest, ASleepMayBeTheFirst) {
  run([&]() -> task<void> {
    auto first = co_await select(items.get(), sleep(1s), sleep(2s));
    EXPECT_EQ(first.index(), 1u);
    EXPECT_EQ(elapsed(), 1s);
  });
  EXPECT_EQ(state().getters, 0u);
}

TEST_F(SelectTest, AnEventMayBeTheFirst) {
  event happened{system.get()};
  auto setter = start([&]() -> task<void> {
    co_await sleep(1s);
    co_await happened.set();
  });
  run([&]() -> task<void> {
    auto first = co_await select(items.get(), happened.wait());
    EXPECT_EQ(first.index(), 1u);
    auto again = co_await select(sleep(1s), happened.wait());
    EXPECT_EQ(again.index(), 1u);
  });
}

TEST_F(SelectTest, ALockThatIsFirstIsHeld) {
  lock mutex{system.get()};
  run([&]() -> task<void> {
    auto first = co_await select(items.get(), mutex.acquire());
    EXPECT_TRUE(std::get<1>(first));
    EXPECT_TRUE(co_await mutex.locked());
    co_await std::get<1>(first).release();
    EXPECT_FALSE(co_await mutex.locked());
  });
}

TEST_F(SelectTest, ALockThatIsNotFirstIsLeftToOthers) {
  lock mutex{system.get()};
  auto holder = start([&]() -> task<void> {
    auto mine = co_await mutex.acquire();
    co_await sleep(2s);
  });
  auto chooser = start([&]() -> task<void> {
    auto first = co_await select(mutex.acquire(), sleep(1s));
    EXPECT_EQ(first.index(), 1u);
    co_await sleep(1h);
  });
  run([&]() -> task<void> {
    auto mine = co_await mutex.acquire();
    EXPECT_EQ(elapsed(), 2s);
  });
  chooser.cancel();
}

// Both come before the task runs again.
TEST_F(SelectTest, WhatComesSecondIsGivenBack) {
  lock mutex{system.get()};
  semaphore slots{system.get(), 0};
  std::optional<held> held_elsewhere;
  auto holder = start([&]() -> task<void> {
    held_elsewhere = co_await mutex.acquire();
    co_await sleep(2s);
  });
  auto chooser = start([&]() -> task<void> {
    auto first = co_await select(mutex.acquire(), slots.acquire(), items.get());
    EXPECT_EQ(first.index(), 0u);
    co_await sleep(1h);
  });
  held_elsewhere.reset();
  auto adder = spawn(system.get(), slots.release());
  auto putter = spawn(system.get(), items.put(7));
  system.run_ready();
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await mutex.locked());
    EXPECT_EQ(co_await slots.available(), 1);
    EXPECT_EQ(co_await items.get(), 7);
  });
  chooser.cancel();
  EXPECT_EQ(end_of(holder), "done");
}

TEST_F(SelectTest, TimeLimitsOfLocksHold) {
  lock mutex{system.get()};
  auto holder = start([&]() -> task<void> {
    auto mine = co_await mutex.acquire();
    co_await sleep(1h);
  });
  auto chooses = [&]() -> task<void> {
    co_await select(mutex.acquire_for(1s), items.get());
  };
  EXPECT_EQ(end_of(chooses), "timed_out");
  EXPECT_EQ(elapsed(), 1s);
  EXPECT_EQ(state().getters, 0u);
  holder.cancel();
}

TEST_F(SelectTest, AQueueThatIsShutDownFailsIt) {
  auto chooser =
    start([&]() -> task<void> { co_await select(items.get(), words.get()); });
  run([&]() -> task<void> { co_await words.shutdown(); });
  EXPECT_EQ(end_of(chooser), "closed");
  EXPECT_EQ(state().getters, 0u);
}

TEST_F(SelectTest, CancelledItTakesNothing) {
  auto chooser = start([&]() -> task<void> {
    co_await select(items.get(), words.get(), sleep(1h));
  });
  EXPECT_EQ(state().getters, 1u);
  chooser.cancel();
  EXPECT_EQ(end_of(chooser), "cancelled");
  EXPECT_EQ(state().getters, 0u);
  put(1);
  EXPECT_THAT(all_items(), ElementsAre(1));
}

// It was answered, and cancelled before it ran.
TEST_F(SelectTest, CancelledItGivesBackWhatItGot) {
  auto chooser =
    start([&]() -> task<void> { co_await select(items.get(), sleep(1h)); });
  auto pause =
    run([&]() -> task<pause_guard> { co_return co_await chooser.pause(); });
  put(1);
  put(2);
  EXPECT_THAT(state().size, 1u);
  chooser.cancel();
  EXPECT_EQ(end_of(chooser), "cancelled");
  EXPECT_THAT(all_items(), ElementsAre(1, 2));
}

TEST_F(SelectTest, PausedItHoldsNobodyUp) {
  auto chooser = start([&]() -> task<int> {
    auto first = co_await select(items.get(), sleep(1h));
    co_return std::get<0>(first);
  });
  auto pause =
    run([&]() -> task<pause_guard> { co_return co_await chooser.pause(); });
  put(1);
  put(2);
  EXPECT_THAT(all_items(), ElementsAre(2));
  run([&]() -> task<void> {
    pause.resume();
    EXPECT_EQ(co_await chooser, 1);
  });
}

// Of what both queues have one item is declined: it is still the first.
TEST_F(SelectTest, NobodyOvertakesWhatItDeclines) {
  queue<int> others{system.get()};
  auto chooser = start([&]() -> task<int> {
    auto first = co_await select(others.get(), items.get());
    EXPECT_EQ(first.index(), 0u);
    co_return std::get<0>(first);
  });
  std::vector<int> got;
  auto getter = start([&]() -> task<void> {
    for (int i = 0; i != 2; ++i)
      got.push_back(co_await items.get());
  });
  auto a = spawn(system.get(), others.put(1));
  auto b = spawn(system.get(), items.put(2));
  auto c = spawn(system.get(), items.put(3));
  system.run_ready();
  EXPECT_THAT(got, ElementsAre(2, 3));
}

TEST_F(SelectTest, AnItemOfAnotherTypeStays) {
  auto actor = spawn_queue(system.get());
  items = queue<int>{actor};
  queue<std::int8_t> small{actor};
  put(1000);
  auto chooses = [&]() -> task<void> {
    co_await select(small.get(), sleep(1h));
  };
  EXPECT_EQ(end_of(chooses), "invalid_argument");
  EXPECT_THAT(all_items(), ElementsAre(1000));
}

} // namespace
} // namespace troupe
