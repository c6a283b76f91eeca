#include "cli/command.hpp"
#include "support/nginx.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_dir.hpp"
#include "support/test_ca.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace troupe::test {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

constexpr const char* sha256_of_hello =
  "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// Answers requests once the gate is open, and counts those at the same time.
struct crowd {
  gate opened;
  std::shared_ptr<std::atomic<int>> now = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::atomic<int>> most =
    std::make_shared<std::atomic<int>>(0);

  void operator()(connection& c) const {
    auto count = ++*now;
    for (auto before = most->load();
         before < count && !most->compare_exchange_weak(before, count);) {
    }
    c.wait(opened);
    --*now; // the answer lets the next one come
    c.send(http_response(200, "hello"));
  }
};

std::string numbered(int number) {
  std::string result{"/"};
  return result += std::to_string(number);
}

class GetTest : public testing::Test {
protected:
  /// Runs `troupe get`, by default into the folder.
  command_result get(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "get");
    return run_command(arguments, process_options{}.cwd(folder.path()));
  }

  /// Runs `troupe get --report -`.
  std::vector<json> report_of_get(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--report", "-"});
    return report_of(get(std::move(arguments)).out);
  }

  scripted_server server;
  temp_dir folder{temp_dir::place::memory};
};

MATCHER_P(ExitsWith, code, "") {
  *result_listener << arg.status << "\n" << arg.out << "\n" << arg.err;
  return arg.status.code == code;
}

TEST_F(GetTest, WritesIntoTheWorkingFolder) {
  server.on("/hello.txt", respond(200, "hello"));
  auto x = get({server.url("/hello.txt")});
  EXPECT_THAT(x, ExitsWith(0));
  EXPECT_THAT(x.out, IsEmpty());
  EXPECT_THAT(x.err, StartsWith("1 of 1 files, 5 B in "));
  EXPECT_THAT(x.err, HasSubstr("saved as ./hello.txt\n"));
  EXPECT_THAT(folder.files(), ElementsAre("hello.txt"));
  EXPECT_EQ(folder.read("hello.txt"), "hello");
}

TEST_F(GetTest, MakesTheOutputFolder) {
  server.on("/x", respond(200, "hello"));
  EXPECT_THAT(get({"-o", "a/b/c", server.url("/x")}), ExitsWith(0));
  EXPECT_THAT(folder.files(), ElementsAre("a/b/c/x"));
}

TEST_F(GetTest, ListsEachFailureWithItsReason) {
  server.on("/good", respond(200, "hello"));
  auto x = get({"--retries", "0", server.url("/good"), server.url("/none"),
                "http://127.0.0.1:1/refused"});
  EXPECT_THAT(x, ExitsWith(1));
  EXPECT_THAT(x.err, HasSubstr("failed: " + server.url("/none") + ": "));
  EXPECT_THAT(x.err, HasSubstr("404"));
  EXPECT_THAT(x.err, HasSubstr("failed: http://127.0.0.1:1/refused: "));
  EXPECT_THAT(x.err, HasSubstr("Couldn't connect"));
  EXPECT_THAT(x.err, HasSubstr("1 of 3 files"));
  EXPECT_THAT(x.err, HasSubstr(", 2 failed\n"));
  EXPECT_THAT(folder.files(), ElementsAre("good"));
}

TEST_F(GetTest, PrintsNoControlCharactersOfAUrl) {
  auto x = get({"--retries", "0", "http://127.0.0.1:1/\x1b[31m"});
  EXPECT_THAT(x, ExitsWith(1));
  EXPECT_THAT(x.err, Not(HasSubstr("\x1b")));
  for (const auto* wrong : {"\x1b[31m", "http://\x1b[31m/"}) {
    x = get({wrong});
    EXPECT_THAT(x, ExitsWith(2));
    EXPECT_THAT(x.err, Not(HasSubstr("\x1b")));
  }
}

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

TEST_F(GetTest, LeavesTheReportAloneWhenTheFolderCannotBeMade) {
  folder.write("report", "old");
  auto x = get({"-o", "/proc/x", "--report", "report", server.url("/x")});
  EXPECT_THAT(x, ExitsWith(2));
  EXPECT_EQ(folder.read("report"), "old");
}

TEST_F(GetTest, PrintsNoPasswords) {
  auto url = server.url("/none").insert(7, "user:secret@");
  auto x = get({"--retries", "0", "--report", "-", url});
  EXPECT_THAT(x, ExitsWith(1));
  EXPECT_THAT(x.err, AllOf(HasSubstr("failed: http://***@127.0.0.1:"),
                           Not(HasSubstr("secret"))));
  EXPECT_EQ(report_of(x.out).at(0).at("url"), url);
  for (const auto* wrong : {"htt://user:secret@h/", "http://user:secret@h/a b",
                            "http://user:sec ret@h:x/"})
    EXPECT_THAT(get({wrong}).err, Not(HasSubstr("secret"))) << wrong;
  auto proxy =
    run_command({"get", "--discard", "--retries", "0", "http://far.invalid/"},
                process_options{}.env("http_proxy", "http://a:secret@h:bad"));
  EXPECT_THAT(proxy, ExitsWith(1));
  EXPECT_THAT(proxy.err, Not(HasSubstr("secret")));
}

TEST_F(GetTest, TellsThatTheReportIsNotWhole) {
  server.on("/x", respond(200, "hello"));
  auto x = get({"--discard", "--report", "/dev/full", server.url("/x")});
  EXPECT_THAT(x, ExitsWith(1));
  EXPECT_THAT(x.err, HasSubstr("--report: cannot write all of \"/dev/full\""));
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

TEST_F(GetTest, RefusesTheSameTargetTwice) {
  server.on("/x", respond(200, "hello"));
  auto x = get({server.url("/x"), server.url("/x?2")});
  EXPECT_THAT(x, ExitsWith(1));
  EXPECT_THAT(x.err, HasSubstr("\"./x\""));
  EXPECT_THAT(x.err, HasSubstr("1 of 2 files"));
}

TEST_F(GetTest, WritesNothingWithDiscard) {
  server.on("/x", respond(200, "hello"));
  auto lines = report_of_get({"--discard", "-o", "nowhere", server.url("/x")});
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].at("status"), "done");
  EXPECT_EQ(lines[0].at("bytes"), 5);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_F(GetTest, RunsNoMoreJobsThanAllowed) {
  crowd requests;
  server.on_other(requests);
  std::vector<std::string> arguments{"get", "--discard", "-j", "2"};
  for (auto i = 0; i < 8; ++i)
    arguments.push_back(server.url(numbered(i)));
  process child{command(arguments)};
  EXPECT_TRUE(server.wait_for_requests(2));
  requests.opened.open();
  EXPECT_TRUE(child.wait().ok());
  EXPECT_LE(*requests.most, 2);
}

TEST_F(GetTest, RunsNoMoreJobsOfAHostThanAllowed) {
  crowd here;
  crowd there;
  scripted_server other;
  server.on_other(here);
  other.on_other(there);
  std::vector<std::string> arguments{"get", "--discard", "--per-host", "1"};
  for (auto i = 0; i < 4; ++i) {
    arguments.push_back(server.url(numbered(i)));
    arguments.push_back(other.url(numbered(i)));
  }
  process child{command(arguments)};
  EXPECT_TRUE(server.wait_for_requests(1));
  EXPECT_TRUE(other.wait_for_requests(1));
  here.opened.open();
  there.opened.open();
  EXPECT_TRUE(child.wait().ok());
  EXPECT_EQ(*here.most, 1);
  EXPECT_EQ(*there.most, 1);
}

TEST_F(GetTest, OpensMoreDescriptorsThanTheSoftLimit) {
  crowd requests;
  server.on_other(requests);
  std::vector<std::string> arguments{
    "sh",           "-c",        "ulimit -Sn 100; exec \"$0\" \"$@\"",
    TROUPE_COMMAND, "get",       "--discard",
    "-j",           "150",       "--per-host",
    "150",          "--retries", "0"};
  for (auto i = 0; i < 150; ++i)
    arguments.push_back(server.url(numbered(i)));
  process child{arguments};
  EXPECT_TRUE(server.wait_for_requests(150));
  requests.opened.open();
  EXPECT_TRUE(child.wait().ok()) << child.err();
}

TEST_F(GetTest, TriesAgainAsOftenAsAllowed) {
  server.on_other(respond(500, "oops"));
  EXPECT_THAT(get({"--retries", "0", server.url("/none")}), ExitsWith(1));
  EXPECT_THAT(server.requests("/none"), SizeIs(1));
  EXPECT_THAT(get({"--retries", "2", server.url("/two")}), ExitsWith(1));
  EXPECT_THAT(server.requests("/two"), SizeIs(3));
}

TEST_F(GetTest, GivesUpAServerThatIsSilent) {
  server.on("/x", [](connection& c) { c.hold(); });
  auto lines =
    report_of_get({"--timeout", "0.2", "--retries", "0", server.url("/x")});
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].at("status"), "failed");
  EXPECT_EQ(lines[0].at("error").at("code"), "timed_out");
}

TEST_F(GetTest, GivesUpAServerThatDoesNotAccept) {
  // A full queue: further connections get no answer.
  auto socket =
    checked_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(socket.get(), plain, size), 0);
  ASSERT_EQ(::listen(socket.get(), 0), 0);
  ASSERT_EQ(::getsockname(socket.get(), plain, &size), 0);
  std::vector<unique_fd> waiting;
  for (auto i = 0; i < 4; ++i) {
    waiting.push_back(checked_fd(
      ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
      "socket"));
    (void)::connect(waiting.back().get(), plain, size); // goes on unseen
  }
  auto x = get({"--connect-timeout", "0.2", "--retries", "0",
                "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port))});
  EXPECT_THAT(x, ExitsWith(1));
  EXPECT_THAT(x.err, HasSubstr("timed_out"));
}

TEST_F(GetTest, KeepsToTheRate) {
  server.on("/x", respond(200, std::string(300'000, 'x')));
  auto lines = report_of_get({"--discard", "--rate", "200K", server.url("/x")});
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].at("bytes"), 300'000);
  EXPECT_GT(lines[0].at("elapsed_ms"), 300); // a part goes at once
}

TEST_F(GetTest, ChecksTheChecksum) {
  server.on("/x", respond(200, "hello"));
  auto sha256 = std::string{"sha256:"} + sha256_of_hello;
  folder.write("list", server.url("/x") + " dir/x " + sha256 + "\n");
  auto good = report_of_get({"-i", "list"});
  ASSERT_THAT(good, SizeIs(2));
  EXPECT_EQ(good[0].at("status"), "done");
  EXPECT_EQ(good[0].at("sha256"), sha256_of_hello);

  auto again = report_of_get({"-i", "list"});
  ASSERT_THAT(again, SizeIs(2));
  EXPECT_EQ(again[0].at("status"), "skipped");
  EXPECT_EQ(again[1].at("summary").at("skipped"), 1);

  auto single = report_of_get({"--checksum", sha256, server.url("/x")});
  ASSERT_THAT(single, SizeIs(2));
  EXPECT_EQ(single[0].at("sha256"), sha256_of_hello);

  auto wrong = get({"-o", "wrong", "--checksum", "md5:" + std::string(32, '0'),
                    "--retries", "0", server.url("/x")});
  EXPECT_THAT(wrong, ExitsWith(1));
  EXPECT_THAT(wrong.err, HasSubstr("checksum_mismatch"));
  EXPECT_THAT(folder.files(), ElementsAre("dir/x", "list", "x"));
}

TEST_F(GetTest, SendsHeaders) {
  server.on("/x", respond(200, "hello"));
  EXPECT_THAT(
    get({"--header", "X-One: 1", "--header", "X-Two: a b", server.url("/x")}),
    ExitsWith(0));
  EXPECT_EQ(server.requests().at(0).header("X-One"), "1");
  EXPECT_EQ(server.requests().at(0).header("X-Two"), "a b");
}

TEST_F(GetTest, GoesThroughAProxy) {
  server.on_other(respond(200, "hello"));
  EXPECT_THAT(get({"--proxy", server.url(""), "http://example.test/x"}),
              ExitsWith(0));
  EXPECT_EQ(server.requests().at(0).target, "http://example.test/x");
}

TEST_F(GetTest, TrustsTheCertificatesThatItIsTold) {
  test_ca ca{folder.path()};
  nginx secure{nginx_options{}.tls(ca.server())};
  secure.add_file("x", "hello");
  EXPECT_THAT(get({"--cacert", ca.ca_file().string(), secure.tls_url("/x")}),
              ExitsWith(0));
  auto x = get({"--retries", "0", "--discard", secure.tls_url("/x")});
  EXPECT_THAT(x, ExitsWith(1));
  EXPECT_THAT(x.err, HasSubstr("tls_error"));
}

TEST_F(GetTest, UsesHttp1WhenTold) {
  test_ca ca{folder.path()};
  nginx secure{nginx_options{}.tls(ca.server()).access_log(true)};
  secure.add_file("x", "hello");
  std::vector<std::string> arguments{
    "--discard", "--cacert", ca.ca_file().string(), secure.tls_url("/x")};
  EXPECT_THAT(get(arguments), ExitsWith(0));
  arguments.emplace_back("--http1.1");
  EXPECT_THAT(get(arguments), ExitsWith(0));
  ASSERT_TRUE(secure.wait_for_log(3)); // the first is nginx's own check
  EXPECT_THAT(secure.log(), ElementsAre(testing::_, HasSubstr("HTTP/2"),
                                        HasSubstr("HTTP/1.1")));
}

TEST_F(GetTest, TakesPasswordsFromNetrc) {
  server.on("/x", respond(200, "hello"));
  folder.write(".netrc", "machine 127.0.0.1 login user password secret\n");
  auto options = process_options{}.env("HOME", folder.path().string());
  auto url = server.url("/x");
  EXPECT_THAT(run_command({"get", "--discard", url}, options), ExitsWith(0));
  EXPECT_THAT(run_command({"get", "--discard", "--netrc", url}, options),
              ExitsWith(0));
  auto requests = server.requests("/x");
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_FALSE(requests[0].has_header("Authorization"));
  EXPECT_EQ(requests[1].header("Authorization"), "Basic dXNlcjpzZWNyZXQ=");
}

TEST_F(GetTest, AsksTheProxyOfTheEnvironment) {
  server.on_other(respond(200, "hello"));
  for (const auto* name : {"http_proxy", "ALL_PROXY"})
    EXPECT_THAT(run_command({"get", "--discard", "http://far.invalid/x"},
                            process_options{}.env(name, server.url())),
                ExitsWith(0));
  for (const auto& request : server.requests())
    EXPECT_EQ(request.target, "http://far.invalid/x");
}

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

TEST_F(GetTest, PrintsOnlyFailuresWhenQuiet) {
  server.on("/x", respond(200, "hello"));
  auto good = get({"-q", server.url("/x")});
  EXPECT_THAT(good, ExitsWith(0));
  EXPECT_THAT(good.err, IsEmpty());
  auto bad = get({"-q", server.url("/none")});
  EXPECT_THAT(bad, ExitsWith(1));
  EXPECT_THAT(lines_of(bad.err), ElementsAre(StartsWith("failed: ")));
}

TEST_F(GetTest, ShowsProgressAsTold) {
  server.on_other([](connection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    c.send(std::string(500, 'x'));
    c.pause(2500ms);
    c.send(std::string(500, 'x'));
  });
  auto run = [&](const char* style) {
    return process{
      command({"get", "--discard", "--progress", style, server.url("/x")})};
  };
  auto automatic = run("auto");
  auto plain = run("plain");
  auto bar = run("bar");
  auto none = run("none");
  for (auto* x : {&automatic, &plain, &bar, &none})
    EXPECT_TRUE(x->wait().ok());
  for (auto* x : {&automatic, &plain})
    EXPECT_THAT(x->err(), AllOf(StartsWith("0/1 files  500 B  "),
                                Not(HasSubstr("\x1b"))));
  EXPECT_THAT(bar.err(), HasSubstr("\x1b[J"));
  EXPECT_THAT(lines_of(none.err()), ElementsAre(StartsWith("1 of 1 files")));
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
  auto pipe = checked_fd(::open(name.c_str(), O_RDWR | O_CLOEXEC), name);
  auto room = ::fcntl(pipe.get(), F_SETPIPE_SZ, 4096);
  std::vector<std::string> arguments{"get", "--discard", "--report", name};
  for (auto i = 0; i < 100; ++i)
    arguments.push_back(server.url(numbered(i)));
  process child{command(arguments)};
  auto full = [&] {
    int bytes = 0;
    return ::ioctl(pipe.get(), FIONREAD, &bytes) == 0 && bytes == room;
  };
  for (auto end = deadline_after(patience);
       !full() && std::chrono::steady_clock::now() < end;)
    ::poll(nullptr, 0, 1);
  ASSERT_TRUE(full());
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
  EXPECT_EQ(child.wait(200ms), exit_status::running);
  child.signal(SIGINT);
  EXPECT_EQ(child.wait(2s).code, 130);
}

TEST(CommandTest, HasHelpAndAVersion) {
  auto version = run_command({"--version"});
  EXPECT_THAT(version, ExitsWith(0));
  EXPECT_THAT(version.out, StartsWith("troupe 0."));
  auto help = run_command({"--help"});
  EXPECT_THAT(help, ExitsWith(0));
  EXPECT_THAT(help.out, AllOf(HasSubstr("get "), HasSubstr("demo ")));
  auto get = run_command({"get", "--help"});
  EXPECT_THAT(get, ExitsWith(0));
  for (const auto* option :
       {"-i,--input", "-o,--output-dir",   "-j,--jobs",  "--per-host",
        "--retries",  "--connect-timeout", "--timeout",  "--low-speed",
        "--rate",     "--checksum",        "--header",   "--proxy",
        "--cacert",   "--netrc",           "--http1.1",  "--on-error",
        "--discard",  "--report",          "-q,--quiet", "--progress",
        "Exit code",  "--starts-per-host", "no blank"})
    EXPECT_THAT(get.out, HasSubstr(option));
  for (const auto& line : lines_of(get.out))
    EXPECT_LE(line.size(), 80U) << line;
}

struct wrong_usage {
  std::vector<std::string> arguments;
  std::string named;
};

class WrongUsageTest : public testing::TestWithParam<wrong_usage> {};

TEST_P(WrongUsageTest, IsNamed) {
  auto x = run_command(GetParam().arguments);
  EXPECT_THAT(x, ExitsWith(2));
  EXPECT_THAT(x.out, IsEmpty());
  EXPECT_THAT(x.err,
              AllOf(StartsWith("troupe: "), HasSubstr(GetParam().named)));
}

constexpr const char* any_url = "http://127.0.0.1:1/";

INSTANTIATE_TEST_SUITE_P(
  All, WrongUsageTest,
  testing::Values(
    wrong_usage{{}, "get or demo"}, wrong_usage{{"got"}, "got"},
    wrong_usage{{"get"}, "--input"},
    wrong_usage{{"get", "--bogus", any_url}, "--bogus"},
    wrong_usage{{"get", "ftp://h/x"}, "\"ftp://h/x\""},
    wrong_usage{{"get", "http://h/a b"}, "\"http://h/a b\""},
    wrong_usage{{"get", "http://[bad"}, "\"http://[bad\" is no URL"},
    wrong_usage{{"get", "-i", "/dev/null", any_url}, "--input"},
    wrong_usage{{"get", "-i", "/no/list"}, "--input: cannot read \"/no/list\""},
    wrong_usage{{"get", "-i", "/"}, "--input: \"/\" is a folder"},
    wrong_usage{{"get", "-o", "/proc/x", any_url},
                "--output-dir: cannot create \"/proc/x\": No such"},
    wrong_usage{{"get", "--jobs", "0", any_url}, "--jobs: \"0\""},
    wrong_usage{{"get", "--jobs"}, "--jobs"},
    wrong_usage{{"get", "--jobs", "many", any_url}, "--jobs: \"many\""},
    wrong_usage{{"get", "--per-host", "0", any_url}, "--per-host"},
    wrong_usage{{"get", "--starts-per-host=-1", any_url}, "--starts-per-host"},
    wrong_usage{{"get", "--retries=-1", any_url}, "--retries"},
    wrong_usage{{"get", "--connect-timeout", "0", any_url},
                "--connect-timeout"},
    wrong_usage{{"get", "--timeout", "nan", any_url}, "--timeout"},
    wrong_usage{{"get", "--low-speed=-3", any_url}, "--low-speed"},
    wrong_usage{{"get", "--rate", "5X", any_url}, "--rate: \"5X\""},
    wrong_usage{{"get", "--rate=-5", any_url}, "--rate: \"-5\""},
    wrong_usage{{"get", "--checksum", "sha256:12", any_url}, "--checksum"},
    wrong_usage{{"get", "--checksum", "md5:12", any_url, any_url},
                "--checksum"},
    wrong_usage{{"get", "--checksum", "md5:12", "-i", "-"}, "--checksum"},
    wrong_usage{{"get", "--header", "none", any_url}, "--header: \"none\""},
    wrong_usage{{"get", "--header", "My Header: x", any_url},
                "--header: \"My Header: x\""},
    wrong_usage{{"get", "--header", ": x", any_url}, "--header: \": x\""},
    wrong_usage{{"get", "--cacert", "/no/file", any_url},
                "--cacert: \"/no/file\" cannot be read"},
    wrong_usage{{"get", "--cacert", "/", any_url}, "--cacert: \"/\""},
    wrong_usage{{"get", "--proxy", "http://a:secret@h:bad", any_url},
                "--proxy: \"http://***@h:bad\" is no URL"},
    wrong_usage{{"get", "--on-error", "stop", any_url}, "--on-error: \"stop\""},
    wrong_usage{{"get", "--progress", "lots", any_url}, "--progress: \"lots\""},
    wrong_usage{{"get", "--report", "/no/report", any_url},
                "--report: cannot write \"/no/report\""}));

} // namespace

} // namespace troupe::test
