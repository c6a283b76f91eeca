// Tasks that never have to wait leave others their turn: timers, cancels,
// limits, signals, and tasks that want little.
#include "life/greedy.hpp"
#include "support/process.hpp"
#include "troupe/gather.hpp"
#include "troupe/handle.hpp"
#include "troupe/lock.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/queue.hpp"
#include "troupe/run.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/timeout.hpp"
#include "troupe/wait.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;

/// How many turns of 5 µs a greedy task may have before something else gets
/// through. It needs about a tenth; those that keep others out for a second
/// have four times as many.
constexpr std::int64_t most_turns = 50'000;

/// When a test has failed in any case.
constexpr auto longest_wait = 8s;

/// Lets greedy tasks stop after some time.
class watchdog {
public:
  watchdog() = default;
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  ~watchdog() {
    {
      std::lock_guard lock{mutex_};
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

private:
  void guard() {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, longest_wait, [this] { return over_; }))
      all_greed().stop();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_{[this] { guard(); }};
};

/// Expects that something happens before greedy tasks had too many turns.
class soon {
public:
  soon(const char* what, std::size_t tasks)
    : what_(what), most_(most_turns * static_cast<std::int64_t>(tasks)) {}
  soon(const soon&) = delete;
  soon& operator=(const soon&) = delete;
  ~soon() {
    auto turns = all_greed().turns() - before_;
    EXPECT_LT(turns, most_) << what_;
    EXPECT_FALSE(all_greed().stopped()) << what_ << ": not at all";
    ::testing::Test::RecordProperty(what_, std::to_string(turns));
  }

private:
  const char* what_;
  std::int64_t most_;
  std::int64_t before_ = all_greed().turns();
};

task<void> echo(queue<int> from, queue<int> to) {
  for (auto left = 3; left != 0; --left)
    co_await to.put(co_await from.get());
}

task<void> modest(lock shared) {
  queue<int> there;
  queue<int> back;
  auto other = spawn(echo(there, back));
  for (auto left = 3; left != 0; --left) {
    auto mine = co_await shared.acquire();
    co_await there.put(1);
    co_await back.get();
    co_await sleep(1ms);
  }
  co_await other;
}

task<void> limited(greedy_way way) {
  try {
    co_await wait_for(way.loop(), 10ms);
    ADD_FAILURE() << "the limit was passed over";
  } catch (const failure& what) {
    EXPECT_EQ(what.code(), errc::timed_out);
  }
}

task<void> among_greedy_tasks(greedy_way way, std::size_t count) {
  std::vector<handle<void>> all;
  for (std::size_t i = 0; i != count; ++i)
    all.push_back(spawn(way.loop()));
  {
    soon here{"timer", count};
    co_await sleep(5ms);
  }
  if (!all_greed().stopped()) {
    soon here{"modest_tasks", count};
    lock shared;
    co_await gather(modest(shared), modest(shared), modest(shared));
  }
  if (way.where == cancelled_at::nothing) {
    all_greed().stop();
    co_return;
  }
  if (!all_greed().stopped()) {
    soon here{"cancel", count};
    for (auto& one : all)
      one.cancel();
    co_await wait(all);
    for (auto& one : all)
      EXPECT_TRUE(one.was_cancelled());
  }
  if (!all_greed().stopped()) {
    soon here{"limit", count};
    std::vector<handle<void>> others;
    for (std::size_t i = 0; i != count; ++i)
      others.push_back(spawn(limited(way)));
    co_await wait(others);
  }
}

using parameters = std::tuple<greedy_way, std::size_t>;

class StarvationTest : public ::testing::TestWithParam<parameters> {
protected:
  StarvationTest() { all_greed().stop(false); }

  const greedy_way way = std::get<0>(GetParam());
  const std::size_t threads = std::get<1>(GetParam());
};

std::string name_of(const ::testing::TestParamInfo<parameters>& x) {
  return std::string{std::get<0>(x.param).name}
         + (std::get<1>(x.param) == 1 ? "OnOneThread" : "OnTwoThreads");
}

INSTANTIATE_TEST_SUITE_P(Of, StarvationTest,
                         ::testing::Combine(::testing::ValuesIn(greedy_ways()),
                                            ::testing::Values(std::size_t{1},
                                                              std::size_t{2})),
                         name_of);

TEST_P(StarvationTest, GreedyTasksStarveNobody) {
  watchdog until_then;
  block_on(among_greedy_tasks(way, threads), run_options{}.threads(threads));
}

TEST_P(StarvationTest, AnInterruptEndsAProgramOfGreedyTasks) {
  test::process program{
    {TROUPE_GREEDY_PROGRAM, std::string{way.name}, std::to_string(threads)}};
  ASSERT_TRUE(program.wait_for_output("running"));
  std::this_thread::sleep_for(5ms); // it is in the middle of it, most likely
  program.signal(SIGINT);
  EXPECT_EQ(program.wait(longest_wait).code, 130) << program.err();
}

} // namespace
} // namespace troupe
