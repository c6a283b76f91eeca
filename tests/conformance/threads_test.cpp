// asyncio's rows X1 and X2, and what else needs real threads: no virtual time.

#include "conformance/fixture.hpp"
#include "troupe/msg/setup.hpp"
#include "troupe/post.hpp"
#include "troupe/queue.hpp"
#include "troupe/run.hpp"
#include "troupe/to_thread.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <future>
#include <latch>
#include <thread>

namespace troupe {
namespace {

/// A system with threads.
class real_system {
public:
  real_system() : config_(configured()), system_(*config_) {}

  caf::actor_system& get() noexcept { return system_; }

private:
  static std::unique_ptr<caf::actor_system_config> configured() {
    auto result = std::make_unique<caf::actor_system_config>();
    configure(*result);
    return result;
  }

  std::unique_ptr<caf::actor_system_config> config_;
  caf::actor_system system_;
};

int twice(int x) {
  return 2 * x;
}

task<void> set(std::shared_ptr<bool> flag) {
  *flag = true;
  co_return;
}

TEST_F(TaskConformanceTest, K13_YieldingForEverLetsOthersRunOnOneThread) {
  block_on(
    []() -> task<void> {
      auto flag = std::make_shared<bool>(false);
      auto other = spawn(set(flag));
      while (!*flag)
        co_await yield();
      co_await other;
    }(),
    run_options{}.threads(1));
}

task<void> puts(queue<int> items, int count) {
  for (int i = 0; i != count; ++i)
    co_await items.put(i);
}

/// The processor's time for items that go from one task to another. It shows
/// what instructions do not: that threads wait for each other's memory.
std::clock_t work_of_items(std::size_t threads) {
  auto before = std::clock();
  block_on(
    []() -> task<void> {
      constexpr int count = 100'000;
      queue<int> between{queue_options{}.max_size(1'000)};
      auto putter = spawn(puts(between, count));
      for (int i = 0; i != count; ++i)
        co_await between.get();
      co_await putter;
    }(),
    run_options{}.threads(threads));
  return std::clock() - before;
}

// With each on a thread of its own, every item waits for the other thread: that
// costs three to five times as much.
TEST_F(TaskConformanceTest, TwoThatTalkInShortStepsShareAThread) {
  // The first of all finds cold caches.
  auto best_of_three = [](std::size_t threads) {
    return std::min(
      {work_of_items(threads), work_of_items(threads), work_of_items(threads)});
  };
  auto alone = best_of_three(1);
  EXPECT_LT(best_of_three(2), 2 * alone);
}

task<int> waits_then_gives_one() {
  co_await yield();
  co_return 1;
}

TEST_F(TaskConformanceTest, K16_EagerTasksGoOnInAnyThread) {
  auto sum = block_on(
    []() -> task<int> {
      auto eager = spawn_options{}.eager_start();
      std::vector<handle<int>> all;
      for (int i = 0; i != 10'000; ++i)
        all.push_back(spawn(waits_then_gives_one(), eager));
      auto result = 0;
      for (const auto& one : all)
        result += co_await one;
      co_return result;
    }(),
    run_options{}.threads(4));
  EXPECT_EQ(sum, 10'000);
}

TEST_F(TaskConformanceTest, X1_ToThreadGivesTheValue) {
  EXPECT_EQ(block_on([]() -> task<int> {
              co_return co_await to_thread([] { return 42; });
            }()),
            42);
}

TEST_F(TaskConformanceTest, X1_ToThreadUsesAnotherThread) {
  EXPECT_TRUE(block_on([]() -> task<bool> {
    auto here = std::this_thread::get_id();
    auto there = co_await to_thread([] { return std::this_thread::get_id(); });
    co_return here != there;
  }()));
}

TEST_F(TaskConformanceTest, X1_ToThreadThrowsTheException) {
  EXPECT_EQ(block_on([]() -> task<std::string> {
              auto fail = [] { throw std::runtime_error{"mine"}; };
              co_return co_await ending_of(to_thread(fail));
            }()),
            "mine");
}

TEST_F(TaskConformanceTest, X1_ToThreadCallsOnce) {
  auto calls = std::make_shared<std::atomic<int>>(0);
  block_on([](std::shared_ptr<std::atomic<int>> count) -> task<void> {
    co_await to_thread([](auto x) { ++*x; }, count);
  }(calls));
  EXPECT_EQ(*calls, 1);
}

task<void> arrive(std::shared_ptr<std::latch> latch) {
  co_await to_thread([](auto x) { x->arrive_and_wait(); }, latch);
}

TEST_F(TaskConformanceTest, X1_ManyCallsRunAtATime) {
  constexpr int count = 8;
  auto together = std::make_shared<std::latch>(count);
  block_on(
    [](std::shared_ptr<std::latch> latch) -> task<void> {
      std::vector<handle<void>> all;
      for (int i = 0; i != count; ++i)
        all.push_back(spawn(arrive(latch)));
      for (auto& one : all)
        co_await one;
    }(together),
    run_options{}.blocking_threads(count));
}

TEST_F(TaskConformanceTest, X1_ToThreadPassesItsArguments) {
  EXPECT_EQ(block_on([]() -> task<int> {
              auto value = std::make_unique<int>(1);
              auto add = [](std::unique_ptr<int> a, int b) { return *a + b; };
              co_return co_await to_thread(add, std::move(value), 41);
            }()),
            42);
}

TEST_F(TaskConformanceTest, X1_ACallThatIsCancelledBeforeItBeganIsNotMade) {
  auto called = std::make_shared<std::atomic<bool>>(false);
  auto amain = [](std::shared_ptr<std::atomic<bool>> flag) -> task<void> {
    auto begun = std::make_shared<std::latch>(1);
    auto end = std::make_shared<std::latch>(1);
    auto first = [](auto x, auto y) -> task<void> {
      auto block = [](auto began, auto ends) {
        began->count_down();
        ends->wait();
      };
      co_await to_thread(block, x, y);
    };
    auto second = [](auto x) -> task<void> {
      co_await to_thread([](auto was_called) { *was_called = true; }, x);
    };
    auto blocks = spawn(first(begun, end));
    while (!begun->try_wait()) // it has the only thread
      co_await yield();
    auto waits = spawn(second(flag));
    co_await yield();
    waits.cancel();
    EXPECT_EQ(co_await ending_of(waits), "cancelled");
    end->count_down();
    co_await blocks;
  };
  block_on(amain(called), run_options{}.threads(1).blocking_threads(1));
  EXPECT_FALSE(*called);
}

// Adapted: there is no context to carry; what a call needs is passed to it, by
// value.
TEST_F(TaskConformanceTest, X1_ToThreadTakesAFunction) {
  EXPECT_EQ(
    block_on([]() -> task<int> { co_return co_await to_thread(twice, 21); }()),
    42);
}

TEST_F(TaskConformanceTest, X2_APostedTaskGivesItsValueToTheThread) {
  real_system real;
  auto posted = post(real.get(), value_after(1ms, 42));
  EXPECT_EQ(posted.result.get(), 42);
}

// Who could await the handle would race with the future for the value.
TEST_F(TaskConformanceTest, X2_TheValueOfAPostedTaskIsTheFuturesAlone) {
  static_assert(std::is_same_v<decltype(posted<int>::task), any_handle>);
}

TEST_F(TaskConformanceTest, X2_APostedTaskThrowsInTheThread) {
  real_system real;
  auto posted = post(real.get(), fail_after(1ms, "mine"));
  EXPECT_THROW(posted.result.get(), std::runtime_error);
}

// Adapted: a `std::future` knows no cancel; the handle that comes with it does.
TEST_F(TaskConformanceTest, X2_AThreadThatWaitedLongEnoughCancelsTheTask) {
  real_system real;
  auto posted = post(real.get(), wait_for_ever(notes));
  EXPECT_EQ(posted.result.wait_for(0s), std::future_status::timeout);
  EXPECT_TRUE(posted.task.cancel());
  EXPECT_THROW(posted.result.get(), cancelled);
  EXPECT_TRUE(posted.task.was_cancelled());
}

TEST_F(TaskConformanceTest, X2_ACancelInsideTheSystemComesToTheThread) {
  real_system real;
  auto posted = post(real.get(), []() -> task<void> {
    this_task::handle().cancel();
    co_await yield();
  }());
  EXPECT_THROW(posted.result.get(), cancelled);
}

TEST_F(TaskConformanceTest, X2_ACancelByTheThreadEndsARunningTask) {
  real_system real;
  auto running = std::make_shared<std::promise<void>>();
  auto posted =
    post(real.get(), [](std::shared_ptr<std::promise<void>> x) -> task<void> {
      x->set_value();
      co_await sleep(forever);
    }(running));
  running->get_future().wait();
  posted.task.cancel();
  EXPECT_THROW(posted.result.get(), cancelled);
}

// Adapted: in asyncio the task factory may fail; here a task may be refused.
TEST_F(TaskConformanceTest, X2_ATaskThatIsRefusedThrowsWhereItIsPosted) {
  real_system real;
  int value = 0;
  auto borrowing = [](int& x) -> task<void> {
    ++x;
    co_return;
  };
  try {
    post(real.get(), borrowing(value));
    ADD_FAILURE() << "it borrows";
  } catch (const failure& what) {
    EXPECT_EQ(what.code(), errc::invalid_argument);
  }
  EXPECT_EQ(value, 0);
}

} // namespace
} // namespace troupe
