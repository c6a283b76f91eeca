#include "cli/job_list.hpp"
#include "cli/usage_error.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <sys/stat.h>

namespace troupe::cli {

namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// What an action complains about.
std::string complaint(auto action) {
  try {
    action();
  } catch (const usage_error& wrong) {
    return wrong.what();
  }
  return "nothing";
}

std::vector<std::string> urls_of(job_list& list) {
  std::vector<std::string> result;
  while (auto next = list.next())
    result.push_back(next->url);
  return result;
}

class JobListTest : public testing::Test {
protected:
  job_list list(std::string_view text) {
    return job_list{folder.write("list", text).string()};
  }

  test::temp_dir folder;
};

TEST(ParseJobTest, TakesUrlPathAndChecksum) {
  std::string hex(64, 'a');
  auto x = parse_job(" https://h/x \t dir/name  sha256:" + hex + " ");
  EXPECT_EQ(x.url, "https://h/x");
  EXPECT_EQ(x.path, "dir/name");
  EXPECT_EQ(x.checksum.algorithm(), v1::CHECKSUM_ALGORITHM_SHA256);
  EXPECT_EQ(x.checksum.hex(), hex);
}

TEST(ParseJobTest, TakesAChecksumWithoutAPath) {
  auto x = parse_job("HTTP://h/x md5:" + std::string(32, '0'));
  EXPECT_EQ(x.path, "");
  EXPECT_EQ(x.checksum.algorithm(), v1::CHECKSUM_ALGORITHM_MD5);
}

TEST(ParseJobTest, EndsAtAComment) {
  EXPECT_EQ(parse_job("http://h/x #note").path, "");
  EXPECT_EQ(parse_job("http://h/x\t# a longer note").path, "");
  EXPECT_EQ(parse_job("http://h/x#part name#1 # note").path, "name#1");
  std::string hex(32, 'a');
  auto x = parse_job("http://h/x md5:" + hex + " # note");
  EXPECT_EQ(x.checksum.algorithm(), v1::CHECKSUM_ALGORITHM_MD5);
}

TEST(ParseJobTest, SaysWhatIsWrong) {
  EXPECT_THAT(complaint([] { parse_job("ftp://h/x"); }),
              HasSubstr("\"ftp://h/x\" is not a URL"));
  EXPECT_THAT(complaint([] { parse_job("http://[bad"); }),
              HasSubstr("\"http://[bad\" is no URL: "));
  EXPECT_THAT(complaint([] { parse_job("http://h/x ../y"); }),
              HasSubstr("\"../y\" leaves its folder"));
  EXPECT_THAT(complaint([] { parse_job("http://h/x /y"); }),
              HasSubstr("\"/y\" is absolute"));
  EXPECT_THAT(complaint([] { parse_job("http://h/x y md5:12"); }),
              HasSubstr("\"md5:12\" needs 32 hexadecimal digits"));
  EXPECT_THAT(complaint([] { parse_job("http://h/x y crc:12"); }),
              HasSubstr("crc"));
  EXPECT_THAT(complaint([] {
                parse_job("http://h/x y md5:" + std::string(32, '0') + " more");
              }),
              HasSubstr("\"more\" is too much"));
}

TEST_F(JobListTest, LeavesCommentsAndBlankLinesOut) {
  auto x = list("# first\n\nhttp://h/a\n   \n  # more\nhttp://h/b#part\n");
  EXPECT_THAT(urls_of(x), ElementsAre("http://h/a", "http://h/b#part"));
}

TEST_F(JobListTest, TakesLinesOfWindowsAndALastOneWithoutEnd) {
  auto x = list("http://h/a\r\nhttp://h/b");
  EXPECT_THAT(urls_of(x), ElementsAre("http://h/a", "http://h/b"));
}

TEST_F(JobListTest, TakesLinesLongerThanItsBuffer) {
  std::string url = "http://h/";
  url.append(200'000, 'x');
  auto x = list(url + "\nhttp://h/b\n");
  EXPECT_THAT(urls_of(x), ElementsAre(url, "http://h/b"));
}

TEST_F(JobListTest, NamesTheWrongLine) {
  auto x = list("http://h/a\n# comment\n\nwrong\n");
  EXPECT_THAT(complaint([&] { urls_of(x); }),
              AllOf(HasSubstr("list, line 4: "), HasSubstr("\"wrong\"")));
}

TEST_F(JobListTest, LooksAtEachServer) {
  auto x = list("http://h/a\nhttp://h?b\nhttp://h:bad/c\nhttp://h/d\n");
  EXPECT_THAT(complaint([&] { urls_of(x); }),
              AllOf(HasSubstr("list, line 3: "),
                    HasSubstr("\"http://h:bad\" is no URL")));
}

TEST_F(JobListTest, CountsAndStartsAnew) {
  auto x = list("http://h/a\n#\nhttp://h/b\n");
  EXPECT_EQ(x.count(), 2U);
  EXPECT_FALSE(x.is_stream());
  EXPECT_THAT(urls_of(x), ElementsAre("http://h/a", "http://h/b"));
}

TEST_F(JobListTest, RefusesWhatItCannotRead) {
  EXPECT_THAT(complaint([] { job_list{"/no/such/list"}; }),
              AllOf(HasSubstr("--input"), HasSubstr("/no/such/list"),
                    HasSubstr("No such file")));
  EXPECT_THAT(complaint([&] { job_list{folder.path().string()}; }),
              HasSubstr("is a folder"));
}

TEST_F(JobListTest, StopsWaitingForAPipe) {
  auto pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  job_list x{pipe.string()}; // does not wait for a writer
  EXPECT_TRUE(x.is_stream());
  EXPECT_EQ(x.count(), std::nullopt);
  auto reader = std::async(std::launch::async, [&] { return x.next(); });
  x.stop_waiting();
  EXPECT_FALSE(reader.get());
}

} // namespace

} // namespace troupe::cli
