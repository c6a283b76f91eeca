#include "conformance/fixture.hpp"
#include "troupe/core/detail/turn.hpp"
#include "troupe/group.hpp"
#include "troupe/lock.hpp"
#include "troupe/promise.hpp"
#include "troupe/race.hpp"
#include "troupe/run.hpp"
#include "troupe/testing/explore.hpp"
#include "troupe/timeout.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

// A task whose awaits need not wait lets others have their turn.
namespace troupe {
namespace {

using detail::turn;

/// What a greedy task awaits again and again.
using greed = std::function<task<void>(int round)>;

task<void> inline_task() {
  co_return;
}

task<void> without_end(greed what, std::shared_ptr<int> rounds) {
  for (;;)
    co_await what((*rounds)++);
}

/// In virtual time: the test's scheduler gives each actor one turn after the
/// other, and turns end by their steps alone.
class TurnTest : public TaskConformanceTest {
protected:
  /// Starts a greedy task, gives each actor turns until another task had two,
  /// and ends the greedy one by a cancel.
  ///
  /// @return How many rounds the greedy one went in between.
  int rounds_of(greed what) {
    auto rounds = std::make_shared<int>(0);
    auto greedy = spawn(system.get(), without_end(std::move(what), rounds));
    auto modest = spawn(system.get(), []() -> task<void> {
      co_await yield();
      co_await yield();
    }());
    turns_until([&] { return modest.done(); });
    EXPECT_TRUE(modest.done());
    auto result = *rounds;
    greedy.cancel();
    turns_until([&] { return greedy.done(); });
    EXPECT_TRUE(greedy.was_cancelled());
    return result;
  }

private:
  template <class Done>
  void turns_until(Done done) {
    testing::choices first_come;
    for (int i = 0; i != 1'000 && !done(); ++i)
      system.run_one(first_come);
  }
};

constexpr auto few_turns = static_cast<int>(turn::most_steps) * 8;

TEST_F(TurnTest, OneThatTakesALockAgainAndAgain) {
  lock mutex{system.get()};
  auto rounds = rounds_of(
    [mutex](int) -> task<void> { auto held = co_await mutex.acquire(); });
  EXPECT_LE(rounds, few_turns);
}

TEST_F(TurnTest, OneThatAwaitsATaskThatHasEnded) {
  auto ended = start(inline_task());
  auto rounds = rounds_of([ended](int) -> task<void> { co_await ended; });
  EXPECT_LE(rounds, few_turns);
}

TEST_F(TurnTest, OneThatAwaitsAPromiseThatIsSet) {
  promise<int> set;
  set.set_value(7);
  auto value = set.get_handle();
  auto rounds =
    rounds_of([value](int) -> task<void> { EXPECT_EQ(co_await value, 7); });
  EXPECT_LE(rounds, few_turns);
}

/// A cancel reaches no await that is only of an inline task: the rounds end.
TEST_F(TurnTest, OneWhoseInlineTasksWaitForNothing) {
  auto rounds = rounds_of([](int round) -> task<void> {
    co_await inline_task();
    if (round == 1'000'000)
      co_await yield();
  });
  EXPECT_LE(rounds, few_turns * 32);
}

// -- on threads, by the clock -------------------------------------------------

/// Keeps its thread busy for so long.
void work_for(duration length) {
  auto end = std::chrono::steady_clock::now() + length;
  while (std::chrono::steady_clock::now() < end) {
  }
}

task<void> take_for_ever(lock mutex) {
  for (;;) {
    auto held = co_await mutex.acquire();
    work_for(5us);
  }
}

TEST(TurnOnThreadsTest, ALimitEndsALoopWhoseAwaitsAreReady) {
  auto main = []() -> task<void> {
    auto done = spawn(inline_task());
    co_await done;
    auto body = [&](timeout_scope&) -> task<void> {
      for (;;)
        co_await done;
    };
    co_await with_timeout(5ms, body);
  };
  for (std::size_t threads : {1, 2}) {
    try {
      block_on(main(), run_options{}.threads(threads));
      ADD_FAILURE() << "the loop ended";
    } catch (const failure& why) {
      EXPECT_EQ(why.code(), errc::timed_out);
    }
  }
}

/// Without turns that end by the clock a timer took 45 s here.
TEST(TurnOnThreadsTest, TimersGoOffBesideAsManyGreedyTasksAsThereAreThreads) {
  for (std::size_t threads : {1, 2}) {
    auto main = [](std::size_t count) -> task<duration> {
      std::vector<any_handle> greedy;
      for (std::size_t i = 0; i != count; ++i)
        greedy.push_back(spawn(take_for_ever(lock{})));
      auto begin = this_task::now();
      for (int i = 0; i != 10; ++i)
        co_await sleep(1ms);
      auto took = this_task::now() - begin;
      for (auto& one : greedy)
        one.cancel();
      co_return took;
    };
    auto took = block_on(main(threads), run_options{}.threads(threads));
    EXPECT_LT(took, 5s) << threads << " threads";
  }
}

task<void> note(std::shared_ptr<std::vector<int>> order, int number) {
  order->push_back(number);
  co_return;
}

TEST(TurnOnThreadsTest, TasksOnOneThreadStartInTheOrderOfSpawning) {
  auto main = [](std::size_t limit) -> task<std::vector<int>> {
    auto order = std::make_shared<std::vector<int>>();
    auto body = [&](group& g) -> task<void> {
      for (int i = 0; i != 8; ++i)
        g.spawn(note(order, i));
      co_return;
    };
    co_await with_group(body, group_options{}.limit(limit));
    co_return *order;
  };
  auto one_thread = run_options{}.threads(1);
  for (std::size_t limit : {0, 1, 3})
    EXPECT_THAT(block_on(main(limit), one_thread),
                ElementsAre(0, 1, 2, 3, 4, 5, 6, 7))
      << "limit " << limit;
}

TEST(TurnOnThreadsTest, OfReadyOnesOnOneThreadTheFirstWinsARace) {
  auto main = []() -> task<int> {
    auto value = [](int x) -> task<int> { co_return x; };
    std::vector<task<int>> jobs;
    for (int i = 0; i != 3; ++i)
      jobs.push_back(value(i));
    co_return co_await race(std::move(jobs));
  };
  EXPECT_EQ(block_on(main(), run_options{}.threads(1)), 0);
}

TEST(TurnOnThreadsTest, SpawnedOnesStartInOrderThoughTheirSpawnerWakesOthers) {
  auto main = []() -> task<std::vector<int>> {
    auto order = std::make_shared<std::vector<int>>();
    std::vector<any_handle> all;
    promise<void> wakes;
    auto wait = [](handle<void> h) -> task<void> { co_await h; };
    all.push_back(spawn(wait(wakes.get_handle())));
    co_await yield();
    for (int i = 0; i != 4; ++i) {
      all.push_back(spawn(note(order, i)));
      if (i == 1)
        wakes.set_value();
    }
    for (auto& one : all)
      while (!one.done())
        co_await yield();
    co_return *order;
  };
  EXPECT_THAT(block_on(main(), run_options{}.threads(1)),
              ElementsAre(0, 1, 2, 3));
}

} // namespace
} // namespace troupe
