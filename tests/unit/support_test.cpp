#include "support/fd.hpp"
#include "support/gate.hpp"
#include "support/nginx.hpp"
#include "support/process.hpp"
#include "support/pty_process.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_dir.hpp"
#include "support/test_ca.hpp"

#include <curl/curl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace troupe::test {

namespace {

struct answer {
  CURLcode result;
  long status = 0;
  long http_version = 0;
  std::string body;
};

std::size_t append(char* bytes, std::size_t, std::size_t size, void* body) {
  static_cast<std::string*>(body)->append(bytes, size);
  return size;
}

answer get(const std::string& url,
           const std::function<void(CURL*)>& set_up = {}) {
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle{
    curl_easy_init(), &curl_easy_cleanup};
  auto* curl = handle.get();
  answer result{};
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &result.body);
  if (set_up)
    set_up(curl);
  result.result = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &result.status);
  curl_easy_getinfo(curl, CURLINFO_HTTP_VERSION, &result.http_version);
  return result;
}

auto trust(const test_ca& ca) {
  return [file = ca.ca_file().string()](CURL* curl) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, file.c_str());
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  };
}

} // namespace

TEST(TempDirTest, HoldsFilesUntilItIsDestroyed) {
  std::filesystem::path path;
  {
    temp_dir folder{temp_dir::place::memory};
    path = folder.path();
    folder.write("b/c.txt", std::string("a\0b", 3));
    folder.write("a.txt", "");
    EXPECT_EQ(folder.read("b/c.txt"), std::string("a\0b", 3));
    EXPECT_EQ(folder.files(), (std::vector<std::string>{"a.txt", "b/c.txt"}));
    EXPECT_TRUE(folder.contains("b"));
    EXPECT_THROW(folder.read("none"), std::runtime_error);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ProcessTest, CapturesOutputAndExitCode) {
  temp_dir folder;
  process child{{"sh", "-c", "cat; pwd; echo \"$GREETING\" >&2; exit 3"},
                process_options{}
                  .input("typed\n")
                  .cwd(folder.path())
                  .env("GREETING", "hello")};
  EXPECT_EQ(child.wait(), (exit_status{3, 0}));
  EXPECT_EQ(child.out(), "typed\n" + folder.path().string() + "\n");
  EXPECT_EQ(child.err(), "hello\n");
}

TEST(ProcessTest, CapturesMoreThanPipesHold) {
  std::string text(1 << 20, 'x');
  process child{{"cat"}, process_options{}.input(text)};
  EXPECT_TRUE(child.wait().ok());
  EXPECT_EQ(child.out(), text);
}

TEST(ProcessTest, ReportsTheSignalThatEndedIt) {
  process child{{"sh", "-c", "echo ready; exec sleep 1000"}};
  ASSERT_TRUE(child.wait_for_output("ready"));
  EXPECT_EQ(child.wait(0ms), exit_status::running);
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), (exit_status{-1, SIGTERM}));
}

TEST(ProcessTest, SurvivesAProgramThatDoesNotReadItsInput) {
  process child{{"true"}, process_options{}.input(std::string(1 << 20, 'x'))};
  EXPECT_TRUE(child.wait().ok());
}

TEST(ProcessTest, IsKilledByTheDestructorWithItsChildren) {
  auto child = std::make_unique<process>(
    std::vector<std::string>{"sh", "-c", "sleep 1000 & echo $!; wait"});
  ASSERT_TRUE(child->wait_for_output("\n"));
  auto grandchild = std::stoi(child->out());
  auto end = checked_fd(
    static_cast<int>(::syscall(SYS_pidfd_open, grandchild, 0)), "pidfd_open");
  child.reset();
  pollfd ended{end.get(), POLLIN, 0};
  EXPECT_TRUE(poll_until({&ended, 1}, deadline_after(patience)));
}

TEST(ProcessTest, SaysThatAProgramCannotBeRun) {
  EXPECT_THROW(process{{"no-such-program"}}, std::system_error);
  EXPECT_THROW(process({"true"}, process_options{}.cwd("/no/such/folder")),
               std::system_error);
}

TEST(PtyProcessTest, TypesAndReadsInOrder) {
  pty_process child{{"sh", "-c", "echo ready; read a; echo got=$a; read b"}};
  ASSERT_TRUE(child.read_until("ready\r\n")) << child.output();
  child.write("one\r");
  ASSERT_TRUE(child.read_until("got=one\r\n")) << child.output();
  EXPECT_FALSE(child.read_until("got=one", 0ms));
  child.write("\x03");
  EXPECT_EQ(child.wait(), (exit_status{-1, SIGINT}));
}

TEST(PtyProcessTest, ShowsItsSizeAndItsChange) {
  pty_process child{{"sh", "-c",
                     "trap 'stty size; exit 0' WINCH; stty size; echo ready; "
                     "while :; do read a; done"},
                    {},
                    {100, 30}};
  ASSERT_TRUE(child.read_until("30 100\r\nready")) << child.output();
  child.resize({120, 40});
  EXPECT_TRUE(child.read_until("40 120")) << child.output();
  EXPECT_TRUE(child.wait().ok());
}

TEST(PtyProcessTest, CapturesAllUpToTheEnd) {
  pty_process child{{"seq", "20000"}};
  EXPECT_TRUE(child.wait().ok());
  EXPECT_TRUE(child.output().ends_with("\r\n20000\r\n"));
  EXPECT_EQ(child.output().size(), 20000U * 2 + 88894U);
}

TEST(GateTest, LetsThroughAllOnceOpen) {
  gate opened;
  EXPECT_FALSE(opened.wait(0ms));
  auto waiter =
    std::async(std::launch::async, [copy = opened] { return copy.wait(); });
  opened.open();
  EXPECT_TRUE(waiter.get());
  EXPECT_TRUE(opened.is_open());
}

TEST(ScriptedServerTest, AnswersByPath) {
  scripted_server server;
  server.on("/teapot", respond(418, "short and stout", {{"X-Kind", "pot"}}));
  auto answer = get(server.url("/teapot?handle=1"));
  EXPECT_EQ(answer.status, 418);
  EXPECT_EQ(answer.body, "short and stout");
  EXPECT_EQ(get(server.url("/other")).status, 404);
  EXPECT_TRUE(server.wait_for_requests("/teapot", 1));
  EXPECT_EQ(server.requests("/teapot").at(0).target, "/teapot?handle=1");
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(ScriptedServerTest, CountsTheRequestsToAPath) {
  scripted_server server;
  server.on("/flaky", [](connection& c) {
    c.send(http_response(c.request().number < 3 ? 503 : 200, ""));
  });
  EXPECT_EQ(get(server.url("/flaky")).status, 503);
  EXPECT_EQ(get(server.url("/flaky")).status, 503);
  EXPECT_EQ(get(server.url("/flaky")).status, 200);
}

TEST(ScriptedServerTest, ReadsHeadersAndBody) {
  scripted_server server;
  server.on("/form", [](connection& c) {
    c.send(http_response(200, c.request().body + c.request().header("x-more")));
  });
  curl_slist* headers = curl_slist_append(nullptr, "X-More: !");
  auto answer = get(server.url("/form"), [headers](CURL* curl) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "a=b");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  });
  curl_slist_free_all(headers);
  EXPECT_EQ(answer.body, "a=b!");
  EXPECT_EQ(server.requests().at(0).method, "POST");
}

TEST(ScriptedServerTest, KeepsConnectionsAlive) {
  scripted_server server;
  server.on_other(respond(200, "ok"));
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle{
    curl_easy_init(), &curl_easy_cleanup};
  auto* curl = handle.get();
  std::string body;
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  for (auto target : {"/1", "/2"}) {
    curl_easy_setopt(curl, CURLOPT_URL, server.url(target).c_str());
    EXPECT_EQ(curl_easy_perform(curl), CURLE_OK);
  }
  EXPECT_EQ(body, "okok");
  EXPECT_EQ(server.all_connections(), 1U);
  EXPECT_EQ(server.open_connections(), 1U);
  handle.reset();
  EXPECT_TRUE(server.wait_for_open_connections(0));
}

TEST(ScriptedServerTest, SendsLessThanItPromises) {
  scripted_server server;
  server.on("/short", [](connection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    c.send(std::string(500, 'y'));
    c.close();
  });
  auto answer = get(server.url("/short"));
  EXPECT_EQ(answer.result, CURLE_PARTIAL_FILE);
  EXPECT_EQ(answer.body.size(), 500U);
}

TEST(ScriptedServerTest, ResetsConnections) {
  scripted_server server;
  server.on("/", [](connection& c) { c.reset(); });
  EXPECT_EQ(get(server.url()).result, CURLE_RECV_ERROR);
}

TEST(ScriptedServerTest, ClosesBeforeTheFirstRequest) {
  scripted_server server;
  server.on_connect([](connection& c) { c.close(); });
  EXPECT_NE(get(server.url()).result, CURLE_OK);
  EXPECT_TRUE(server.requests().empty());
}

TEST(ScriptedServerTest, WaitsForTheTestsGate) {
  scripted_server server;
  gate go;
  server.on("/gated", [go](connection& c) {
    c.wait(go);
    c.send(http_response(200, "gone through"));
  });
  auto client = std::async(std::launch::async, get, server.url("/gated"),
                           std::function<void(CURL*)>{});
  ASSERT_TRUE(server.wait_for_requests(1));
  EXPECT_EQ(server.open_connections(), 1U);
  go.open();
  EXPECT_EQ(client.get().body, "gone through");
  EXPECT_TRUE(server.wait_for_open_connections(0));
  EXPECT_EQ(server.most_connections(), 1U);
}

TEST(ScriptedServerTest, SeesTheClientGoAway) {
  scripted_server server;
  gate never;
  gate seen;
  server.on("/closed", [seen](connection& c) {
    if (c.wait_closed())
      seen.open();
  });
  server.on("/gated", [never](connection& c) { c.wait(never); });
  for (auto target : {"/closed", "/gated"}) {
    auto client = connect_to_loopback(server.port());
    auto request = "GET " + std::string{target} + " HTTP/1.1\r\n\r\n";
    ASSERT_EQ(::send(client.get(), request.data(), request.size(), 0),
              static_cast<ssize_t>(request.size()));
    ASSERT_TRUE(server.wait_for_requests(target, 1));
    client.reset();
    EXPECT_TRUE(server.wait_for_open_connections(0));
  }
  EXPECT_TRUE(seen.is_open());
}

TEST(ScriptedServerTest, InterruptsItsHandlersWhenItEnds) {
  std::vector<unique_fd> clients;
  scripted_server server;
  gate never;
  server.on("/gate", [never](connection& c) { c.wait(never); });
  server.on("/hold", [](connection& c) { c.hold(); });
  server.on("/pause", [](connection& c) { c.pause(1h); });
  server.on("/drip", [](connection& c) { c.drip("slow", 1h); });
  server.on("/flood", [](connection& c) {
    for (std::string text(1 << 16, 'x');;)
      c.send(text);
  });
  for (auto target : {"/gate", "/hold", "/pause", "/drip", "/flood"}) {
    auto request = "GET " + std::string{target} + " HTTP/1.1\r\n\r\n";
    auto& client = clients.emplace_back(connect_to_loopback(server.port()));
    ASSERT_EQ(::send(client.get(), request.data(), request.size(), 0),
              static_cast<ssize_t>(request.size()));
  }
  EXPECT_TRUE(server.wait_for_requests(5));
}

class NginxTest : public testing::Test {
protected:
  temp_dir folder;
  test_ca ca{folder.path()};
};

TEST_F(NginxTest, ServesFilesAndCodes) {
  nginx server{nginx_options{}.access_log(true)};
  server.add_file("deep/a.bin", std::string(100'000, 'a'));
  EXPECT_EQ(get(server.url("/deep/a.bin")).body, std::string(100'000, 'a'));
  EXPECT_EQ(
    get(server.url("/slow/deep/a.bin"),
        [](CURL* curl) { curl_easy_setopt(curl, CURLOPT_RANGE, "0-9"); })
      .body,
    "aaaaaaaaaa");
  EXPECT_EQ(get(server.url("/status/503")).status, 503);
  EXPECT_EQ(get(server.url("/status/404")).status, 404);
  auto follow = [](CURL* curl) {
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 3L);
  };
  EXPECT_EQ(get(server.url("/redirect/deep/a.bin"), follow).body.size(),
            100'000U);
  EXPECT_EQ(get(server.url("/loop"), follow).result, CURLE_TOO_MANY_REDIRECTS);
  ASSERT_TRUE(server.wait_for_log(2));
  // The first line is that of the check that it answers.
  EXPECT_TRUE(
    server.log().at(1).starts_with("GET /deep/a.bin HTTP/1.1 200 100000 \"-\""))
    << server.log().at(1);
}

TEST_F(NginxTest, ServesHttp2OverTls) {
  nginx server{nginx_options{}.tls(ca.server()).worker_processes(2)};
  server.add_file("a", "hello");
  auto answer = get(server.tls_url("/a"), trust(ca));
  EXPECT_EQ(answer.result, CURLE_OK);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(answer.http_version, CURL_HTTP_VERSION_2_0);
  auto old = get(server.tls_url("/a"), [this](CURL* curl) {
    trust(ca)(curl);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  });
  EXPECT_EQ(old.http_version, CURL_HTTP_VERSION_1_1);
}

TEST_F(NginxTest, RedirectsBetweenPlainAndTls) {
  nginx server{nginx_options{}.tls(ca.server())};
  server.add_file("a", "hello");
  auto follow = [this](CURL* curl) {
    trust(ca)(curl);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  };
  EXPECT_EQ(get(server.tls_url("/to-plain/a"), follow).body, "hello");
  EXPECT_EQ(get(server.url("/to-tls/a"), follow).body, "hello");
}

TEST_F(NginxTest, CompressesOnRequest) {
  nginx server;
  server.add_file("a", std::string(10'000, 'a'));
  auto accept = [](CURL* curl) {
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
  };
  EXPECT_EQ(get(server.url("/gzip/a"), accept).body, std::string(10'000, 'a'));
}

TEST_F(NginxTest, ReportsWhyItCannotServe) {
  certificate none{folder / "none.pem", folder / "none.key"};
  try {
    nginx server{nginx_options{}.tls(none)};
    FAIL() << "it serves";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::strstr(error.what(), "none.pem"), nullptr) << error.what();
  }
}

TEST_F(NginxTest, IsRefusedWithABadCertificate) {
  for (const auto& bad :
       {ca.expired(), ca.not_yet_valid(), ca.wrong_host(), ca.self_signed()}) {
    nginx server{nginx_options{}.tls(bad)};
    EXPECT_EQ(get(server.tls_url("/status/204"), trust(ca)).result,
              CURLE_PEER_FAILED_VERIFICATION)
      << bad.cert_file;
  }
}

} // namespace troupe::test
