#include "cli/command.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

namespace troupe::test {

namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(DemoTest, PausesVerifiesAndLeavesNothingInTenSeconds) {
  temp_dir folder;
  auto x = run_command({"demo"},
                       process_options{}.env("TMPDIR", folder.path().string()));
  EXPECT_TRUE(x.status.ok()) << x.err;
  EXPECT_THAT(x.err,
              AllOf(HasSubstr("paused after "), HasSubstr("200 of 200 files"),
                    HasSubstr("every sha256 is right")));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(DemoTest, NeedsNoProxy) {
  auto x = run_command({"demo"}, process_options{}
                                   .env("http_proxy", "http://127.0.0.1:1")
                                   .unset_env("no_proxy"));
  EXPECT_TRUE(x.status.ok()) << x.err;
}

TEST(DemoTest, CanBeCancelled) {
  temp_dir folder;
  process child{{"sh", "-c", "exec \"$0\" demo 2>&1", TROUPE_COMMAND},
                process_options{}.env("TMPDIR", folder.path().string())};
  ASSERT_TRUE(child.wait_for_output("paused after "));
  child.signal(SIGINT);
  EXPECT_EQ(child.wait().code, 130);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

} // namespace

} // namespace troupe::test
