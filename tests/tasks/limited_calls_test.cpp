#include "support/gate.hpp"
#include "troupe/attempt.hpp"
#include "troupe/cancelled.hpp"
#include "troupe/capacity_limiter.hpp"
#include "troupe/handle.hpp"
#include "troupe/run.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/to_thread.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <vector>

// Calls in threads of which only some may run at once, though their tasks be
// cancelled: with real threads, as a call goes on when its task has ended.
namespace troupe {
namespace {

using test::gate;

/// How many calls run, and how many ran at once at most.
class calls {
public:
  void enter() {
    auto now = ++running_;
    for (auto most = most_.load(); most < now;)
      most_.compare_exchange_weak(most, now);
  }
  void leave() { --running_; }

  [[nodiscard]] int running() const { return running_; }
  [[nodiscard]] int most() const { return most_; }

private:
  std::atomic<int> running_{0};
  std::atomic<int> most_{0};
};

using shared_calls = std::shared_ptr<calls>;

/// Blocks its thread until the gate is open.
void block(const shared_calls& all, const gate& until) {
  all->enter();
  until.wait();
  all->leave();
}

task<void> call(capacity_limiter limiter, shared_calls all, gate until) {
  co_await to_thread(limiter, block, all, until);
}

task<void> until_running(shared_calls all, int count) {
  while (all->running() != count)
    co_await yield();
}

/// Waits for the end of a task, and gives whether it was cancelled.
task<bool> was_cancelled(handle<void> work) {
  try {
    co_await work;
  } catch (const cancelled&) {
    co_return true;
  }
  co_return false;
}

run_options many_threads() {
  return run_options{}.threads(2).blocking_threads(12);
}

TEST(LimitedCallsTest, GiveWhatTheCallGave) {
  block_on([]() -> task<void> {
    capacity_limiter limiter{1};
    auto twice = [](int x) { return 2 * x; };
    EXPECT_EQ(co_await to_thread(limiter, twice, 21), 42);
    auto fails = []() -> int { throw std::runtime_error{"boom"}; };
    auto how = co_await attempt(to_thread(limiter, fails));
    EXPECT_FALSE(how);
    EXPECT_EQ(co_await limiter.available(), 1);
  }());
}

TEST(LimitedCallsTest, ACallThatItsTaskLeftKeepsItsPermit) {
  auto all = std::make_shared<calls>();
  gate end;
  auto amain = [](shared_calls all, gate end) -> task<void> {
    capacity_limiter limiter{2};
    auto one = spawn(call(limiter, all, end));
    auto two = spawn(call(limiter, all, end));
    co_await until_running(all, 2);
    one.cancel();
    two.cancel();
    EXPECT_TRUE(co_await was_cancelled(one));
    EXPECT_TRUE(co_await was_cancelled(two));
    EXPECT_EQ(all->running(), 2);
    auto mine = co_await limiter.try_acquire();
    EXPECT_FALSE(mine.has_value());
    end.open();
    auto place = co_await limiter.acquire(); // once a call has ended
    EXPECT_LT(all->running(), 2);
  };
  block_on(amain(all, end), many_threads());
}

TEST(LimitedCallsTest, NeverMoreRunAtOnceThoughAllAreCancelled) {
  auto all = std::make_shared<calls>();
  auto amain = [](shared_calls all) -> task<void> {
    capacity_limiter limiter{2};
    std::vector<gate> gates(10);
    std::vector<handle<void>> work;
    for (const auto& end : gates)
      work.push_back(spawn(call(limiter, all, end)));
    // The calls are made in order: two of them, and the next as one ends.
    co_await until_running(all, 2);
    for (const auto& one : work)
      one.cancel();
    for (const auto& one : work)
      EXPECT_TRUE(co_await was_cancelled(one));
    auto late = spawn(call(limiter, all, gates.front()));
    for (const auto& end : gates)
      end.open();
    co_await late;
    EXPECT_EQ(all->most(), 2);
  };
  block_on(amain(all), many_threads());
  EXPECT_EQ(all->most(), 2);
}

TEST(LimitedCallsTest, ACallThatHasNotBegunGivesItsPermitBackAtOnce) {
  auto all = std::make_shared<calls>();
  gate end;
  auto amain = [](shared_calls all, gate end) -> task<void> {
    capacity_limiter limiter{1};
    auto blocks = spawn([](shared_calls x, gate y) -> task<void> {
      co_await to_thread(block, x, y);
    }(all, end));
    co_await until_running(all, 1); // it has the only thread
    auto waits = spawn(call(limiter, all, end));
    while (co_await limiter.available() != 0)
      co_await yield();
    waits.cancel();
    EXPECT_TRUE(co_await was_cancelled(waits));
    EXPECT_EQ(co_await limiter.available(), 1);
    EXPECT_FALSE(end.is_open());
    end.open();
    co_await blocks;
  };
  block_on(amain(all, end), run_options{}.threads(2).blocking_threads(1));
  EXPECT_EQ(all->most(), 1);
}

TEST(LimitedCallsTest, APermitComesBackThoughTheLimiterShrank) {
  auto all = std::make_shared<calls>();
  gate end;
  auto amain = [](shared_calls all, gate end) -> task<void> {
    capacity_limiter limiter{1};
    auto work = spawn(call(limiter, all, end));
    co_await until_running(all, 1);
    co_await limiter.resize(0);
    end.open();
    co_await work;
    EXPECT_EQ(co_await limiter.available(), 0);
    co_await limiter.resize(1);
    EXPECT_EQ(co_await limiter.available(), 1);
  };
  block_on(amain(all, end), many_threads());
}

} // namespace
} // namespace troupe
