#include "support/fd.hpp"
#include "support/process.hpp"
#include "support/pty_process.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <ostream>
#include <string>
#include <unistd.h>
#include <vector>

namespace troupe::test {
namespace {

TEST(ExamplesTest, DownloadsPrintsResultsInOrder) {
  scripted_server server;
  server.on("/a", respond(200, "hello"));
  server.on("/b", respond(404, "no"));
  process run{
    {TROUPE_EXAMPLES "/09_plain_caf", server.url("/a"), server.url("/b")}};
  EXPECT_TRUE(run.wait().ok());
  EXPECT_EQ(run.out(), server.url("/a") + ": status 200, 5 bytes\n"
                         + server.url("/b") + ": status 404, 2 bytes\n");
}

TEST(ExamplesTest, DownloadsTellsWhatFailed) {
  process run{{TROUPE_EXAMPLES "/09_plain_caf", "ftp://example.org"}};
  EXPECT_EQ(run.wait().code, 1);
  EXPECT_THAT(run.out(), testing::HasSubstr("invalid_argument"));
}

TEST(ExamplesTest, HelloPrintsPagesInOrder) {
  scripted_server server;
  server.on("/a", respond(200, "first"));
  server.on("/b", respond(200, "second"));
  process run{
    {TROUPE_EXAMPLES "/01_hello", server.url("/a"), server.url("/b")}};
  EXPECT_TRUE(run.wait().ok());
  EXPECT_EQ(run.out(), "first\nsecond\n");
}

TEST(ExamplesTest, HelloTellsWhatFailed) {
  process run{{TROUPE_EXAMPLES "/01_hello", "ftp://example.org"}};
  EXPECT_EQ(run.wait().code, 1);
  EXPECT_THAT(run.err(), testing::HasSubstr("error: invalid_argument"));
}

TEST(ExamplesTest, TestingFindsTheRaceAndSaysWhatItCovered) {
  process run{{TROUPE_EXAMPLES "/08_testing"}};
  EXPECT_TRUE(run.wait().ok());
  EXPECT_THAT(
    run.out(),
    testing::MatchesRegex("answer -1 after 60 minutes, at once\n"
                          "in some order: a deposit was lost\n"
                          "with a lock: 2000 schedules, not all with at most 2 "
                          "preemptions, 1000 random ones, up to [0-9]+ choices "
                          "deep\n"));
  EXPECT_THAT(run.err(), testing::HasSubstr("\nin schedule "));
}

TEST(ExamplesTest, TheEchoServerGivesASilentClientUp) {
  process run{
    {"sh", "-c", "exec " TROUPE_EXAMPLES "/07_asio_echo 0 0.05 2>&1"}};
  ASSERT_TRUE(run.wait_for_output("\n"));
  auto port = std::stoi(run.out().substr(run.out().rfind(' ')));
  auto client = connect_to_loopback(static_cast<std::uint16_t>(port));
  EXPECT_TRUE(run.wait_for_output("a client: timed_out: "));
  char nothing = 0;
  EXPECT_EQ(::read(client.get(), &nothing, 1), 0); // it closed the connection
  run.signal(SIGINT);
  EXPECT_EQ(run.wait().code, 130);
}

TEST(ExamplesTest, TheEchoServerServesManyAndEndsWithSigint) {
  process run{{TROUPE_EXAMPLES "/07_asio_echo", "0"}};
  ASSERT_TRUE(run.wait_for_output("\n"));
  auto port = std::stoi(run.out().substr(run.out().rfind(' ')));
  std::vector<unique_fd> clients;
  for (char c = 'a'; c != 'f'; ++c) {
    clients.push_back(connect_to_loopback(static_cast<std::uint16_t>(port)));
    ASSERT_EQ(::write(clients.back().get(), &c, 1), 1);
  }
  clients[2].reset(); // which is how a client ends
  for (std::size_t i : {0, 1, 3, 4}) {
    char back = 0;
    EXPECT_EQ(::read(clients[i].get(), &back, 1), 1);
    EXPECT_EQ(back, static_cast<char>('a' + i));
  }
  run.signal(SIGINT);
  EXPECT_EQ(run.wait().code, 130);
}

const std::string read_lines = TROUPE_EXAMPLES "/14_read_lines";

TEST(ExamplesTest, ReadLinesReadsAPipe) {
  process run{{read_lines}, process_options{}.input("one\ntwo")};
  EXPECT_TRUE(run.wait().ok());
  EXPECT_EQ(run.out(), "1: one\n2: two\nthe end, after 2 lines\n");
}

TEST(ExamplesTest, ReadLinesReadsAFile) {
  temp_dir folder;
  auto path = folder.write("text", "one\n\ntwo\n");
  process run{{"sh", "-c", "exec " + read_lines + " < " + path.string()}};
  EXPECT_TRUE(run.wait().ok());
  EXPECT_EQ(run.out(), "1: one\n2: \n3: two\nthe end, after 3 lines\n");
}

TEST(ExamplesTest, ReadLinesEndsWithSigintThoughItsPipeIsOpen) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  unique_fd read{ends[0]};
  unique_fd write{ends[1]};
  process run{
    {"sh", "-c", "exec " + read_lines + " <&" + std::to_string(read.get())},
    process_options{}.inherit(read.get())};
  ASSERT_EQ(::write(write.get(), "one\nt", 5), 5);
  ASSERT_TRUE(run.wait_for_output("1: one\n"));
  run.signal(SIGINT);
  EXPECT_EQ(run.wait().code, 130);
  EXPECT_EQ(run.out(), "1: one\ninterrupted, after 1 lines\n");
  EXPECT_EQ(run.err(), "");
}

TEST(ExamplesTest, ReadLinesEndsWithCtrlC) {
  pty_process run{{read_lines}};
  run.write("one\n");
  ASSERT_TRUE(run.read_until("1: one"));
  run.write("\x03");
  EXPECT_TRUE(run.read_until("interrupted, after 1 lines"));
  EXPECT_EQ(run.wait().code, 130);
}

// A flag of the terminal that stays would break the shell, and what it runs.
TEST(ExamplesTest, ReadLinesLeavesTheTerminalAsItWas) {
  pty_process run{
    {"sh", "-c", read_lines + "; cat /proc/self/fdinfo/0; cat; echo over"}};
  run.write("one\n");
  ASSERT_TRUE(run.read_until("1: one"));
  run.write("\x04");
  ASSERT_TRUE(run.read_until("the end, after 1 lines"));
  ASSERT_TRUE(run.read_until("flags:"));
  ASSERT_TRUE(run.read_until("mnt_id"));
  auto all = run.output();
  auto flags = std::stol(all.substr(all.find("flags:") + 6), nullptr, 8);
  EXPECT_EQ(flags & O_NONBLOCK, 0);
  run.write("two\n");
  EXPECT_TRUE(run.read_until("two\r\ntwo"));
  run.write("\x04");
  EXPECT_TRUE(run.read_until("over"));
  EXPECT_TRUE(run.wait().ok());
  EXPECT_EQ(run.output().find("temporarily unavailable"), std::string::npos);
}

class ShutdownTest : public testing::TestWithParam<int> {};

TEST_P(ShutdownTest, DoesWhatItCanAndGivesUpTheRest) {
  process run{{TROUPE_EXAMPLES "/15_shutdown"}};
  ASSERT_TRUE(run.wait_for_output("taking jobs\n"));
  run.signal(GetParam());
  EXPECT_EQ(run.wait().code, 0);
  for (const char* line : {"taking no more\n", "a letter: done\n",
                           "a note: done\n", "a list: done\n"})
    EXPECT_THAT(run.out(), testing::HasSubstr(line));
  EXPECT_THAT(run.out(), testing::EndsWith("a novel: given up\n"
                                           "all workers have ended\n"));
  EXPECT_EQ(run.err(), "");
}

INSTANTIATE_TEST_SUITE_P(Signals, ShutdownTest,
                         testing::Values(SIGTERM, SIGINT, SIGHUP));

TEST(ExamplesTest, StandingStillShowsTheDeadlock) {
  process run{{TROUPE_EXAMPLES "/17_standing_still"}};
  EXPECT_TRUE(run.wait().ok());
  EXPECT_THAT(run.out(), testing::HasSubstr(
                           "ann  waiting, waits for lock `knife` held by task "
                           "`bob`, a deadlock of `ann`, `bob`, "));
  EXPECT_THAT(run.out(), testing::HasSubstr(
                           "bob  waiting, waits for lock `fork` held by task "
                           "`ann`, a deadlock of `bob`, `ann`, "));
  EXPECT_THAT(run.out(), testing::EndsWith("bob eats\n"));
  EXPECT_THAT(run.err(),
              testing::HasSubstr(" ms: waits for lock `knife` held by task "
                                 "`bob`, which waits for lock `fork` held by "
                                 "task `ann`: a deadlock\n"));
}

struct example {
  const char* name;
  const char* output;
  const char* errors = "";
};

void PrintTo(const example& x, std::ostream* out) {
  *out << x.name;
}

class ExampleTest : public testing::TestWithParam<example> {};

TEST_P(ExampleTest, PrintsWhatItSays) {
  process run{{std::string{TROUPE_EXAMPLES "/"} + GetParam().name}};
  EXPECT_TRUE(run.wait().ok());
  EXPECT_EQ(run.out(), GetParam().output);
  EXPECT_EQ(run.err(), GetParam().errors);
}

INSTANTIATE_TEST_SUITE_P(
  All, ExampleTest,
  testing::Values(
    example{"02_tasks", "tea, inline\n"
                        "coffee, spawned\n"
                        "water, spawned\n"
                        "soup and salad, gathered\n"
                        "7 euros, promised\n"
                        "7, from a thread\n"},
    example{"03_timeouts_and_cancel",
            "wait_for: timed_out: task `main`: the limit of 10 ms passed "
            "(timeout.hpp)\n"
            "with_timeout: in time\n"
            "careful: cleaned up\n"
            "task `task-1` was cancelled (requested)\n"
            "attempt: no value\n"},
    example{"04_group_pause", "while paused: 0 steps\n"
                              "paused tasks: 3\n"
                              "after that: more steps\n"
                              "all ended\n"},
    example{"05_supervision",
            "flaky: succeeded in run 3\n"
            "hopeless: restart_intensity: hopeless ended again: it never "
            "works\n",
            "troupe error: hopeless: ended again, and is given up: it never "
            "works\n"},
    example{"06_your_own_actor", "balance: 500\n"
                                 "balance: 1000\n"
                                 "refused: invalid_argument\n"
                                 "balance: 1500\n"},
    example{"07_asio_echo", "echoed: hello\n"},
    example{"11_lock", "free for others: no\n"
                       "ann works with token 2\n"
                       "token 3: accepted\n"
                       "token 1: refused\n"},
    example{"12_queue_workers", "left in the queue: 0\n"
                                "done: 50\n"
                                "fire\n"
                                "lunch\n"
                                "newsletter\n"},
    example{"13_select", "urgent: fire!\n"
                         "normal: a bill\n"
                         "normal: a postcard\n"
                         "stopped\n"},
    example{"16_supervised_worker", "a worker starts\n"
                                    "bread: done\n"
                                    "soup: given back\n"
                                    "a worker starts\n"
                                    "tea: done\n"
                                    "warm soup: done\n"
                                    "left in the queue: 0\n"}),
  [](const auto& x) { return std::string{x.param.name}; });

} // namespace
} // namespace troupe::test
