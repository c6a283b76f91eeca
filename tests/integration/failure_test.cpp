#include "integration/http_fixture.hpp"
#include "support/nginx.hpp"
#include "support/scripted_server.hpp"

#include <array>
#include <csignal>
#include <ctime>
#include <sys/resource.h>
#include <sys/socket.h>

namespace troupe::test {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class FailureTest : public http_test {
protected:
  /// Downloads to a file, and expects that nothing remains of it.
  v1::DownloadResult fail(const http::session_options& options,
                          const std::string& url) {
    auto result = run(session(options), to_file(url, folder.path(), "a"));
    EXPECT_TRUE(result.has_error());
    EXPECT_THAT(folder.files(), IsEmpty());
    return result;
  }

  scripted_server server;
};

/// Fails with each of the answers, then gives a good one.
scripted_server::handler failing(std::vector<std::string> answers) {
  return [answers](connection& c) {
    auto number = c.request().number;
    c.send(number <= answers.size() ? answers[number - 1]
                                    : http_response(200, "good"));
  };
}

/// A time from now, as HTTP writes it.
std::string http_date(std::chrono::seconds from_now) {
  auto time = std::chrono::system_clock::to_time_t(
    std::chrono::system_clock::now() + from_now);
  tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text.data();
}

std::string head_of(std::size_t length) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(length)
         + "\r\n\r\n";
}

} // namespace

TEST_F(FailureTest, ABusyServerIsAskedAgain) {
  server.on("/a", failing({http_response(503, "x"), http_response(500, "y")}));
  auto result = run(to_file(server.url("/a"), folder.path(), "a"));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.attempts(), 3U);
  EXPECT_EQ(result.http_status(), 200U);
  EXPECT_EQ(folder.read("a"), "good");
}

TEST_F(FailureTest, TheServerSaysHowLongToWait) {
  for (auto status : {429, 503}) {
    auto path = numbered("/", static_cast<std::size_t>(status));
    server.on(path,
              failing({http_response(status, "x", {{"Retry-After", "1"}})}));
    auto result = run(to_memory(server.url(path)));
    EXPECT_THAT(result, IsOk());
    EXPECT_EQ(result.body(), "good");
    EXPECT_EQ(result.attempts(), 2U);
    EXPECT_GE(result.elapsed_ms(), 1000U);
  }
}

TEST_F(FailureTest, TheServerSaysUntilWhenToWait) {
  server.on("/soon", [](connection& c) {
    c.send(c.request().number == 1
             ? http_response(503, "x", {{"Retry-After", http_date(2s)}})
             : http_response(200, "good"));
  });
  auto result = run(to_memory(server.url("/soon")));
  EXPECT_EQ(result.body(), "good");
  EXPECT_GE(result.elapsed_ms(), 900U); // the date has no parts of a second
  server.on(
    "/past",
    failing({http_response(503, "x", {{"Retry-After", http_date(-1h)}})}));
  EXPECT_EQ(run(to_memory(server.url("/past"))).body(), "good");
  server.on("/late", respond(503, "x", {{"Retry-After", http_date(1h)}}));
  EXPECT_EQ(fail(quick(), server.url("/late")).attempts(), 1U);
}

TEST_F(FailureTest, ARequestThatTheServerDidNotAwaitIsSentAgain) {
  server.on("/a", failing({http_response(408, "slow")}));
  auto result = run(to_file(server.url("/a"), folder.path(), "a"));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.attempts(), 2U);
  EXPECT_EQ(folder.read("a"), "good");
}

TEST_F(FailureTest, AWaitPastTheLimitIsNotWaitedFor) {
  for (auto wait : {"3600", "99999999999999999999", "9223372036854775807"}) {
    auto path = std::string{"/"} + wait;
    server.on(path, respond(503, "x", {{"Retry-After", wait}}));
    auto result = fail(quick(), server.url(path));
    EXPECT_THAT(result, FailedWith(v1::ERRC_HTTP_STATUS));
    EXPECT_EQ(result.http_status(), 503U);
  }
}

TEST_F(FailureTest, TriesAreLimited) {
  server.on_other(respond(500, "broken"));
  auto result = fail(quick(), server.url("/a"));
  EXPECT_THAT(result, FailedWith(v1::ERRC_HTTP_STATUS));
  EXPECT_EQ(result.attempts(), 3U);
  auto answer = run(to_memory(server.url("/b")));
  EXPECT_THAT(answer, IsOk());
  EXPECT_EQ(answer.http_status(), 500U);
  EXPECT_EQ(answer.body(), "broken");
  EXPECT_EQ(answer.attempts(), 3U);
  auto once = to_memory(server.url("/c"));
  once.set_retries(0);
  EXPECT_EQ(run(once).attempts(), 1U);
  EXPECT_EQ(server.requests().size(), 7U);
}

TEST_F(FailureTest, ARefusedConnectionIsUnavailable) {
  auto closed = listen_on_loopback();
  closed.socket.reset();
  auto result = fail(quick(), numbered("http://127.0.0.1:", closed.port));
  EXPECT_THAT(result, FailedWith(v1::ERRC_UNAVAILABLE));
  EXPECT_EQ(result.attempts(), 3U);
}

TEST_F(FailureTest, AnUnknownNameIsUnavailable) {
  std::vector<v1::Download> list(20, to_memory("http://nowhere.invalid/"));
  for (const auto& result : run(session(quick().retries(1)), list)) {
    EXPECT_THAT(result, FailedWith(v1::ERRC_UNAVAILABLE));
    EXPECT_EQ(result.attempts(), 2U);
  }
}

TEST_F(FailureTest, ABodyCutShortIsUnavailable) {
  server.on("/close", [](connection& c) {
    c.send(head_of(1'000'000));
    c.send(body_of(600'000));
    c.close();
  });
  server.on("/reset", [](connection& c) {
    c.send(head_of(1'000'000));
    c.send(body_of(600'000));
    c.reset();
  });
  server.on("/chunks", [](connection& c) {
    c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello");
    c.close();
  });
  server.on("/nothing", [](connection& c) { c.close(); });
  for (auto path : {"/close", "/reset", "/chunks", "/nothing"}) {
    auto result = fail(quick(), server.url(path));
    EXPECT_THAT(result, FailedWith(v1::ERRC_UNAVAILABLE)) << path;
    EXPECT_EQ(result.attempts(), 3U) << path;
  }
}

TEST_F(FailureTest, AnotherTryBeginsTheFileAnew) {
  auto body = body_of(700'000);
  server.on("/a", [body](connection& c) {
    c.send(head_of(body.size()));
    if (c.request().number == 1) {
      c.send(std::string(600'000, '#'));
      c.close();
    } else {
      c.send(body);
    }
  });
  auto result = run(to_file(server.url("/a"), folder.path(), "a"));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.attempts(), 2U);
  EXPECT_EQ(result.bytes(), body.size());
  EXPECT_TRUE(folder.read("a") == body);
}

TEST_F(FailureTest, AFileForWhichThereIsNoRoomIsAnError) {
  server.on_other(respond(200, body_of(1'000'000)));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto low = before;
  low.rlim_cur = 300'000;
  auto* handler = std::signal(SIGXFSZ, SIG_IGN); // or it would end the tests
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &low), 0);
  auto result = fail(quick(), server.url("/a"));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(result, FailedWith(v1::ERRC_FILE_ERROR));
  EXPECT_THAT(result.error().message(),
              HasSubstr("cannot write \"" + (folder / "a").string()));
  EXPECT_EQ(result.attempts(), 1U);
}

TEST_F(FailureTest, AnswersAgainstTheProtocolAreRefused) {
  const std::vector<std::string> answers{
    "garbage\r\n\r\n",
    "just a body, as of HTTP/0.9",
    "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n",
    "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1/\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: http://[bad\r\n\r\n",
  };
  for (const auto& answer : answers) {
    server.on_other([answer](connection& c) {
      c.send(answer);
      c.close();
    });
    auto result = fail(quick().retries(0), server.url("/a"));
    EXPECT_THAT(code_of(result),
                testing::AnyOf(v1::ERRC_PROTOCOL_ERROR, v1::ERRC_UNAVAILABLE))
      << answer << result.ShortDebugString();
  }
}

TEST_F(FailureTest, APartThatNobodyAskedForIsNoFile) {
  server.on_other([](connection& c) {
    c.send(http_response(206, "hello", {{"Content-Range", "bytes 0-4/9"}}));
  });
  EXPECT_THAT(run(to_file(server.url(), folder.path(), "a")),
              FailedWith(v1::ERRC_PROTOCOL_ERROR));
  EXPECT_THAT(folder.files(), IsEmpty());
  auto asked = to_file(server.url(), folder.path(), "b");
  auto& range = *asked.add_headers();
  range.set_name("range");
  range.set_value("bytes=0-4");
  EXPECT_THAT(run(asked), IsOk());
  EXPECT_THAT(run(session(quick().header("Range: bytes=0-4")),
                  to_file(server.url(), folder.path(), "c")),
              IsOk());
}

TEST_F(FailureTest, HeadersWithoutEndAreRefused) {
  server.on("/headers", [](connection& c) {
    c.send("HTTP/1.1 200 OK\r\n");
    for (;;)
      c.send("X-Long: " + std::string(50'000, 'x') + "\r\n");
  });
  server.on("/answers", [](connection& c) {
    for (;;)
      c.send("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n");
  });
  for (auto path : {"/headers", "/answers"})
    EXPECT_THAT(fail(quick().retries(0), server.url(path)),
                FailedWith(v1::ERRC_PROTOCOL_ERROR));
}

TEST_F(FailureTest, AStallIsTimedOut) {
  server.on("/head", [](connection& c) { c.hold(); });
  server.on("/body", [](connection& c) {
    c.send(head_of(1'000'000) + body_of(200'000));
    c.hold();
  });
  server.on("/slow", [](connection& c) {
    c.send(head_of(1'000));
    c.drip(body_of(1'000), 20ms);
  });
  auto options = quick().retries(0).low_speed(1000).low_speed_time(300ms);
  for (auto path : {"/head", "/body", "/slow"}) {
    auto result = fail(options, server.url(path));
    EXPECT_THAT(result, FailedWith(v1::ERRC_TIMED_OUT)) << path;
    EXPECT_THAT(result.error().message(), HasSubstr("slower than 1000"));
    EXPECT_LT(result.elapsed_ms(), 5000U);
  }
}

TEST_F(FailureTest, ATryHasATimeout) {
  server.on_other([](connection& c) {
    c.send(head_of(1'000'000));
    c.drip(body_of(1'000'000), 1ms);
  });
  auto result = fail(quick().retries(1).timeout(300ms), server.url("/a"));
  EXPECT_THAT(result, FailedWith(v1::ERRC_TIMED_OUT));
  EXPECT_THAT(result.error().message(), HasSubstr("after 300 ms"));
  EXPECT_EQ(result.attempts(), 2U);
}

TEST_F(FailureTest, AConnectionHasATimeout) {
  auto silent = listen_on_loopback(); // TLS never answers
  auto result = fail(quick().retries(0).connect_timeout(200ms),
                     numbered("https://127.0.0.1:", silent.port));
  EXPECT_THAT(result, FailedWith(v1::ERRC_TIMED_OUT));
}

TEST_F(FailureTest, RedirectsAreFollowed) {
  nginx files;
  files.add_file("a.txt", "hello");
  auto result = run(to_memory(files.url("/redirect/a.txt")));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.body(), "hello");
  EXPECT_EQ(result.url(), files.url("/redirect/a.txt"));
  EXPECT_EQ(result.effective_url(), files.url("/a.txt"));
}

TEST_F(FailureTest, RedirectsWithoutEndAreRefused) {
  nginx files;
  auto result = fail(quick(), files.url("/loop"));
  EXPECT_THAT(result, FailedWith(v1::ERRC_PROTOCOL_ERROR));
  EXPECT_EQ(result.attempts(), 1U);
}

TEST_F(FailureTest, ARedirectElsewhereTakesNoAuthorizationAlong) {
  scripted_server other;
  other.on_other(respond(200, "ok"));
  server.on_other(respond(302, "", {{"Location", other.url("/b")}}));
  auto what = to_memory(server.url("/a"));
  auto& header = *what.add_headers();
  header.set_name("Authorization");
  header.set_value("Bearer secret");
  EXPECT_THAT(run(what), IsOk());
  EXPECT_TRUE(server.requests().at(0).has_header("Authorization"));
  EXPECT_FALSE(other.requests().at(0).has_header("Authorization"));
}

TEST_F(FailureTest, WhatIsNoUrlOfHttpIsRefused) {
  for (auto url : {"", "nonsense", "http://", "ftp://127.0.0.1/a",
                   "file:///etc/passwd", "http://a b/", "http://[1/"}) {
    auto result = fail(quick(), url);
    EXPECT_THAT(result, FailedWith(v1::ERRC_INVALID_ARGUMENT)) << url;
    EXPECT_THAT(result.error().message(), HasSubstr(url));
    EXPECT_EQ(result.attempts(), 0U);
  }
}

TEST_F(FailureTest, ErrorsDoNotTellPasswords) {
  auto closed = listen_on_loopback();
  closed.socket.reset();
  auto port = std::to_string(closed.port);
  server.on_other(respond(404, ""));
  for (const auto& url : std::vector<std::string>{
         "http://me:secret@127.0.0.1:" + port + "/", "ftp://me:secret@host/",
         "me:secret@host", "http://me:sec/secret@host:x/", "http://me:secret@",
         "http://me:secret@127.0.0.1:" + std::to_string(server.port())}) {
    auto result = fail(quick(), url);
    EXPECT_THAT(result.error().message(), Not(HasSubstr("secret"))) << url;
    EXPECT_THAT(result.error().message(), Not(IsEmpty()));
  }
}

} // namespace troupe::test
