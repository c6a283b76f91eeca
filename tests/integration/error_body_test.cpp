#include "integration/http_fixture.hpp"
#include "support/scripted_server.hpp"

namespace troupe::test {

namespace {

using namespace std::chrono_literals;

/// What comes with an error is of no use for a file, or for nobody.
class ErrorBodyTest : public http_test {
protected:
  /// Downloads to a file and to nowhere; both end with the same status, after
  /// so many tries.
  void expect_status(const http::session_options& options, std::uint32_t status,
                     std::uint32_t tries) {
    for (const auto& what : {to_file(server.url("/a"), folder.path(), "a"),
                             to_nowhere(server.url("/a"))}) {
      auto result = run(session(options), what);
      EXPECT_THAT(result, FailedWith(v1::ERRC_HTTP_STATUS));
      EXPECT_EQ(result.http_status(), status);
      EXPECT_EQ(result.attempts(), tries);
    }
  }

  scripted_server server;
};

} // namespace

TEST_F(ErrorBodyTest, APageWithoutEndIsNotReadOn) {
  server.on("/a", [](connection& c) {
    c.send("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (;;)
      c.send("2710\r\n" + std::string(10'000, 'x') + "\r\n");
  });
  expect_status(quick().timeout(2s), 404, 1);
}

TEST_F(ErrorBodyTest, APageThatIsCutShortIsTheAnswer) {
  for (auto body : {"", "not fou"}) {
    server.on("/a", [body](connection& c) {
      c.send("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n");
      c.send(body);
      c.close();
    });
    expect_status(quick(), 404, 1);
  }
}

TEST_F(ErrorBodyTest, APageThatStallsIsTheAnswer) {
  for (auto body : {"", "not fou"}) {
    server.on("/a", [body](connection& c) {
      c.send("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n");
      c.send(body);
      c.hold();
    });
    expect_status(quick().timeout(300ms), 404, 1);
  }
}

TEST_F(ErrorBodyTest, ABusyServerIsAskedAgainWhateverItsPage) {
  server.on("/a", [](connection& c) {
    c.send("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nbusy");
    c.close();
  });
  expect_status(quick(), 503, 3);
}

TEST_F(ErrorBodyTest, AShortPageKeepsTheConnection) {
  server.on("/none", respond(404, body_of(10'000)));
  server.on("/a", respond(200, "hello"));
  auto http = session();
  EXPECT_THAT(run(http, to_nowhere(server.url("/none"))),
              FailedWith(v1::ERRC_HTTP_STATUS));
  EXPECT_THAT(run(http, to_nowhere(server.url("/a"))), IsOk());
  EXPECT_EQ(server.all_connections(), 1U);
}

TEST_F(ErrorBodyTest, APageKeepsToTheRate) {
  server.on("/a", respond(404, body_of(60'000)));
  auto result =
    run(session(quick().rate(100'000)), to_nowhere(server.url("/a")));
  EXPECT_THAT(result, FailedWith(v1::ERRC_HTTP_STATUS));
  EXPECT_GE(result.elapsed_ms(), 300U);
}

TEST_F(ErrorBodyTest, ACancelIsNoAnswer) {
  server.on("/a", [](connection& c) {
    c.send("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot");
    c.hold();
  });
  auto group = start(session(), {to_nowhere(server.url("/a"))});
  ASSERT_TRUE(server.wait_for_requests(1));
  EXPECT_EQ(group.cancel().outcomes(0).state(), v1::TASK_STATE_CANCELLED);
}

} // namespace troupe::test
