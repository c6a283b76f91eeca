#include "troupe/finally.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/testing/explore_tasks.hpp"
#include "troupe/testing/virtual_system.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>

// What tests of tasks are made of.
namespace troupe {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

task<void> clean_up_for(duration length, std::shared_ptr<bool> clean) {
  auto cleanup = [&]() -> task<void> {
    co_await sleep(length);
    *clean = true;
  };
  co_await finally(sleep(forever), cleanup);
}

task<void> fail() {
  co_await sleep(1s);
  throw std::runtime_error{"boom"};
}

TEST(VirtualTasksTest, ASystemEndsTheTasksThatWaitWhenATestThrows) {
  auto clean = std::make_shared<bool>(false);
  auto run = [&] {
    testing::virtual_system system;
    auto waits = spawn(system.get(), clean_up_for(5s, clean));
    system.run(fail());
  };
  EXPECT_THROW(run(), std::runtime_error);
  EXPECT_TRUE(*clean);
}

TEST(VirtualTasksTest, AnExplorationEndsTheTasksThatWaitWhenItsProgramThrows) {
  auto program = []() -> task<void> {
    auto waits = spawn([]() -> task<void> { co_await sleep(1h); }());
    co_await fail();
  };
  EXPECT_THROW(testing::explore_tasks(program), std::runtime_error);
}

TEST(VirtualTasksTest, AnExplorationSaysWhatItCovered) {
  auto program = []() -> task<void> {
    auto other = spawn([]() -> task<void> { co_await yield(); }());
    co_await yield();
    co_await other;
  };
  auto covered = testing::explore_tasks(
    program, testing::explore_tasks_options{}.preemptions(1).seeds(7));
  EXPECT_TRUE(covered.complete);
  EXPECT_EQ(covered.random, 7u);
  EXPECT_GT(covered.schedules, 8u);
  EXPECT_THAT(covered.to_string(),
              HasSubstr("schedules, all with at most 1 preemptions, 7 random "
                        "ones, up to "));
}

} // namespace
} // namespace troupe
