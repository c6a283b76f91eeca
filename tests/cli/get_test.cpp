#include "cli/get_fixture.hpp"
#include "support/nginx.hpp"
#include "support/test_ca.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <atomic>
#include <filesystem>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>

namespace troupe::test {

namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

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

} // namespace

} // namespace troupe::test
