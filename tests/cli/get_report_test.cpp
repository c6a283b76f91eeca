#include "cli/get_fixture.hpp"

namespace troupe::test {

namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

TEST_F(GetTest, ReportsEachItemAndASummary) {
  server.on("/good", respond(200, "hello"));
  auto lines = report_of_get({server.url("/good"), server.url("/none")});
  ASSERT_THAT(lines, SizeIs(3));
  auto good = lines[0].at("status") == "done" ? lines[0] : lines[1];
  auto none = lines[0].at("status") == "done" ? lines[1] : lines[0];
  EXPECT_EQ(good.at("url"), server.url("/good"));
  EXPECT_EQ(good.at("path"), "./good");
  EXPECT_EQ(good.at("http_status"), 200);
  EXPECT_EQ(good.at("bytes"), 5);
  EXPECT_EQ(good.at("resumed_from"), 0);
  EXPECT_EQ(good.at("attempts"), 1);
  EXPECT_TRUE(good.at("elapsed_ms").is_number_unsigned());
  EXPECT_FALSE(good.contains("error"));
  EXPECT_FALSE(good.contains("sha256"));
  EXPECT_EQ(none.at("status"), "failed");
  EXPECT_EQ(none.at("http_status"), 404);
  EXPECT_EQ(none.at("error").at("code"), "http_status");
  EXPECT_THAT(none.at("error").at("message").get<std::string>(),
              HasSubstr("404"));
  const auto& all = lines[2].at("summary");
  EXPECT_EQ(all.at("total"), 2);
  EXPECT_EQ(all.at("done"), 1);
  EXPECT_EQ(all.at("failed"), 1);
  EXPECT_EQ(all.at("bytes"), 5);
}

TEST_F(GetTest, ReportsToAFile) {
  server.on("/x", respond(200, "hello"));
  EXPECT_THAT(get({"--discard", "--report", "r.json", server.url("/x")}),
              ExitsWith(0));
  EXPECT_THAT(report_of(folder.read("r.json")), SizeIs(2));
}

TEST_F(GetTest, ReportsHowManyTriesItTook) {
  server.on("/x", [](connection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    if (c.request().number == 1)
      c.close();
    else
      c.send("world");
  });
  auto lines = report_of_get({server.url("/x")});
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].at("attempts"), 2);
  EXPECT_EQ(folder.read("x"), "helloworld");
}

TEST_F(GetTest, FollowsAsManyRedirectsAsAllowed) {
  server.on("/a", respond(302, "", {{"Location", "/b"}}));
  server.on("/b", respond(302, "", {{"Location", "/c"}}));
  server.on("/c", respond(200, "hello"));
  auto lines = report_of_get({"--max-redirects", "2", server.url("/a")});
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].at("status"), "done");
  EXPECT_EQ(lines[0].at("redirects"), 2);
  EXPECT_EQ(lines[0].at("attempts"), 1);
  EXPECT_EQ(folder.read("c"), "hello");
  auto x = get({"--max-redirects", "1", server.url("/a")});
  EXPECT_THAT(x, ExitsWith(1));
  EXPECT_THAT(x.err, HasSubstr("too many redirects: the limit is 1"));
  x = get({"--max-redirects", "0", server.url("/a")});
  EXPECT_THAT(x, ExitsWith(1));
  EXPECT_THAT(x.err, HasSubstr("the server answered 302"));
}

TEST_F(GetTest, LeavesTheReportAloneWhenTheFolderCannotBeMade) {
  folder.write("report", "old");
  auto x = get({"-o", "/proc/x", "--report", "report", server.url("/x")});
  EXPECT_THAT(x, ExitsWith(2));
  EXPECT_EQ(folder.read("report"), "old");
}

TEST_F(GetTest, TellsThatTheReportIsNotWhole) {
  server.on("/x", respond(200, "hello"));
  auto x = get({"--discard", "--report", "/dev/full", server.url("/x")});
  EXPECT_THAT(x, ExitsWith(1));
  EXPECT_THAT(x.err, HasSubstr("--report: cannot write all of \"/dev/full\""));
}

TEST_F(GetTest, OutlivesAReaderOfTheReportThatWentAway) {
  server.on("/x", respond(200, "hello"));
  process child{{"sh", "-c",
                 "{ \"$0\" get --report - \"$1\"; echo code=$? >&2; } | true",
                 TROUPE_COMMAND, server.url("/x")},
                process_options{}.cwd(folder.path())};
  EXPECT_TRUE(child.wait().ok());
  EXPECT_THAT(child.err(), Not(HasSubstr("code=141")));
  EXPECT_THAT(folder.files(), ElementsAre("x"));
}

} // namespace

} // namespace troupe::test
