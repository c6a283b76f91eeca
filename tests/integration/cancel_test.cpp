#include "integration/http_fixture.hpp"
#include "support/nginx.hpp"
#include "support/scripted_server.hpp"
#include "support/test_ca.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace troupe::test {

namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

class CancelTest : public http_test {
protected:
  using time_span = std::chrono::steady_clock::duration;

  /// Cancels a group; all end, and nothing remains in the folder.
  ///
  /// @return How long that took.
  time_span cancel(download_group& group) {
    auto before = std::chrono::steady_clock::now();
    auto result = group.cancel();
    auto took = std::chrono::steady_clock::now() - before;
    for (const auto& outcome : result.outcomes())
      EXPECT_EQ(outcome.state(), v1::TASK_STATE_CANCELLED)
        << outcome.ShortDebugString();
    EXPECT_THAT(folder.files(), IsEmpty());
    return took;
  }

  /// Calls what cancels a group and returns how long that took: mostly not
  /// long, though the machine be busy with something else now and then.
  static void expect_soon(const std::function<time_span()>& cancel_one) {
    std::array<time_span, 7> took{};
    for (auto& each : took)
      each = cancel_one();
    auto* median = took.begin() + took.size() / 2;
    std::nth_element(took.begin(), median, took.end());
    EXPECT_LT(*median, 50ms);
  }

  v1::Download file(const std::string& url) {
    return to_file(url, folder.path(), numbered("f", files_++));
  }

  scripted_server server;

private:
  std::size_t files_ = 0;
};

} // namespace

TEST_F(CancelTest, ARunningGroupEndsAtOnce) {
  nginx slow{nginx_options{}.limit_rate("100k")};
  slow.add_file("a", body_of(10'000'000));
  std::vector<v1::Download> list;
  for (int i = 0; i < 100; ++i)
    list.push_back(file(slow.url("/slow/a")));
  expect_soon([&] {
    auto group = start(session(), list);
    EXPECT_TRUE(eventually([&] { return group.progress().bytes() > 500'000; }));
    return cancel(group);
  });
}

TEST_F(CancelTest, AGroupOverHttp2EndsAtOnce) {
  temp_dir keys;
  test_ca ca{keys.path()};
  nginx slow{nginx_options{}.tls(ca.server()).limit_rate("100k")};
  slow.add_file("a", body_of(10'000'000));
  std::vector<v1::Download> list;
  for (int i = 0; i < 20; ++i)
    list.push_back(file(slow.tls_url("/slow/a")));
  auto http = session(quick().ca_file(ca.ca_file().string()));
  expect_soon([&] {
    auto group = start(http, list);
    EXPECT_TRUE(eventually([&] { return group.progress().bytes() > 100'000; }));
    return cancel(group);
  });
  // The connection is of use for others.
  slow.add_file("b", "hello");
  EXPECT_EQ(run(http, to_memory(slow.tls_url("/b"))).body(), "hello");
}

TEST_F(CancelTest, OneThatHasJustBegunEnds) {
  server.on_other(respond(200, body_of(100'000)));
  for (int i = 0; i < 200; ++i) {
    auto name = numbered("/g", static_cast<std::size_t>(i));
    auto group = start(session(), {file(server.url(name))});
    auto outcome = group.cancel().outcomes(0).state();
    if (outcome == v1::TASK_STATE_SUCCEEDED)
      std::filesystem::remove(folder / numbered("f", static_cast<unsigned>(i)));
    ASSERT_THAT(folder.files(), IsEmpty());
  }
}

TEST_F(CancelTest, OneInTheQueueEnds) {
  server.on_other([](connection& c) { c.hold(); });
  std::vector<v1::Download> list;
  for (int i = 0; i < 10; ++i)
    list.push_back(file(server.url()));
  std::size_t groups = 0;
  expect_soon([&] {
    auto group = start(session(quick().jobs(1)), list);
    EXPECT_TRUE(server.wait_for_requests(++groups));
    return cancel(group);
  });
  EXPECT_EQ(server.requests().size(), groups);
}

TEST_F(CancelTest, OneThatConnectsEnds) {
  expect_soon([&] {
    auto silent = listen_on_loopback(); // TLS never answers
    auto group =
      start(session(), {file(numbered("https://127.0.0.1:", silent.port))});
    pollfd pending{silent.socket.get(), POLLIN, 0};
    EXPECT_TRUE(poll_until({&pending, 1}, deadline_after(patience)));
    return cancel(group);
  });
}

TEST_F(CancelTest, OneThatWaitsForTheCertificatesEnds) {
  auto silent = listen_on_loopback();
  expect_soon([&] {
    auto group =
      start(session(), {file(numbered("https://127.0.0.1:", silent.port))});
    return cancel(group);
  });
}

TEST_F(CancelTest, OneThatWaitsForHeadersEnds) {
  server.on_other([](connection& c) { c.hold(); });
  std::size_t groups = 0;
  expect_soon([&] {
    auto group = start(session(), {file(server.url())});
    EXPECT_TRUE(server.wait_for_requests(++groups));
    return cancel(group);
  });
  EXPECT_TRUE(server.wait_for_open_connections(0));
}

TEST_F(CancelTest, OneThatReadsItsBodyEnds) {
  server.on_other([](connection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    c.send(body_of(500'000));
    c.hold();
  });
  expect_soon([&] {
    auto group = start(session(), {file(server.url())});
    EXPECT_TRUE(eventually([&] { return group.progress().bytes() > 0; }));
    EXPECT_THAT(folder.files(),
                testing::ElementsAre(testing::EndsWith(".part")));
    return cancel(group);
  });
  EXPECT_TRUE(server.wait_for_open_connections(0));
}

TEST_F(CancelTest, OneThatIsPausedEnds) {
  server.on_other([](connection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    for (;;)
      c.send(body_of(100'000));
  });
  std::vector<v1::Download> list;
  for (int i = 0; i < 5; ++i)
    list.push_back(file(server.url()));
  expect_soon([&] {
    auto group = start(session(quick().jobs(3)), list);
    EXPECT_TRUE(eventually([&] { return group.progress().bytes() > 0; }));
    group.pause();
    return cancel(group);
  });
}

TEST_F(CancelTest, OneThatWaitsForARetryEnds) {
  server.on_other(respond(503, "x", {{"Retry-After", "60"}}));
  std::size_t groups = 0;
  expect_soon([&] {
    auto group = start(session(), {file(server.url())});
    EXPECT_TRUE(server.wait_for_requests(++groups));
    EXPECT_TRUE(server.wait_for_open_connections(1));
    return cancel(group);
  });
  EXPECT_EQ(server.requests().size(), groups);
}

TEST_F(CancelTest, OneThatLooksUpANameEnds) {
  std::vector<v1::Download> list;
  for (int i = 0; i < 8; ++i)
    list.push_back(file("http://nowhere.invalid/"));
  expect_soon([&] {
    auto group = start(session(quick().backoff(60s).backoff_limit(60s)), list);
    return cancel(group);
  });
}

TEST_F(CancelTest, TheNameIsFreeAfterwards) {
  server.on("/hold", [](connection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    c.send(body_of(300'000));
    c.hold();
  });
  server.on("/a", respond(200, "hello"));
  auto http = session();
  for (int i = 0; i < 20; ++i) {
    auto group =
      start(http, {to_file(server.url("/hold"), folder.path(), "f")});
    ASSERT_TRUE(eventually([&] { return folder.contains("f.part"); }));
    group.cancel();
    auto result = run(http, to_file(server.url("/a"), folder.path(), "f"));
    ASSERT_THAT(result, IsOk());
    EXPECT_THAT(folder.files(), testing::ElementsAre("f"));
    std::filesystem::remove(folder / "f");
  }
}

TEST_F(CancelTest, ACancelledPlaceInTheQueueDoesNotStart) {
  gate opened;
  server.on("/first", [opened](connection& c) {
    c.wait(opened);
    c.send(http_response(200, "x"));
  });
  server.on("/last", respond(200, "x"));
  auto http = session(quick().jobs(1));
  auto first = start(http, {to_nowhere(server.url("/first"))});
  ASSERT_TRUE(server.wait_for_requests(1));
  auto second = start(http, {file(server.url("/never"))});
  auto last = start(http, {to_nowhere(server.url("/last"))});
  ASSERT_TRUE(eventually([&] { return second.progress().running() == 1; }));
  cancel(second);
  opened.open();
  EXPECT_THAT(first.results().at(0), IsOk());
  EXPECT_THAT(last.results().at(0), IsOk());
  EXPECT_TRUE(server.requests("/never").empty());
}

} // namespace troupe::test
