#include "cli/report.hpp"
#include "cli/usage_error.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace troupe::cli {

namespace {

using nlohmann::json;

ended_job job_that(v1::TaskState state) {
  ended_job result;
  result.what.url = "http://h/x";
  result.what.path = "dir/x";
  result.outcome.set_state(state);
  return result;
}

class ReportTest : public testing::Test {
protected:
  std::vector<json> written() {
    std::istringstream in{folder.read("report")};
    std::vector<json> result;
    for (std::string line; std::getline(in, line);)
      result.push_back(json::parse(line));
    return result;
  }

  json written(const ended_job& x) {
    report to{file};
    to.add(x);
    to.flush();
    return written().at(0);
  }

  test::temp_dir folder;
  std::string file = (folder / "report").string();
};

TEST_F(ReportTest, HasAnObjectForEachJob) {
  auto x = job_that(v1::TASK_STATE_SUCCEEDED);
  x.result.set_path("out/dir/x");
  x.result.set_http_status(206);
  x.result.set_bytes(100);
  x.result.set_resumed_from(40);
  x.result.set_attempts(2);
  x.result.set_redirects(3);
  x.result.set_elapsed_ms(7);
  EXPECT_EQ(written(x), (json{{"url", "http://h/x"},
                              {"path", "out/dir/x"},
                              {"status", "done"},
                              {"http_status", 206},
                              {"bytes", 100},
                              {"resumed_from", 40},
                              {"attempts", 2},
                              {"redirects", 3},
                              {"elapsed_ms", 7}}));
}

TEST_F(ReportTest, HasTheChecksumThatWasAskedFor) {
  auto x = job_that(v1::TASK_STATE_SUCCEEDED);
  x.result.mutable_checksum()->set_algorithm(v1::CHECKSUM_ALGORITHM_SHA256);
  x.result.mutable_checksum()->set_hex("ab12");
  EXPECT_EQ(written(x).at("sha256"), "ab12");
}

TEST_F(ReportTest, TellsWhyAJobFailed) {
  auto x = job_that(v1::TASK_STATE_FAILED);
  x.outcome.mutable_error()->set_code(v1::ERRC_HTTP_STATUS);
  x.outcome.mutable_error()->set_message("there is none");
  auto object = written(x);
  EXPECT_EQ(object.at("status"), "failed");
  EXPECT_EQ(object.at("path"), "dir/x");
  EXPECT_EQ(object.at("error"),
            (json{{"code", "http_status"}, {"message", "there is none"}}));
}

TEST_F(ReportTest, KnowsEachWayToEnd) {
  EXPECT_STREQ(job_that(v1::TASK_STATE_CANCELLED).status(), "cancelled");
  EXPECT_STREQ(job_that(v1::TASK_STATE_TIMED_OUT).status(), "failed");
  EXPECT_STREQ(job_that(v1::TASK_STATE_LOST).status(), "failed");
  auto skipped = job_that(v1::TASK_STATE_SUCCEEDED);
  skipped.result.set_skipped(true);
  EXPECT_STREQ(skipped.status(), "skipped");
}

TEST_F(ReportTest, EndsWithASummary) {
  report to{file};
  to.add(job_that(v1::TASK_STATE_SUCCEEDED));
  EXPECT_TRUE(to.finish({.total = 10,
                         .done = 4,
                         .failed = 3,
                         .cancelled = 2,
                         .skipped = 1,
                         .bytes = 50,
                         .elapsed_ms = 60}));
  EXPECT_EQ(written().back(), (json{{"summary",
                                     {{"total", 10},
                                      {"done", 4},
                                      {"failed", 3},
                                      {"cancelled", 2},
                                      {"skipped", 1},
                                      {"bytes", 50},
                                      {"elapsed_ms", 60}}}}));
}

TEST_F(ReportTest, ReplacesWhatIsNoUtf8) {
  auto x = job_that(v1::TASK_STATE_SUCCEEDED);
  x.what.url = "http://h/\xff";
  EXPECT_EQ(written(x).at("url"), "http://h/\ufffd");
}

TEST_F(ReportTest, RefusesAFileThatCannotBeWritten) {
  EXPECT_THROW(report{"/no/such/report"}, usage_error);
}

TEST_F(ReportTest, TellsThatTheDiskWasFull) {
  report to{"/dev/full"};
  to.add(job_that(v1::TASK_STATE_SUCCEEDED));
  EXPECT_FALSE(to.finish({}));
}

TEST_F(ReportTest, WritesNothingWithoutAFile) {
  report to{""};
  to.add(job_that(v1::TASK_STATE_SUCCEEDED));
  EXPECT_TRUE(to.finish({}));
}

} // namespace

} // namespace troupe::cli
