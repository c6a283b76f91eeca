#include "integration/http_fixture.hpp"
#include "support/nginx.hpp"
#include "support/scripted_server.hpp"
#include "support/test_ca.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <fstream>
#include <linux/tcp.h>
#include <sys/socket.h>

namespace troupe::test {

namespace {

using namespace std::chrono_literals;

class PauseTest : public http_test {
protected:
  scripted_server server;
};

/// Up to where this process has read a file; 0 if it has not opened it.
std::uint64_t place_in(const std::filesystem::path& file) {
  for (const auto& entry :
       std::filesystem::directory_iterator{"/proc/self/fd"}) {
    std::error_code closed; // meanwhile
    if (std::filesystem::read_symlink(entry.path(), closed) != file)
      continue;
    std::ifstream in{"/proc/self/fdinfo/" + entry.path().filename().string()};
    std::string title; // "pos:"
    std::uint64_t result = 0;
    in >> title >> result;
    return result;
  }
  return 0;
}

/// What a server has sent on the connections that this process has to it, be it
/// read here or not.
std::uint64_t received_from(std::uint16_t port) {
  std::uint64_t result = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator{"/proc/self/fd"}) {
    auto fd = std::stoi(entry.path().filename().string());
    sockaddr_in peer{};
    socklen_t size = sizeof(peer);
    tcp_info info{};
    socklen_t info_size = sizeof(info);
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0
        && peer.sin_family == AF_INET && ntohs(peer.sin_port) == port
        && ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &info_size) == 0)
      result += info.tcpi_bytes_received;
  }
  return result;
}

enum class transport { plain, tls, http2 };

class TransportPauseTest : public http_test,
                           public testing::WithParamInterface<transport> {
protected:
  http::session_options options() const {
    return quick()
      .retries(0)
      .ca_file(ca.ca_file().string())
      .http1(GetParam() != transport::http2);
  }

  std::string url(const std::string& target) const {
    return GetParam() == transport::plain ? server.url(target)
                                          : server.tls_url(target);
  }

  /// See `received_from`.
  std::uint64_t received() const {
    return received_from(GetParam() == transport::plain ? server.port()
                                                        : server.tls_port());
  }

  temp_dir keys;
  test_ca ca{keys.path()};
  nginx server{
    nginx_options{}.tls(ca.server()).limit_rate("8m").access_log(true)};
};

std::string name_of(const testing::TestParamInfo<transport>& way) {
  return way.param == transport::plain ? "Plain"
         : way.param == transport::tls ? "Tls"
                                       : "Http2";
}

INSTANTIATE_TEST_SUITE_P(All, TransportPauseTest,
                         testing::Values(transport::plain, transport::tls,
                                         transport::http2),
                         name_of);

} // namespace

TEST_P(TransportPauseTest, APausedGroupStopsReadingAndComesToTheRightEnd) {
  auto body = body_of(20'000'000);
  server.add_file("a", body);
  std::vector<v1::Download> list;
  for (std::size_t i = 0; i < 6; ++i)
    list.push_back(to_file(url("/slow/a"), folder.path(), numbered("f", i)));
  auto http = session(options()); // whose connections stay open
  auto group = start(http, list);
  ASSERT_TRUE(eventually([&] { return group.progress().bytes() > 0; }));
  group.pause();
  auto progress = group.progress();
  EXPECT_EQ(progress.state(), v1::GROUP_STATE_PAUSED);
  EXPECT_EQ(progress.paused(), 6U);
  // The server goes on until the sockets are full, and then no more.
  auto sent = [this] { return received(); };
  ASSERT_TRUE(eventually([&] { return stays(sent, 1000ms); }));
  EXPECT_GT(received(), 0U);
  EXPECT_LT(received(), 5 * body.size());
  EXPECT_EQ(server.log().size(), 1U); // the fixture's own: no answer is whole
  group.resume();
  for (const auto& result : group.results())
    EXPECT_THAT(result, IsOk());
  for (std::size_t i = 0; i < 6; ++i)
    EXPECT_TRUE(folder.read(numbered("f", i)) == body);
}

TEST_P(TransportPauseTest, ManyPausesDoNoHarm) {
  auto body = body_of(20'000'000);
  server.add_file("a", body);
  std::vector<v1::Download> list;
  for (std::size_t i = 0; i < 8; ++i)
    list.push_back(to_file(url("/a"), folder.path(), numbered("f", i)));
  auto group = start(session(options()), list);
  for (int i = 0; i < 50; ++i) {
    group.pause();
    group.resume();
  }
  for (const auto& result : group.results())
    EXPECT_THAT(result, IsOk());
  for (std::size_t i = 0; i < 8; ++i)
    EXPECT_TRUE(folder.read(numbered("f", i)) == body);
}

TEST_F(PauseTest, TheServerCannotSendWhileAGroupIsPaused) {
  std::atomic<std::uint64_t> sent{0};
  server.on("/a", [&](connection& c) {
    auto piece = body_of(50'000);
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n");
    for (int i = 0; i < 1000; ++i) {
      c.send(piece);
      sent += piece.size();
    }
  });
  auto group =
    start(session(quick().rate(20'000'000)), {to_nowhere(server.url("/a"))});
  ASSERT_TRUE(eventually([&] { return sent > 0; }));
  group.pause();
  // Until its socket is full it goes on, and then no more.
  EXPECT_TRUE(
    eventually([&] { return stays([&] { return sent.load(); }, 500ms); }));
  EXPECT_LT(sent, 30'000'000U);
  group.resume();
  auto result = group.results().at(0);
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.bytes(), 50'000'000U);
}

TEST_F(PauseTest, ThoseInTheQueueStandStillToo) {
  gate opened;
  server.on_other([opened](connection& c) {
    c.wait(opened);
    c.send(http_response(200, "x"));
  });
  std::vector<v1::Download> list(5, to_nowhere(server.url("/a")));
  auto group = start(session(quick().jobs(1)), list);
  ASSERT_TRUE(server.wait_for_requests(1));
  group.pause();
  EXPECT_EQ(group.progress().paused(), 5U);
  opened.open();
  // The one that runs may not read its answer, and no other begins.
  EXPECT_TRUE(stays([&] { return server.requests().size(); }, 200ms));
  group.resume();
  for (const auto& result : group.results())
    EXPECT_THAT(result, IsOk());
  EXPECT_EQ(server.requests().size(), 5U);
}

TEST_F(PauseTest, TimeoutsStandStill) {
  for (const auto& options :
       {quick().retries(0).timeout(700ms),
        quick().retries(0).low_speed(1'000'000).low_speed_time(700ms)}) {
    gate opened;
    server.on_other([opened](connection& c) {
      c.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
      c.wait(opened);
      c.send("world");
    });
    auto group = start(session(options), {to_memory(server.url("/a"))});
    ASSERT_TRUE(eventually([&] { return group.progress().bytes() > 0; }));
    group.pause();
    stays([&] { return group.progress().paused(); }, 1000ms);
    EXPECT_EQ(group.progress().paused(), 1U);
    opened.open();
    group.resume();
    auto result = group.results().at(0);
    EXPECT_THAT(result, IsOk());
    EXPECT_EQ(result.body(), "helloworld");
  }
}

TEST_F(PauseTest, OneThatConnectsCanBePaused) {
  auto silent = listen_on_loopback(); // TLS never answers
  auto group =
    start(session(), {to_nowhere(numbered("https://127.0.0.1:", silent.port))});
  ASSERT_TRUE(eventually([&] { return group.progress().running() == 1; }));
  group.pause();
  EXPECT_EQ(group.progress().paused(), 1U);
  group.cancel();
}

TEST_F(PauseTest, OneThatWaitsForARetryWaitsOn) {
  server.on("/a", [](connection& c) {
    c.send(c.request().number == 1 ? http_response(503, "x")
                                   : http_response(200, "good"));
  });
  auto options = quick().backoff(300ms).backoff_limit(300ms);
  auto group = start(session(options), {to_memory(server.url("/a"))});
  ASSERT_TRUE(server.wait_for_requests(1));
  group.pause();
  EXPECT_TRUE(stays([&] { return server.requests().size(); }, 500ms));
  group.resume();
  auto result = group.results().at(0);
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.body(), "good");
  EXPECT_EQ(result.attempts(), 2U);
}

TEST_F(PauseTest, AGroupThatStartsPausedBeginsWhenItIsResumed) {
  server.on_other(respond(200, "x"));
  folder.write("f", "old");
  auto what = to_file(server.url("/a"), folder.path(), "f");
  what.mutable_checksum()->set_algorithm(v1::CHECKSUM_ALGORITHM_MD5);
  what.mutable_checksum()->set_hex("9dd4e461268c8034f5c8564e155c67a6");
  for (int i = 0; i < 20; ++i) { // before, during or after the check
    folder.write("f", "old");
    auto group = start(session(), {what});
    group.pause();
    auto before = server.requests().size();
    EXPECT_TRUE(stays([&] { return server.requests().size(); }, 5ms) || before);
    group.resume();
    EXPECT_THAT(group.results().at(0), IsOk());
    EXPECT_EQ(folder.read("f"), "x");
  }
}

TEST_F(PauseTest, TheCheckOfAFileThatIsThereStandsStill) {
  auto path = folder.write("f", "");
  std::filesystem::resize_file(path, std::uint64_t{1} << 40);
  auto what = to_file(server.url("/a"), folder.path(), "f");
  what.mutable_checksum()->set_algorithm(v1::CHECKSUM_ALGORITHM_MD5);
  what.mutable_checksum()->set_hex(std::string(32, '0'));
  auto place = [&] { return place_in(path); };
  auto group = start(session(), {what});
  ASSERT_TRUE(eventually([&] { return place() > 0; }));
  group.pause();
  auto before = place();
  EXPECT_GT(before, 0U);
  EXPECT_TRUE(stays(place, 200ms));
  group.resume();
  EXPECT_TRUE(eventually([&] { return place() > before; }));
  group.cancel();
}

TEST_F(PauseTest, ACancelWinsOverAPause) {
  server.on_other([](connection& c) { c.wait_closed(); });
  auto group = start(session(quick().retries(0)), {to_nowhere(server.url())});
  ASSERT_TRUE(server.wait_for_requests(1));
  group.pause();
  auto result = group.cancel();
  EXPECT_EQ(result.outcomes(0).state(), v1::TASK_STATE_CANCELLED);
}

} // namespace troupe::test
