#include "integration/http_fixture.hpp"
#include "support/nginx.hpp"
#include "support/scripted_server.hpp"
#include "support/test_ca.hpp"
#include "troupe/msg/failure.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <limits>

namespace troupe::test {

namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;

class SessionTest : public http_test {
protected:
  /// Starts a download that nobody supervises.
  supervised_actor spawn(const http::local_session& http,
                         const v1::Download& what) {
    auto child = http.child(what)->start(*system, {});
    v1::TaskStart start;
    start.set_attempt(1);
    caf::anon_send(child, start);
    return child;
  }

  scripted_server server;
};

/// Counts the requests that are being answered.
struct load {
  std::atomic<std::size_t> now{0};
  std::atomic<std::size_t> most{0};
};

/// Answers after the others of its round have come, as far as they may.
scripted_server::handler slowly(load& all) {
  return [&all](connection& c) {
    auto now = ++all.now;
    for (auto most = all.most.load();
         most < now && !all.most.compare_exchange_weak(most, now);)
      ;
    c.pause(5ms);
    --all.now;
    c.send(http_response(200, "x"));
  };
}

} // namespace

TEST_F(SessionTest, NoMoreTransfersRunThanAllowed) {
  load all;
  server.on_other(slowly(all));
  std::vector<v1::Download> list(60, to_nowhere(server.url("/a")));
  for (const auto& result : run(session(quick().jobs(5).per_host(100)), list))
    EXPECT_THAT(result, IsOk());
  EXPECT_EQ(all.most, 5U);
  EXPECT_EQ(server.requests().size(), 60U);
}

TEST_F(SessionTest, NoMoreTransfersOfAHostRunThanAllowed) {
  scripted_server other;
  load of_server;
  load of_other;
  server.on_other(slowly(of_server));
  other.on_other(slowly(of_other));
  std::vector<v1::Download> list;
  for (int i = 0; i < 30; ++i) {
    list.push_back(to_nowhere(server.url("/a")));
    list.push_back(to_nowhere(other.url("/a")));
  }
  for (const auto& result : run(session(quick().per_host(3)), list))
    EXPECT_THAT(result, IsOk());
  EXPECT_THAT(of_server.most, Le(3U));
  EXPECT_THAT(of_other.most, Le(3U));
}

TEST_F(SessionTest, HostsTakeTurns) {
  scripted_server other;
  gate opened;
  server.on_other([opened](connection& c) {
    c.wait(opened);
    c.send(http_response(200, "x"));
  });
  std::size_t before = 0;
  other.on_other([&](connection& c) {
    before = server.requests().size();
    c.send(http_response(200, "x"));
  });
  std::vector<v1::Download> list(20, to_nowhere(server.url("/a")));
  list.push_back(to_nowhere(other.url("/b")));
  auto group = start(session(quick().jobs(1)), list);
  ASSERT_TRUE(eventually([&] { return group.progress().running() == 21; }));
  opened.open();
  for (const auto& result : group.results())
    EXPECT_THAT(result, IsOk());
  EXPECT_THAT(before, Le(3U));
}

TEST_F(SessionTest, NotMoreTransfersOfAHostStartInASecondThanAllowed) {
  server.on_other(respond(200, "x"));
  std::vector<v1::Download> list(6, to_nowhere(server.url("/a")));
  auto before = std::chrono::steady_clock::now();
  for (const auto& result : run(session(quick().starts_per_host(20)), list))
    EXPECT_THAT(result, IsOk());
  EXPECT_GE(std::chrono::steady_clock::now() - before, 250ms);
}

TEST_F(SessionTest, TheRateHolds) {
  server.on_other(respond(200, body_of(100'000)));
  std::vector<v1::Download> list(4, to_nowhere(server.url("/a")));
  auto before = std::chrono::steady_clock::now();
  for (const auto& result : run(session(quick().rate(400'000)), list))
    EXPECT_THAT(result, IsOk());
  auto took = std::chrono::steady_clock::now() - before;
  EXPECT_GE(took, 700ms);
  EXPECT_LE(took, 3s);
}

TEST_F(SessionTest, TheRateIsSharedByAll) {
  server.on_other(respond(200, body_of(400'000)));
  std::vector<v1::Download> list(16, to_nowhere(server.url("/a")));
  auto before = std::chrono::steady_clock::now();
  auto group = start(session(quick().rate(8'000'000)), list);
  v1::GroupProgress first;
  ASSERT_TRUE(eventually([&] {
    first = group.progress();
    return first.done() > 0;
  }));
  // In turn, 400,000 bytes would have come; with equal shares, all of them.
  EXPECT_GE(first.bytes(), 16U * 400'000 / 3)
    << "some came to their end before the others";
  for (const auto& result : group.results())
    EXPECT_THAT(result, IsOk());
  EXPECT_GE(std::chrono::steady_clock::now() - before, 600ms);
}

TEST_F(SessionTest, WithARateNobodySharesAConnection) {
  temp_dir keys;
  test_ca ca{keys.path()};
  nginx files{nginx_options{}.tls(ca.server()).access_log(true)};
  auto body = body_of(1'000'000);
  files.add_file("a", body);
  std::vector<v1::Download> list;
  for (std::size_t i = 0; i < 16; ++i)
    list.push_back(
      to_file(files.tls_url("/a"), folder.path(), numbered("f", i)));
  auto options = quick().retries(0).ca_file(ca.ca_file().string());
  auto before = std::chrono::steady_clock::now();
  for (const auto& result : run(session(options.rate(16'000'000)), list))
    EXPECT_THAT(result, IsOk());
  EXPECT_GE(std::chrono::steady_clock::now() - before, 900ms);
  for (std::size_t i = 0; i < list.size(); ++i)
    EXPECT_TRUE(folder.read(numbered("f", i)) == body);
  ASSERT_TRUE(files.wait_for_log(1 + list.size())); // the fixture's own first
  auto log = files.log();
  log.erase(log.begin());
  EXPECT_THAT(log, Each(HasSubstr("HTTP/1.1")));
}

TEST_F(SessionTest, AnErrorAfterAWaitForTheRateEndsTheDownload) {
  server.on_other([](connection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    c.send(body_of(500));
    c.hold();
  });
  auto result = run(session(quick().rate(1000)), to_memory(server.url(), 10));
  EXPECT_THAT(result, FailedWith(v1::ERRC_TOO_LARGE));
}

TEST_F(SessionTest, AProxyIsAsked) {
  server.on_other(respond(200, "from the proxy"));
  auto result = run(session(quick().proxy(server.url())),
                    to_memory("http://far.invalid/x"));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.body(), "from the proxy");
  EXPECT_EQ(server.requests().at(0).target, "http://far.invalid/x");
}

TEST_F(SessionTest, AProxysIdleConnectionServesAllOfAnotherHost) {
  gate both;
  server.on("http://far.invalid/", respond(200, "x"));
  server.on("http://farther.invalid/", [both](connection& c) {
    c.wait(both);
    c.send(http_response(200, "x"));
  });
  auto http = session(quick().proxy(server.url()).loops(1));
  EXPECT_THAT(run(http, to_nowhere("http://far.invalid/")), IsOk());
  std::vector<v1::Download> list(2, to_nowhere("http://farther.invalid/"));
  auto group = start(http, list);
  EXPECT_TRUE(server.wait_for_requests(3, 5s));
  both.open();
  for (const auto& result : group.results())
    EXPECT_THAT(result, IsOk());
}

TEST_F(SessionTest, AProxyThatRefusesATunnelIsAnError) {
  server.on_other(respond(403, "no"));
  auto result = run(session(quick().proxy(server.url()).retries(0)),
                    to_file("https://far.invalid/x", folder.path(), "a"));
  EXPECT_TRUE(result.has_error());
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST_F(SessionTest, AnIdleConnectionThatTheServerClosesCostsNothing) {
  gate read;
  server.on("/a", [read](connection& c) {
    c.send(http_response(200, "x"));
    c.wait(read);
    c.close();
  });
  server.on("/b", respond(200, "y"));
  auto http = session();
  EXPECT_THAT(run(http, to_nowhere(server.url("/a"))), IsOk());
  read.open();
  ASSERT_TRUE(server.wait_for_open_connections(0));
  auto before = std::clock(); // of the processor
  auto closed = [this]() -> std::uint64_t { return server.open_connections(); };
  EXPECT_TRUE(stays(closed, 300ms));
  EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 10);
  EXPECT_THAT(run(http, to_nowhere(server.url("/b"))), IsOk());
}

TEST_F(SessionTest, AnIdleSessionEndsWithItsLastHandle) {
  for (int i = 0; i < 20; ++i)
    (void)session();
  server.on_other(respond(200, "x"));
  for (int i = 0; i < 20; ++i)
    EXPECT_THAT(run(to_nowhere(server.url())), IsOk());
}

TEST_F(SessionTest, DownloadsKeepTheirSession) {
  load all;
  server.on_other(slowly(all));
  std::vector<v1::Download> list(30, to_nowhere(server.url("/a")));
  auto group = start(session(quick().jobs(2)), list); // dropped at once
  for (const auto& result : group.results())
    EXPECT_THAT(result, IsOk());
}

TEST_F(SessionTest, ACancelIsCarriedOutThoughTheGroupIsDropped) {
  server.on_other([](connection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    c.send(body_of(500'000));
    c.hold();
  });
  auto group = start(session(), {to_file(server.url(), folder.path(), "a"),
                                 to_file(server.url(), folder.path(), "b")});
  ASSERT_TRUE(eventually([&] { return group.progress().bytes() > 0; }));
  group.cancel();
  group.drop();
  EXPECT_TRUE(server.wait_for_open_connections(0));
  EXPECT_TRUE(eventually([&] { return folder.files().empty(); }));
}

TEST_F(SessionTest, ADownloadThatIsKilledGivesItsPlaceBack) {
  server.on("/hold", [](connection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    c.send(body_of(500'000));
    c.hold();
  });
  server.on("/a", respond(200, "hello"));
  auto http = session(quick().jobs(1));
  for (int i = 0; i < 10; ++i) {
    auto requests = static_cast<std::size_t>(i) + 1;
    // A name of its own: that of a killed download is free a little later.
    auto name = numbered("f", requests);
    auto running =
      spawn(http, to_file(server.url("/hold"), folder.path(), name));
    ASSERT_TRUE(server.wait_for_requests("/hold", requests));
    auto queued = spawn(http, to_file(server.url("/hold"), folder.path(), "g"));
    caf::anon_send_exit(queued, caf::exit_reason::kill);
    caf::anon_send_exit(running, caf::exit_reason::kill);
    EXPECT_THAT(run(http, to_nowhere(server.url("/a"))), IsOk());
    EXPECT_TRUE(eventually([&] { return folder.files().empty(); }));
  }
}

TEST_F(SessionTest, ASessionThatIsKilledEndsItsDownloads) {
  server.on_other([](connection& c) { c.hold(); });
  auto http = session(quick().jobs(2));
  std::vector<v1::Download> list;
  for (std::size_t i = 0; i < 5; ++i)
    list.push_back(to_file(server.url(), folder.path(), numbered("f", i)));
  auto group = start(http, list);
  ASSERT_TRUE(server.wait_for_requests(2));
  ASSERT_TRUE(eventually([&] { return group.progress().running() == 5; }));
  caf::anon_send_exit(http.handle(), caf::exit_reason::kill);
  for (const auto& result : group.results())
    EXPECT_TRUE(result.has_error());
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST_F(SessionTest, ASessionThatIsKilledAnswersWhoAsked) {
  server.on_other([](connection& c) { c.hold(); });
  auto http = session();
  caf::scoped_actor self{*system};
  auto asked = self->request(http.handle(), patience, to_memory(server.url()));
  ASSERT_TRUE(server.wait_for_requests(1));
  caf::anon_send_exit(http.handle(), caf::exit_reason::kill);
  asked.receive(
    [](v1::DownloadResult&) { FAIL(); },
    [](caf::error& x) { EXPECT_EQ(from_caf(x).code(), errc::broken_promise); });
}

TEST_F(SessionTest, ADownloadOfADeadSessionIsLost) {
  auto http = session();
  caf::scoped_actor self{*system};
  self->monitor(http.handle());
  caf::anon_send_exit(http.handle(), caf::exit_reason::kill);
  self->receive([](const caf::down_msg&) {});
  auto result = run(http, to_file(server.url(), folder.path(), "a"));
  EXPECT_THAT(result, FailedWith(v1::ERRC_LOST));
}

TEST_F(SessionTest, WrongOptionsAreRefused) {
  auto refused = [&](const http::session_options& options) {
    try {
      (void)session(options);
      return errc::ok;
    } catch (const failure& what) {
      return what.code();
    }
  };
  EXPECT_EQ(refused(quick().jobs(0)), errc::invalid_argument);
  EXPECT_EQ(refused(quick().per_host(0)), errc::invalid_argument);
  EXPECT_EQ(refused(quick().timeout(0s)), errc::invalid_argument);
  EXPECT_EQ(refused(quick().backoff(-1s)), errc::invalid_argument);
  EXPECT_EQ(refused(quick().header("nonsense")), errc::invalid_argument);
  EXPECT_EQ(refused(quick().header("A: b\r\nC: d")), errc::invalid_argument);
  EXPECT_EQ(refused(quick().ca_file("/no/such/file")), errc::invalid_argument);
  EXPECT_EQ(refused(quick().proxy("http://h:bad")), errc::invalid_argument);
  EXPECT_EQ(refused(quick().proxy("h:8080")), errc::ok);
  EXPECT_EQ(refused(quick()), errc::ok);
}

} // namespace troupe::test
