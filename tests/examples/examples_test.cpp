#include "support/process.hpp"
#include "support/scripted_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace troupe::test {
namespace {

TEST(ExamplesTest, DownloadsPrintsResultsInOrder) {
  scripted_server server;
  server.on("/a", respond(200, "hello"));
  server.on("/b", respond(404, "no"));
  process run{
    {TROUPE_EXAMPLES "/01_downloads", server.url("/a"), server.url("/b")}};
  EXPECT_TRUE(run.wait().ok());
  EXPECT_EQ(run.out(), server.url("/a") + ": status 200, 5 bytes\n"
                         + server.url("/b") + ": status 404, 2 bytes\n");
}

TEST(ExamplesTest, DownloadsTellsWhatFailed) {
  process run{{TROUPE_EXAMPLES "/01_downloads", "ftp://example.org"}};
  EXPECT_EQ(run.wait().code, 1);
  EXPECT_THAT(run.out(), testing::HasSubstr("invalid_argument"));
}

} // namespace
} // namespace troupe::test
