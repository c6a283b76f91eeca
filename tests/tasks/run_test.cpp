#include "support/gate.hpp"
#include "support/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

// How programs end, and what signals do to them.
namespace troupe::test {
namespace {

using testing::HasSubstr;

class RunTest : public testing::Test {
protected:
  static std::vector<std::string> command(const std::string& mode) {
    return {TROUPE_RUN_PROGRAM, mode};
  }
};

TEST_F(RunTest, AValueIsTheExitCode) {
  process program{command("value")};
  EXPECT_EQ(program.wait().code, 7);
  EXPECT_EQ(program.err(), "");
}

TEST_F(RunTest, ASuccessIsZero) {
  process program{command("success")};
  EXPECT_EQ(program.wait().code, 0);
}

TEST_F(RunTest, AFailureIsPrintedAndOne) {
  process program{command("failure")};
  EXPECT_EQ(program.wait().code, 1);
  EXPECT_EQ(program.err(), "error: internal: boom\n");
}

TEST_F(RunTest, AnInterruptCancelsTheMainTask) {
  process program{command("wait")};
  ASSERT_TRUE(program.wait_for_output("waiting"));
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().code, 130);
  EXPECT_EQ(program.out(), "waiting\nclean\n");
}

TEST_F(RunTest, ACancelThatNobodyAskedForIsExplained) {
  process program{command("cancelled-other")};
  EXPECT_EQ(program.wait().code, 130);
  EXPECT_EQ(program.err(),
            "the main task was cancelled: task `child` was cancelled "
            "(requested): not needed\n");
}

TEST_F(RunTest, AnInterruptNeedsNoExplanation) {
  process program{command("group")};
  ASSERT_TRUE(program.wait_for_output("waiting"));
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().code, 130);
  EXPECT_EQ(program.err(), "");
}

TEST_F(RunTest, ATaskThatWasMovedFromIsAnError) {
  process program{command("moved")};
  EXPECT_EQ(program.wait().code, 1);
  EXPECT_EQ(program.err(), "error: already_taken: the main task was awaited or "
                           "moved from\n");
}

TEST_F(RunTest, ASecondInterruptEndsTheProgramAtOnce) {
  process program{command("ignore")};
  ASSERT_TRUE(program.wait_for_output("waiting"));
  program.signal(SIGINT);
  ASSERT_TRUE(program.wait_for_output("ignored"));
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().code, 130);
}

/// Its standard error comes on standard output.
std::vector<std::string> with_stderr(const std::string& mode) {
  return {"sh", "-c", "exec " TROUPE_RUN_PROGRAM " " + mode + " 2>&1"};
}

TEST_F(RunTest, Usr1PrintsTheTasks) {
  process program{with_stderr("group")};
  ASSERT_TRUE(program.wait_for_output("waiting"));
  program.signal(SIGUSR1);
  EXPECT_TRUE(program.wait_for_output("\nmain  "));
  EXPECT_TRUE(program.wait_for_output("\n  child  "));
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().code, 130);
}

TEST_F(RunTest, Usr1IsTakenUntilTheLastTaskHasEnded) {
  gate end;
  process program{with_stderr("late " + std::to_string(end.fd())),
                  process_options{}.inherit(end.fd())};
  ASSERT_TRUE(program.wait_for_output("waiting"));
  program.signal(SIGUSR1);
  EXPECT_TRUE(program.wait_for_output("\nlate  "));
  end.open();
  EXPECT_EQ(program.wait().code, 0);
  EXPECT_THAT(program.out(), HasSubstr("clean\n"));
}

TEST_F(RunTest, OneInterruptEndsAProgramWhoseMainTaskHasEnded) {
  gate end;
  process program{with_stderr("late " + std::to_string(end.fd())),
                  process_options{}.inherit(end.fd())};
  ASSERT_TRUE(program.wait_for_output("waiting"));
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().code, 130);
}

TEST_F(RunTest, OtherSignalsAreLeftToTheProgram) {
  process program{command("own-signal")};
  ASSERT_TRUE(program.wait_for_output("waiting"));
  program.signal(SIGUSR2);
  ASSERT_TRUE(program.wait_for_output("mine"));
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().code, 130);
}

} // namespace
} // namespace troupe::test
