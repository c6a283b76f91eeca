#include "support/process.hpp"
#include "support/scripted_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

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
  EXPECT_THAT(run.err(), testing::StartsWith("in schedule "));
}

struct example {
  const char* name;
  const char* output;
};

void PrintTo(const example& x, std::ostream* out) {
  *out << x.name;
}

class ExampleTest : public testing::TestWithParam<example> {};

TEST_P(ExampleTest, PrintsWhatItSays) {
  process run{{std::string{TROUPE_EXAMPLES "/"} + GetParam().name}};
  EXPECT_TRUE(run.wait().ok());
  EXPECT_EQ(run.out(), GetParam().output);
  EXPECT_EQ(run.err(), "");
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
            "wait_for: timed_out: task `main`: the limit of 1 ms passed "
            "(timeout.hpp)\n"
            "with_timeout: in time\n"
            "careful: cleaned up\n"
            "cancelled (requested)\n"
            "attempt: no value\n"},
    example{"04_group_pause", "while paused: 0 steps\n"
                              "paused tasks: 3\n"
                              "after that: more steps\n"
                              "all ended\n"},
    example{"05_supervision",
            "flaky: succeeded in run 3\n"
            "hopeless: restart_intensity: hopeless ended again: it never "
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
                         "stopped\n"}),
  [](const auto& x) { return std::string{x.param.name}; });

} // namespace
} // namespace troupe::test
