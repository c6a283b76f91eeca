#include "troupe/finally.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/testing/explore_tasks.hpp"
#include "troupe/testing/virtual_system.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

// What tests of tasks are made of.
namespace troupe {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

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

/// Fails where the second of two tasks is first.
task<void> wants_an_order() {
  auto order = std::make_shared<std::vector<char>>();
  auto note = [](std::shared_ptr<std::vector<char>> to, char x) -> task<void> {
    to->push_back(x);
    co_return;
  };
  auto a = spawn(note(order, 'a'), spawn_options{}.name("anna"));
  auto b = spawn(note(order, 'b'), spawn_options{}.name("bert"));
  co_await a;
  co_await b;
  if (order->front() != 'a')
    throw std::runtime_error{"bert was first"};
}

TEST(VirtualTasksTest, AnOrderThatFailsIsToldByTheNamesOfTasks) {
  CaptureStderr();
  EXPECT_THROW(testing::explore_tasks(wants_an_order), std::runtime_error);
  auto told = GetCapturedStderr();
  EXPECT_THAT(told, HasSubstr("  task 'main'\n"));
  EXPECT_LT(told.find("task 'bert'"), told.find("task 'anna'"));
}

TEST(VirtualTasksTest, AnOrderThatFailsCanBePlayedAgain) {
  CaptureStderr();
  EXPECT_THROW(testing::explore_tasks(wants_an_order), std::runtime_error);
  auto told = GetCapturedStderr();
  std::smatch line;
  ASSERT_TRUE(std::regex_search(
    told, line,
    std::regex{R"(explore_tasks_options\{\}\.preemptions\((\d+)\))"
               R"(\.replay\(\{([\d, ]+)\}\))"}))
    << told;
  std::vector<std::size_t> choices;
  std::istringstream numbers{line[2]};
  for (std::size_t x = 0; numbers >> x; numbers.ignore())
    choices.push_back(x);
  auto again = testing::explore_tasks_options{}
                 .preemptions(std::stoul(line[1]))
                 .replay(choices);
  CaptureStderr();
  EXPECT_THROW(testing::explore_tasks(wants_an_order, again),
               std::runtime_error);
  GetCapturedStderr();
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
