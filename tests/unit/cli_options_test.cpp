#include "cli/commands.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace troupe::cli {

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// What `troupe get` does for a command line.
get_options options_of(std::vector<std::string> arguments) {
  get_options result;
  CLI::App app;
  add_get(app, [&](const get_options& x, const job_list&) { result = x; });
  arguments.insert(arguments.begin(), {"get", "http://127.0.0.1/"});
  std::reverse(arguments.begin(), arguments.end()); // as CLI11 wants them
  app.parse(arguments);
  return result;
}

TEST(GetOptionsTest, AreWhatTheHelpSaysWithoutAny) {
  auto x = options_of({});
  EXPECT_EQ(x.session.jobs(), 64U);
  EXPECT_EQ(x.session.per_host(), 16U);
  EXPECT_EQ(x.session.starts_per_host(), 0U);
  EXPECT_EQ(x.session.retries(), 5U);
  EXPECT_EQ(x.session.max_redirects(), 20U);
  EXPECT_EQ(x.session.connect_timeout(), 30s);
  EXPECT_EQ(x.session.timeout(), forever);
  EXPECT_EQ(x.session.low_speed(), 1U);
  EXPECT_EQ(x.session.low_speed_time(), 60s);
  EXPECT_EQ(x.session.rate(), 0U);
  EXPECT_TRUE(x.session.unique_targets());
  EXPECT_FALSE(x.session.netrc());
  EXPECT_FALSE(x.session.http1());
  EXPECT_EQ(x.on_error, on_error::collect); // goes on
  EXPECT_EQ(x.folder, ".");
  EXPECT_EQ(x.progress, progress_style::automatic);
  EXPECT_EQ(x.report, "");
  EXPECT_FALSE(x.discard);
  EXPECT_FALSE(x.quiet);
}

TEST(GetOptionsTest, ReachTheSession) {
  auto x = options_of({"-j",
                       "7",
                       "--per-host",
                       "3",
                       "--starts-per-host",
                       "2",
                       "--retries",
                       "1",
                       "--max-redirects",
                       "0",
                       "--connect-timeout",
                       "1.5",
                       "--timeout",
                       "90",
                       "--low-speed",
                       "10K",
                       "--rate",
                       "2M",
                       "--header",
                       "A: b",
                       "--proxy",
                       "h:8080",
                       "--cacert",
                       "/dev/null",
                       "--netrc",
                       "--http1.1"});
  EXPECT_EQ(x.session.jobs(), 7U);
  EXPECT_EQ(x.session.per_host(), 3U);
  EXPECT_EQ(x.session.starts_per_host(), 2U);
  EXPECT_EQ(x.session.retries(), 1U);
  EXPECT_EQ(x.session.max_redirects(), 0U);
  EXPECT_EQ(x.session.connect_timeout(), 1500ms);
  EXPECT_EQ(x.session.timeout(), 90s);
  EXPECT_EQ(x.session.low_speed(), 10'240U);
  EXPECT_EQ(x.session.rate(), 2'097'152U);
  EXPECT_THAT(x.session.headers(), ElementsAre("A: b"));
  EXPECT_EQ(x.session.proxy(), "h:8080");
  EXPECT_EQ(x.session.ca_file(), "/dev/null");
  EXPECT_TRUE(x.session.netrc());
  EXPECT_TRUE(x.session.http1());
}

TEST(GetOptionsTest, TakeTimesFromAMillisecondOn) {
  auto x = options_of({"--timeout", "0.001", "--connect-timeout", "0.001"});
  EXPECT_EQ(x.session.timeout(), 1ms);
  EXPECT_EQ(x.session.connect_timeout(), 1ms);
  EXPECT_EQ(options_of({"--timeout", "0"}).session.timeout(), forever);
}

TEST(GetOptionsTest, ReachTheRun) {
  auto x = options_of({"-o", "out", "--on-error", "cancel", "--discard",
                       "--report", "r", "-q", "--progress", "none"});
  EXPECT_EQ(x.folder, "out");
  EXPECT_EQ(x.on_error, on_error::cancel_siblings);
  EXPECT_TRUE(x.discard);
  EXPECT_EQ(x.report, "r");
  EXPECT_TRUE(x.quiet);
  EXPECT_EQ(x.progress, progress_style::none);
}

} // namespace

} // namespace troupe::cli
