#include "cli/get_fixture.hpp"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace troupe::test {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

TEST_F(GetTest, CancelsTheOthersAfterAFailureWhenTold) {
  gate held;
  server.on("/held", [held](connection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    c.send("begin");
    held.open();
    c.hold();
  });
  server.on("/fails", [held](connection& c) {
    c.wait(held);
    c.send(http_response(404, ""));
  });
  auto x = get({"--on-error", "cancel", "--report", "-", server.url("/held"),
                server.url("/fails")});
  EXPECT_THAT(x, ExitsWith(1));
  auto lines = report_of(x.out);
  ASSERT_THAT(lines, SizeIs(3));
  std::vector<json> states{lines[0].at("status"), lines[1].at("status")};
  EXPECT_THAT(states, UnorderedElementsAre("failed", "cancelled"));
  EXPECT_EQ(lines[2].at("summary").at("cancelled"), 1);
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST_F(GetTest, GoesOnAfterAFailure) {
  server.on("/x", respond(200, "hello"));
  auto lines = report_of_get({"--on-error", "continue", "-j", "1",
                              server.url("/none"), server.url("/x")});
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[0].at("status"), "failed");
  EXPECT_EQ(lines[1].at("status"), "done");
}

TEST_F(GetTest, SignalsCancelGracefully) {
  for (auto number : {SIGINT, SIGTERM, SIGQUIT, SIGHUP}) {
    gate held;
    auto path = numbered(number);
    server.on(path, [held](connection& c) {
      c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegin");
      held.open();
      c.hold();
    });
    process child{command({"get", "--report", "-", server.url(path)}),
                  process_options{}.cwd(folder.path())};
    ASSERT_TRUE(held.wait());
    child.signal(number);
    EXPECT_EQ(child.wait().code, 130);
    auto lines = report_of(child.out());
    ASSERT_THAT(lines, SizeIs(2));
    EXPECT_EQ(lines[0].at("status"), "cancelled");
    EXPECT_THAT(child.err(), HasSubstr("1 cancelled"));
    EXPECT_THAT(folder.files(), IsEmpty());
  }
}

TEST_F(GetTest, IsCancelledThoughTheReportIsNotWhole) {
  server.on("/x", [](connection& c) { c.hold(); });
  process child{
    command({"get", "--discard", "--report", "/dev/full", server.url("/x")})};
  ASSERT_TRUE(server.wait_for_requests(1));
  child.signal(SIGINT);
  EXPECT_EQ(child.wait().code, 130);
  EXPECT_THAT(child.err(),
              HasSubstr("--report: cannot write all of \"/dev/full\""));
}

TEST_F(GetTest, GoesOnWithoutATerminalWhenTold) {
  gate opened;
  server.on("/x", [opened](connection& c) {
    c.wait(opened);
    c.send(http_response(200, "hello"));
  });
  process child{
    {"nohup", TROUPE_COMMAND, "get", "--discard", server.url("/x")}};
  ASSERT_TRUE(server.wait_for_requests(1));
  child.signal(SIGHUP);
  EXPECT_EQ(child.wait(200ms), exit_status::running);
  opened.open();
  EXPECT_TRUE(child.wait().ok()) << child.err();
}

TEST_F(GetTest, ASecondSignalExitsAtOnceWhileNobodyReadsTheReport) {
  server.on_other(respond(200, "hello"));
  auto name = (folder / "pipe").string();
  ASSERT_EQ(::mkfifo(name.c_str(), 0600), 0);
  auto pipe =
    checked_fd(::open(name.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC), name);
  while (::write(pipe.get(), "x", 1) == 1) {
  }
  process child{command({"get", "--discard", "--report", name, server.url("/a"),
                         server.url("/b")})};
  ASSERT_TRUE(server.wait_for_requests(2));
  child.signal(SIGINT);
  EXPECT_EQ(child.wait(200ms), exit_status::running);
  child.signal(SIGINT);
  EXPECT_EQ(child.wait(2s).code, 130);
}

TEST_F(GetTest, ACancelEndsTheCheckOfAnExistingFile) {
  folder.write("x", "");
  std::filesystem::resize_file(folder / "x", std::uint64_t{1} << 40);
  folder.write("list", server.url("/x") + " x md5:" + std::string(32, '0'));
  process child{command({"get", "-i", "list"}),
                process_options{}.cwd(folder.path())};
  auto reads_it = [&] {
    std::error_code ignored;
    for (const auto& x : std::filesystem::directory_iterator(
           "/proc/" + std::to_string(child.pid()) + "/fd", ignored))
      if (std::filesystem::read_symlink(x, ignored) == folder / "x")
        return true;
    return false;
  };
  ASSERT_TRUE(eventually(reads_it));
  child.signal(SIGINT);
  EXPECT_EQ(child.wait(2s).code, 130);
}

} // namespace

} // namespace troupe::test
