#include "support/gate.hpp"
#include "support/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <ostream>
#include <string>
#include <vector>

// Programs end, whatever is left when their main task has ended, with the right
// code and a line that names what was left; and when a signal tells them to.
namespace troupe::test {
namespace {

using testing::HasSubstr;

/// Its standard error comes on standard output.
std::vector<std::string> command(const std::string& mode) {
  return {"sh", "-c", "exec " TROUPE_ENDS_PROGRAM " " + mode + " 2>&1"};
}

struct end {
  const char* mode;
  const char* left; // said to be left

  friend std::ostream& operator<<(std::ostream& to, const end& x) {
    return to << x.mode;
  }
};

class EndsTest : public testing::TestWithParam<end> {};

TEST_P(EndsTest, TheProgramEndsAndSaysWhatWasLeft) {
  gate never_opened; // what a blocking call reads
  process program{command(GetParam().mode)};
  EXPECT_EQ(program.wait().code, 0);
  EXPECT_THAT(program.out(), HasSubstr(GetParam().left));
  EXPECT_THAT(program.out(), HasSubstr("main returns\n"));
}

INSTANTIATE_TEST_SUITE_P(
  Left, EndsTest,
  testing::Values(end{"lock", "1 lock"}, end{"named", "lock `migration`"},
                  end{"named", "rate limiter `per host`"},
                  end{"others", "1 event"}, end{"others", "1 queue"},
                  end{"others", "1 rate_limiter"}, end{"others", "1 semaphore"},
                  end{"hold", "1 lock"}, end{"block_on", "1 lock"},
                  end{"stubborn", "task 'stubborn' (waiting for sleep)"},
                  end{"stubborn", "\nended\n"},
                  end{"busy", "task 'busy' (running)"},
                  end{"own", "1 actor of the program's own"},
                  end{"ticks", "1 actor of the program's own"}),
  [](const auto& x) {
    return std::string{x.param.mode} + "_" + std::to_string(x.index);
  });

TEST(EndsCallTest, ABlockingCallIsAbandoned) {
  // Standard input that never ends.
  process program{{"sh", "-c",
                   "sleep 60 | { " TROUPE_ENDS_PROGRAM
                   " call 2>&1; echo code $?; kill 0; }"}};
  EXPECT_TRUE(program.wait_for_output("code 0"));
  EXPECT_THAT(program.out(), HasSubstr("a blocking call (to_thread) of task "
                                       "'reader'"));
}

TEST(EndsGetterTest, WhatACancelEndsIsNotSaidToBeLeft) {
  process program{command("getter")};
  EXPECT_EQ(program.wait().code, 0);
  EXPECT_EQ(program.out(), "main returns\n");
}

class SignalTest : public testing::TestWithParam<int> {};

TEST_P(SignalTest, OneCancelsTheMainTask) {
  process program{command("wait")};
  ASSERT_TRUE(program.wait_for_output("waiting"));
  program.signal(GetParam());
  EXPECT_EQ(program.wait().code, 130);
  EXPECT_EQ(program.out(), "waiting\nclean\nmain returns\n");
}

TEST_P(SignalTest, TwoEndTheProcess) {
  process program{command("ignore")};
  ASSERT_TRUE(program.wait_for_output("waiting"));
  program.signal(SIGINT);
  ASSERT_TRUE(program.wait_for_output("ignored"));
  program.signal(GetParam());
  EXPECT_EQ(program.wait().code, 130);
  EXPECT_EQ(program.out(), "waiting\nignored\n");
}

TEST_P(SignalTest, ItDoesNotMatterWhenOtherThreadsWereMade) {
  process program{command("thread")};
  ASSERT_TRUE(program.wait_for_output("waiting"));
  program.signal(GetParam());
  EXPECT_EQ(program.wait().code, 130);
  EXPECT_THAT(program.out(), HasSubstr("clean\n"));
}

INSTANTIATE_TEST_SUITE_P(Interrupts, SignalTest,
                         testing::Values(SIGINT, SIGTERM));

TEST(SignalOptionsTest, AHandlerOfTheProgramsOwnIsCalled) {
  process program{command("hangup")};
  ASSERT_TRUE(program.wait_for_output("waiting"));
  program.signal(SIGHUP);
  ASSERT_TRUE(program.wait_for_output("hangup"));
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait().code, 130);
}

TEST(SignalOptionsTest, AHandlerThatIsSlowAndThrowsDelaysNoInterrupt) {
  process program{command("slow")};
  ASSERT_TRUE(program.wait_for_output("waiting"));
  program.signal(SIGHUP);
  ASSERT_TRUE(program.wait_for_output("slow"));
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().code, 130);
  // The main task had ended before the handler had.
  EXPECT_THAT(program.out(),
              HasSubstr("slow\nclean\ntroupe error: the handler of signal 1 "
                        "threw: as planned\nmain returns\n"));
}

TEST(SignalOptionsTest, BlockOnPrintsTasksWhereThatIsWanted) {
  process program{command("block")};
  ASSERT_TRUE(program.wait_for_output("waiting"));
  program.signal(SIGUSR2);
  EXPECT_TRUE(program.wait_for_output("\nmain  "));
  program.signal(SIGINT); // is the program's own business
  EXPECT_EQ(program.wait().signal, SIGINT);
}

TEST(SignalChildTest, AProcessThatTheProgramStartsGetsThemAsUsual) {
  process program{command("child")};
  EXPECT_EQ(program.wait().code, 0);
  EXPECT_EQ(program.out(), "main returns\n"); // no child survived
}

TEST(CancelledTest, AProgramSaysWhyItWasCancelledUnlessByASignal) {
  process program{command("cancelled")};
  EXPECT_EQ(program.wait().code, 130);
  EXPECT_THAT(program.out(), HasSubstr("the main task was cancelled: cancelled "
                                       "(requested): enough for today"));
}

} // namespace
} // namespace troupe::test
