#include "troupe/detail/fiber.hpp"
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/task.hpp"
#include "troupe/testing/virtual_system.hpp"
#include "troupe/this_task.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;

class TaskTest : public ::testing::Test {
protected:
  void TearDown() override {
    EXPECT_EQ(detail::frames_alive.value(), frames_) << "coroutines are left";
  }

  testing::virtual_system system;

private:
  std::int64_t frames_ = detail::frames_alive.value();
};

task<int> answer() {
  co_return 42;
}

task<int> answer_after(duration length) {
  co_await sleep(length);
  co_return 42;
}

task<int> fails(std::string text) {
  co_await yield();
  throw std::runtime_error{text};
}

task<int> depth(int n) {
  if (n == 0)
    co_return 0;
  co_return 1 + co_await depth(n - 1);
}

TEST_F(TaskTest, GivesItsValue) {
  EXPECT_EQ(system.run(answer()), 42);
}

TEST_F(TaskTest, SleepsInVirtualTime) {
  auto start = system.now();
  EXPECT_EQ(system.run(answer_after(5s)), 42);
  EXPECT_EQ(system.now() - start, 5s);
}

TEST_F(TaskTest, ThrowsWhatItThrew) {
  EXPECT_THROW(system.run(fails("no")), std::runtime_error);
}

TEST_F(TaskTest, AwaitsDeeplyWithoutDeepStack) {
  EXPECT_EQ(system.run(depth(20'000)), 20'000);
}

TEST_F(TaskTest, AMillionAwaitsThatNeedNoWaitUseNoStack) {
  auto loop = []() -> task<int> {
    int sum = 0;
    for (int i = 0; i != 1'000'000; ++i)
      sum += co_await answer() - 41;
    co_return sum;
  };
  EXPECT_EQ(system.run(loop()), 1'000'000);
}

TEST_F(TaskTest, SleepsForEverUntilItIsCancelled) {
  auto handle = spawn(*system, answer_after(forever));
  system.advance(1000h);
  EXPECT_FALSE(handle.done());
  handle.cancel();
  system.run_ready();
  EXPECT_TRUE(handle.was_cancelled());
}

TEST_F(TaskTest, GathersInOrder) {
  auto body = []() -> task<std::vector<int>> {
    std::vector<task<int>> jobs;
    for (int i = 0; i != 10; ++i)
      jobs.push_back([](int n) -> task<int> {
        co_await sleep(std::chrono::seconds{10 - n});
        co_return n;
      }(i));
    co_return co_await gather(std::move(jobs));
  };
  EXPECT_EQ(system.run(body()), (std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST_F(TaskTest, AGroupWaitsForItsTasks) {
  auto body = []() -> task<int> {
    int sum = 0;
    auto ended = co_await with_group([&](group& g) -> task<int> {
      auto a = g.spawn(answer_after(1s));
      auto b = g.spawn(answer_after(2s));
      sum = co_await a + co_await b;
      co_return 7;
    });
    co_return sum + ended;
  };
  EXPECT_EQ(system.run(body()), 91);
}

} // namespace
} // namespace troupe
