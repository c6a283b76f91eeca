#include "integration/http_fixture.hpp"
#include "support/nginx.hpp"
#include "support/scripted_server.hpp"
#include "support/test_ca.hpp"

namespace troupe::test {

namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class DownloadTest : public http_test {};

class TlsDownloadTest : public http_test {
protected:
  temp_dir keys;
  test_ca ca{keys.path()};
  nginx server{nginx_options{}.tls(ca.server()).access_log(true)};

  http::session_options trusting() const {
    return quick().ca_file(ca.ca_file().string());
  }
};

} // namespace

TEST_F(DownloadTest, ABodyComesToMemory) {
  nginx server;
  server.add_file("a.txt", "hello");
  auto result = run(to_memory(server.url("/a.txt")));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.body(), "hello");
  EXPECT_EQ(result.http_status(), 200U);
  EXPECT_EQ(result.bytes(), 5U);
  EXPECT_EQ(result.attempts(), 1U);
  EXPECT_EQ(result.url(), server.url("/a.txt"));
  EXPECT_EQ(result.effective_url(), server.url("/a.txt"));
  EXPECT_EQ(result.content_type(), "application/octet-stream");
  EXPECT_FALSE(result.length_unverified());
  EXPECT_FALSE(result.has_checksum());
}

TEST_F(DownloadTest, ABodyComesToAFile) {
  nginx server;
  auto body = body_of(3'000'000);
  server.add_file("a.bin", body);
  auto result = run(to_file(server.url("/a.bin"), folder.path(), "b.bin"));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.path(), (folder / "b.bin").string());
  EXPECT_EQ(result.bytes(), body.size());
  EXPECT_TRUE(folder.read("b.bin") == body);
  EXPECT_THAT(folder.files(), testing::ElementsAre("b.bin"));
  EXPECT_FALSE(result.has_checksum());
}

TEST_F(DownloadTest, ABodyIsReadAndThrownAway) {
  nginx server;
  server.add_file("a", body_of(100'000));
  auto result = run(to_nowhere(server.url("/a")));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.bytes(), 100'000U);
  EXPECT_THAT(result.body(), IsEmpty());
}

TEST_F(DownloadTest, AnEmptyBodyMakesAnEmptyFile) {
  nginx server;
  server.add_file("empty", "");
  auto result = run(to_file(server.url("/empty"), folder.path(), "e"));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(folder.read("e"), "");
}

TEST_F(DownloadTest, ARequestIsAnsweredWithoutAGroup) {
  nginx server;
  server.add_file("a.txt", "hello");
  caf::scoped_actor self{*system};
  auto http = session();
  self->request(http.handle(), patience, to_memory(server.url("/a.txt")))
    .receive([](v1::DownloadResult& x) { EXPECT_EQ(x.body(), "hello"); },
             [](caf::error& x) { FAIL() << to_string(from_caf(x)); });
  self->request(http.handle(), patience, to_memory("nonsense"))
    .receive(
      [](v1::DownloadResult& x) {
        EXPECT_THAT(x, FailedWith(v1::ERRC_INVALID_ARGUMENT));
      },
      [](caf::error& x) { FAIL() << to_string(from_caf(x)); });
}

TEST_F(DownloadTest, ALongerBodyThanTheLimitIsRefused) {
  nginx server;
  server.add_file("a", body_of(100'000));
  auto result = run(to_memory(server.url("/a"), 99'999));
  EXPECT_THAT(result, FailedWith(v1::ERRC_TOO_LARGE));
  EXPECT_THAT(result.error().message(), HasSubstr("99999 bytes"));
  EXPECT_THAT(result.body(), IsEmpty());
  EXPECT_EQ(result.attempts(), 1U);
  EXPECT_THAT(run(to_memory(server.url("/a"), 100'000)), IsOk());
}

TEST_F(DownloadTest, ACompressedBodyIsUnpackedInMemoryWithinTheLimit) {
  nginx server;
  server.add_file("zeros", std::string(1'000'000, '0'));
  auto result = run(to_memory(server.url("/gzip/zeros")));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.body().size(), 1'000'000U);
  EXPECT_THAT(run(to_memory(server.url("/gzip/zeros"), 100'000)),
              FailedWith(v1::ERRC_TOO_LARGE));
}

TEST_F(DownloadTest, AnErrorPageDoesNotBecomeAFile) {
  nginx server;
  auto result = run(to_file(server.url("/status/404"), folder.path(), "a"));
  EXPECT_THAT(result, FailedWith(v1::ERRC_HTTP_STATUS));
  EXPECT_EQ(result.http_status(), 404U);
  EXPECT_EQ(result.attempts(), 1U);
  EXPECT_THAT(result.path(), IsEmpty());
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST_F(DownloadTest, AnErrorPageInMemoryIsAnAnswer) {
  nginx server;
  auto result = run(to_memory(server.url("/status/404")));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.http_status(), 404U);
  EXPECT_THAT(result.body(), HasSubstr("404"));
  EXPECT_FALSE(result.headers().empty());
}

TEST_F(DownloadTest, AnswersWithoutABodyAreFine) {
  nginx server;
  auto result = run(to_memory(server.url("/status/204")));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.http_status(), 204U);
  EXPECT_FALSE(result.length_unverified());
}

TEST_F(DownloadTest, ABodyWithoutALengthIsMarked) {
  scripted_server server;
  server.on("/a", [](connection& c) {
    c.send("HTTP/1.1 200 OK\r\n\r\nhello");
    c.close();
  });
  auto result = run(to_memory(server.url("/a")));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.body(), "hello");
  EXPECT_TRUE(result.length_unverified());
}

TEST_F(DownloadTest, HeadersAreSent) {
  scripted_server server;
  server.on_other(respond(200, "ok"));
  auto what = to_memory(server.url("/a"));
  auto add = [&](const char* name, const char* value) {
    auto& header = *what.add_headers();
    header.set_name(name);
    header.set_value(value);
  };
  add("X-Own", "1");
  add("X-Empty", "");
  auto http = session(quick().header("X-All: 2").user_agent("agent/7"));
  EXPECT_THAT(run(http, what), IsOk());
  EXPECT_THAT(run(http, to_memory(server.url("/b"))), IsOk());
  auto first = server.requests("/a").at(0);
  EXPECT_EQ(first.header("X-Own"), "1");
  EXPECT_TRUE(first.has_header("X-Empty"));
  EXPECT_EQ(first.header("X-All"), "2");
  EXPECT_EQ(first.header("User-Agent"), "agent/7");
  auto second = server.requests("/b").at(0);
  EXPECT_FALSE(second.has_header("X-Own"));
  EXPECT_EQ(second.header("X-All"), "2");
}

TEST_F(DownloadTest, AHeaderOfSeveralLinesIsRefused) {
  auto what = to_memory("http://127.0.0.1:1/");
  auto& header = *what.add_headers();
  header.set_name("X-A");
  header.set_value("1\r\nX-B: 2");
  EXPECT_THAT(run(what), FailedWith(v1::ERRC_INVALID_ARGUMENT));
}

TEST_F(DownloadTest, ManyFilesComeOverFewConnections) {
  nginx server;
  std::vector<v1::Download> list;
  for (std::size_t i = 0; i < 200; ++i) {
    auto name = numbered("f", i);
    server.add_file(name, name);
    list.push_back(to_file(server.url(numbered("/f", i)), folder.path(), name));
  }
  auto results = run(session(), list);
  ASSERT_EQ(results.size(), list.size());
  for (std::size_t i = 0; i < 200; ++i) {
    auto name = numbered("f", i);
    EXPECT_THAT(results[i], IsOk());
    EXPECT_EQ(folder.read(name), name);
  }
}

TEST_F(DownloadTest, ProgressCountsAllBytesInTheEnd) {
  nginx server;
  server.add_file("a", body_of(1000));
  auto group = start(
    session(), {to_nowhere(server.url("/a")), to_nowhere(server.url("/a"))});
  EXPECT_FALSE(group.join().has_error());
  EXPECT_EQ(group.progress().bytes(), 2000U);
}

TEST_F(TlsDownloadTest, ACertificateOfATrustedAuthorityIsAccepted) {
  server.add_file("a.txt", "hello");
  auto result =
    run(session(trusting().http1(true)), to_memory(server.tls_url("/a.txt")));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.body(), "hello");
  ASSERT_TRUE(server.wait_for_log(2)); // the first line is not ours
  EXPECT_THAT(server.log().at(1), HasSubstr("HTTP/1.1"));
}

TEST_F(TlsDownloadTest, AnUnknownAuthorityIsRefused) {
  auto result = run(to_memory(server.tls_url("/a.txt")));
  EXPECT_THAT(result, FailedWith(v1::ERRC_TLS_ERROR));
  EXPECT_EQ(result.attempts(), 1U);
  EXPECT_EQ(result.http_status(), 0U);
}

TEST_F(TlsDownloadTest, AFileWithoutCertificatesIsNamed) {
  auto file = folder.write("none.pem", "nothing").string();
  auto result =
    run(session(quick().ca_file(file)), to_memory(server.tls_url("/a.txt")));
  EXPECT_THAT(result, FailedWith(v1::ERRC_TLS_ERROR));
  EXPECT_THAT(result.error().message(), HasSubstr(file));
}

TEST_F(TlsDownloadTest, ACertificateForAnotherHostIsRefused) {
  nginx other{nginx_options{}.tls(ca.wrong_host())};
  EXPECT_THAT(run(session(trusting()), to_memory(other.tls_url("/"))),
              FailedWith(v1::ERRC_TLS_ERROR));
}

TEST_F(TlsDownloadTest, AnExpiredCertificateIsRefused) {
  nginx other{nginx_options{}.tls(ca.expired())};
  EXPECT_THAT(run(session(trusting()), to_memory(other.tls_url("/"))),
              FailedWith(v1::ERRC_TLS_ERROR));
}

TEST_F(TlsDownloadTest, Http2SharesAConnection) {
  std::vector<v1::Download> list;
  for (std::size_t i = 0; i < 40; ++i)
    list.push_back(
      to_file(server.tls_url("/a.bin"), folder.path(), numbered("f", i)));
  auto body = body_of(200'000);
  server.add_file("a.bin", body);
  auto results = run(session(trusting().loops(1)), list);
  for (const auto& result : results)
    EXPECT_THAT(result, IsOk());
  for (const auto& name : folder.files())
    EXPECT_TRUE(folder.read(name) == body) << name;
  ASSERT_TRUE(server.wait_for_log(41)); // the first line is not ours
  auto log = server.log();
  for (std::size_t i = 1; i <= 40; ++i)
    EXPECT_THAT(log.at(i), HasSubstr("HTTP/2.0"));
  auto connection = [](const std::string& line) {
    return line.substr(line.rfind(' '));
  };
  EXPECT_EQ(connection(log.at(1)), connection(log.at(40)));
}

} // namespace troupe::test
