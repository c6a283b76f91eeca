// Programs with sockets, downloads, pauses and all else end: when their main
// task does, and when a signal comes at whatever moment.
#include "support/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <random>
#include <string>
#include <thread>

namespace troupe::test {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// A build with sanitizers needs a while to start and to end.
constexpr auto soon = 10s;

class EndTest : public testing::TestWithParam<const char*> {};

TEST_P(EndTest, TheProgramEndsWithItsMainTask) {
  process program{{TROUPE_END_PROGRAM, GetParam()}};
  EXPECT_EQ(program.wait(soon).code, 0) << program.err();
  EXPECT_THAT(program.out(), EndsWith("main returns\n")) << program.err();
  EXPECT_THAT(program.err(), Not(HasSubstr("of the program's own")));
}

INSTANTIATE_TEST_SUITE_P(Left, EndTest,
                         testing::Values("paused", "paused_group", "cycles",
                                         "reader", "downloads", "left"),
                         [](const auto& x) { return std::string{x.param}; });

class RandomSignalTest : public testing::TestWithParam<int> {};

TEST_P(RandomSignalTest, OneSignalEndsTheProgramAtAnyMoment) {
  std::minstd_rand random{static_cast<unsigned>(GetParam())};
  for (int i = 0; i != 12; ++i) {
    process program{{TROUPE_END_PROGRAM, "everything"}};
    ASSERT_TRUE(program.wait_for_output("running"));
    auto delay = random() % 5'000;
    std::this_thread::sleep_for(std::chrono::microseconds{delay});
    program.signal(GetParam());
    EXPECT_EQ(program.wait(soon).code, 130)
      << "after " << delay << " us: " << program.err();
    EXPECT_EQ(program.out(), "running\nmain returns\n");
    EXPECT_EQ(program.err(), "");
  }
}

TEST_P(RandomSignalTest, TwoSignalsEndItWhateverItIsDoing) {
  std::minstd_rand random{static_cast<unsigned>(GetParam())};
  for (int i = 0; i != 12; ++i) {
    process program{
      {TROUPE_END_PROGRAM, i % 2 ? "everything" : "left_for_long"}};
    ASSERT_TRUE(program.wait_for_output("running"));
    auto a_moment = [&] {
      std::this_thread::sleep_for(std::chrono::microseconds{random() % 3'000});
    };
    a_moment();
    program.signal(GetParam());
    // A signal that comes before an equal one is delivered is lost.
    for (auto end = std::chrono::steady_clock::now() + soon;
         program.wait(1ms) == exit_status::running
         && std::chrono::steady_clock::now() < end;) {
      a_moment();
      program.signal(SIGINT);
    }
    EXPECT_EQ(program.wait(soon).code, 130) << program.err();
  }
}

INSTANTIATE_TEST_SUITE_P(Of, RandomSignalTest, testing::Values(SIGINT, SIGTERM),
                         [](const auto& x) {
                           return x.param == SIGINT ? "SIGINT" : "SIGTERM";
                         });

} // namespace
} // namespace troupe::test
