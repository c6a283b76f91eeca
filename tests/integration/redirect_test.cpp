// Redirects, each of which is a transfer of the host that it leads to.
#include "integration/http_fixture.hpp"
#include "support/nginx.hpp"
#include "support/scripted_server.hpp"
#include "support/test_ca.hpp"

#include <algorithm>
#include <array>
#include <atomic>

namespace troupe::test {

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RedirectTest : public http_test {
protected:
  RedirectTest() {
    server.on_other([](connection& c) {
      auto path = c.request().path();
      auto left = std::stoi(path.substr(path.rfind('/') + 1));
      if (left == 0)
        c.send(http_response(200, "hello"));
      else
        c.send(http_response(302, "elsewhere",
                             {{"Location", std::to_string(left - 1)}}));
    });
  }

  /// A URL from which so many redirects lead to "hello".
  std::string chain(int length, const std::string& dir = "/") const {
    return server.url(dir + std::to_string(length));
  }

  v1::DownloadResult run_limited(std::uint32_t limit, const std::string& url) {
    auto what = to_memory(url);
    what.set_max_redirects(limit);
    return run(what);
  }

  std::vector<std::string> targets() const {
    std::vector<std::string> result;
    for (const auto& request : server.requests())
      result.push_back(request.target);
    return result;
  }

  scripted_server server;
};

void add_header(v1::Download& what, const std::string& name,
                const std::string& value) {
  auto& header = *what.add_headers();
  header.set_name(name);
  header.set_value(value);
}

void add_secrets(v1::Download& what) {
  for (auto name : {"Authorization", "Cookie", "Proxy-Authorization"})
    add_header(what, name, "secret");
  add_header(what, "Host", "secret.example.org");
  add_header(what, "X-Other", "open");
}

/// How many of the secrets a request has.
int secrets_in(const http_request& request) {
  auto count = request.header("Host") == "secret.example.org" ? 1 : 0;
  for (auto name : {"Authorization", "Cookie", "Proxy-Authorization"})
    count += request.header(name) == "secret" ? 1 : 0;
  return count;
}

} // namespace

TEST_F(RedirectTest, TheyAreCounted) {
  auto result = run(to_memory(chain(3)));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.body(), "hello");
  EXPECT_EQ(result.redirects(), 3U);
  EXPECT_EQ(result.attempts(), 1U);
  EXPECT_EQ(result.url(), chain(3));
  EXPECT_EQ(result.effective_url(), chain(0));
  EXPECT_EQ(run(to_memory(chain(0))).redirects(), 0U);
}

TEST_F(RedirectTest, EachMayBeTheLastAnswer) {
  auto result = run_limited(0, chain(3));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.http_status(), 302U);
  EXPECT_EQ(result.body(), "elsewhere");
  EXPECT_EQ(result.redirects(), 0U);
  EXPECT_TRUE(std::any_of(
    result.headers().begin(), result.headers().end(),
    [](const auto& x) { return x.name() == "Location" && x.value() == "2"; }));
  auto none = session(quick().max_redirects(0));
  EXPECT_EQ(run(none, to_memory(chain(1))).http_status(), 302U);
  auto file = run(none, to_file(chain(1), folder.path()));
  EXPECT_THAT(file, FailedWith(v1::ERRC_HTTP_STATUS));
  EXPECT_THAT(folder.files(), IsEmpty());
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST_F(RedirectTest, MoreThanTheLimitFail) {
  EXPECT_THAT(run_limited(3, chain(3)), IsOk());
  auto result = run_limited(2, chain(3));
  EXPECT_THAT(result, FailedWith(v1::ERRC_PROTOCOL_ERROR));
  EXPECT_EQ(result.error().message(),
            "too many redirects: the limit is 2, and the next leads to \""
              + chain(0) + '"');
  EXPECT_EQ(result.redirects(), 2U);
  EXPECT_EQ(result.attempts(), 1U); // another one would not help
  EXPECT_THAT(run(to_memory(chain(20))), IsOk());
  EXPECT_THAT(run(to_memory(chain(21))), FailedWith(v1::ERRC_PROTOCOL_ERROR));
}

TEST_F(RedirectTest, AnAnswerWithoutAPlaceIsTheLast) {
  server.on("/none", respond(302, "nowhere"));
  server.on("/empty", respond(302, "nowhere", {{"Location", ""}}));
  server.on("/created", respond(201, "there", {{"Location", "/0"}}));
  server.on("/same", respond(304, "", {{"Location", "/0"}}));
  EXPECT_EQ(run(to_memory(server.url("/none"))).body(), "nowhere");
  EXPECT_EQ(run(to_memory(server.url("/empty"))).http_status(), 302U);
  EXPECT_EQ(run(to_memory(server.url("/created"))).body(), "there");
  EXPECT_EQ(run(to_memory(server.url("/same"))).http_status(), 304U);
}

// With 5 in a second 45 went out, when libcurl followed them.
TEST_F(RedirectTest, EachCountsAsAStart) {
  auto before = std::chrono::steady_clock::now();
  auto result = run(session(quick().starts_per_host(20)), to_memory(chain(6)));
  EXPECT_THAT(result, IsOk());
  EXPECT_GE(std::chrono::steady_clock::now() - before, 300ms);
  EXPECT_LT(result.elapsed_ms(), 200U); // what it waited does not count
}

TEST_F(RedirectTest, AFurtherTryCountsAsAStart) {
  server.on("/busy", respond(503, ""));
  auto before = std::chrono::steady_clock::now();
  auto result = run(session(quick().retries(6).starts_per_host(20)),
                    to_nowhere(server.url("/busy")));
  EXPECT_THAT(result, FailedWith(v1::ERRC_HTTP_STATUS));
  EXPECT_EQ(result.attempts(), 7U);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 300ms);
}

TEST_F(RedirectTest, TheLimitOfAHostHoldsForThoseThatWereSentThere) {
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  scripted_server target;
  target.on_other([&](connection& c) {
    auto count = ++now;
    for (auto before = most.load();
         before < count && !most.compare_exchange_weak(before, count);)
      ;
    c.pause(5ms);
    --now;
    c.send(http_response(200, "x"));
  });
  std::array<scripted_server, 4> senders;
  std::vector<v1::Download> list;
  for (auto& sender : senders) {
    sender.on_other(respond(302, "", {{"Location", target.url("/a")}}));
    list.insert(list.end(), 10, to_nowhere(sender.url("/a")));
  }
  for (const auto& result : run(session(quick().per_host(3)), list))
    EXPECT_THAT(result, IsOk());
  EXPECT_LE(most, 3);
  EXPECT_EQ(target.requests().size(), 40U);
}

TEST_F(RedirectTest, WhatWasBegunGoesOnBeforeMoreBegins) {
  std::vector<v1::Download> list;
  for (auto dir : {"/a/", "/b/", "/c/"})
    list.push_back(to_nowhere(chain(2, dir)));
  for (const auto& result : run(session(quick().jobs(1)), list))
    EXPECT_THAT(result, IsOk());
  auto seen = targets();
  ASSERT_EQ(seen.size(), 9U);
  for (std::size_t i = 0; i != seen.size(); ++i)
    EXPECT_EQ(seen[i],
              seen[i / 3 * 3].substr(0, 3) + std::to_string(2 - i % 3));
}

TEST_F(RedirectTest, AFurtherTryBeginsWhereTheFirstOneDid) {
  server.on("/a", respond(302, "", {{"Location", "/b"}}));
  server.on("/b", [](connection& c) {
    c.send(c.request().number == 1 ? http_response(503, "")
                                   : http_response(200, "hello"));
  });
  auto result = run(to_memory(server.url("/a")));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.attempts(), 2U);
  EXPECT_EQ(result.redirects(), 1U);
  EXPECT_THAT(targets(), ElementsAre("/a", "/b", "/a", "/b"));
}

TEST_F(RedirectTest, SecretsStayWithTheFirstHost) {
  scripted_server other;
  other.on_other(respond(307, "", {{"Location", server.url("/0")}}));
  server.on("/a", respond(301, "", {{"Location", server.url("/b")}}));
  server.on("/b", respond(308, "", {{"Location", other.url("/c")}}));
  auto what = to_memory(server.url("/a"));
  add_secrets(what);
  auto result = run(what);
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.redirects(), 3U);
  auto seen = server.requests();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(secrets_in(seen[0]), 4);
  EXPECT_EQ(secrets_in(seen[1]), 4);
  EXPECT_EQ(secrets_in(other.requests().at(0)), 0);
  EXPECT_EQ(secrets_in(seen[2]), 0) << "the other host sent it back";
  EXPECT_EQ(seen[2].header("X-Other"), "open");
  EXPECT_EQ(other.requests().at(0).header("X-Other"), "open");
}

TEST_F(RedirectTest, SecretsOfTheSessionStayWithTheFirstHost) {
  scripted_server other;
  other.on_other(respond(200, "ok"));
  server.on("/a", respond(302, "", {{"Location", other.url("/")}}));
  auto http = session(quick().header("Cookie: secret"));
  EXPECT_THAT(run(http, to_memory(server.url("/a"))), IsOk());
  EXPECT_THAT(run(http, to_memory(other.url("/own"))), IsOk());
  EXPECT_EQ(secrets_in(server.requests().at(0)), 1);
  EXPECT_EQ(secrets_in(other.requests().at(0)), 0);
  EXPECT_EQ(secrets_in(other.requests().at(1)), 1);
}

TEST_F(RedirectTest, ThePasswordInAUrlStaysWithItsHost) {
  scripted_server other;
  other.on_other(respond(200, "ok"));
  server.on("/a", respond(302, "", {{"Location", server.url("/b")}}));
  server.on("/b", respond(302, "", {{"Location", other.url("/c")}}));
  auto url = server.url("/a").insert(7, "user:secret@");
  EXPECT_THAT(run(to_memory(url)), IsOk());
  EXPECT_TRUE(server.requests("/a").at(0).has_header("Authorization"));
  EXPECT_TRUE(server.requests("/b").at(0).has_header("Authorization"));
  EXPECT_FALSE(other.requests().at(0).has_header("Authorization"));
}

TEST_F(RedirectTest, TheBodyOfARedirectIsNoneOfTheFile) {
  server.on("/long", respond(302, body_of(1'000'000), {{"Location", "/f"}}));
  server.on("/cut", [](connection& c) {
    c.send("HTTP/1.1 302 Found\r\nLocation: /f\r\nContent-Length: 9\r\n\r\nx");
    c.close();
  });
  server.on("/f",
            respond(200, "hello",
                    {{"Content-Disposition", "attachment; filename=\"g\""}}));
  auto named = to_file(server.url("/long"), folder.path(), "a");
  auto& checksum = *named.mutable_checksum();
  checksum.set_algorithm(v1::CHECKSUM_ALGORITHM_MD5);
  checksum.set_hex("5d41402abc4b2a76b9719d911017c592");
  auto result = run(named);
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.bytes(), 5U);
  EXPECT_THAT(run(to_file(server.url("/cut"), folder.path())), IsOk());
  EXPECT_THAT(run(to_file(chain(1), folder.path())), IsOk());
  EXPECT_THAT(folder.files(), testing::UnorderedElementsAre("a", "g", "0"));
  EXPECT_EQ(folder.read("a"), "hello");
  EXPECT_EQ(folder.read("g"), "hello");
}

TEST_F(RedirectTest, TheTimeoutIsThatOfAllOfATry) {
  server.on_other([](connection& c) {
    c.pause(100ms);
    c.send(http_response(302, "", {{"Location", "/more"}}));
  });
  auto result = run(session(quick().retries(0).timeout(350ms)),
                    to_memory(server.url("/more")));
  EXPECT_THAT(result, FailedWith(v1::ERRC_TIMED_OUT));
  EXPECT_GE(result.elapsed_ms(), 350U);
  EXPECT_LT(result.redirects(), 5U);
}

TEST_F(RedirectTest, TheyLeadFromPlainToTlsAndBack) {
  temp_dir keys;
  test_ca ca{keys.path()};
  nginx files{nginx_options{}.tls(ca.server())};
  files.add_file("a", "hello");
  auto http = session(quick().ca_file(ca.ca_file().string()));
  auto there = run(http, to_memory(files.url("/to-tls/a")));
  EXPECT_THAT(there, IsOk());
  EXPECT_THAT(there.effective_url(), HasSubstr("https://localhost"));
  auto back = run(http, to_memory(files.tls_url("/to-plain/a")));
  EXPECT_THAT(back, IsOk());
  EXPECT_EQ(back.body(), "hello");
}

TEST_F(RedirectTest, TheySurvivePausesAtAnyTime) {
  std::vector<v1::Download> list;
  for (std::size_t i = 0; i != 40; ++i)
    list.push_back(to_file(chain(8, numbered("/d", i) + '/'), folder.path(),
                           numbered("f", i)));
  auto group = start(session(quick().jobs(6).retries(0)), list);
  for (int i = 0; i != 30; ++i) {
    group.pause();
    group.resume();
  }
  for (const auto& result : group.results()) {
    EXPECT_THAT(result, IsOk());
    EXPECT_EQ(result.redirects(), 8U);
  }
  EXPECT_EQ(folder.files().size(), list.size());
}

TEST_F(RedirectTest, NoneIsFollowedWhileTheGroupIsPaused) {
  gate opened;
  server.on("/held", [opened](connection& c) {
    c.wait(opened);
    c.send(http_response(302, "", {{"Location", "/0"}}));
  });
  auto group = start(session(), {to_memory(server.url("/held"))});
  ASSERT_TRUE(server.wait_for_requests("/held", 1));
  group.pause();
  opened.open();
  auto count = [this]() -> std::uint64_t { return server.requests().size(); };
  EXPECT_TRUE(stays(count, 200ms));
  group.resume();
  EXPECT_THAT(group.results().at(0), IsOk());
  EXPECT_EQ(count(), 2U);
}

TEST_F(RedirectTest, ACancelEndsThoseThatAreRedirectedWithoutEnd) {
  server.on_other(respond(302, "", {{"Location", "/more"}}));
  std::vector<v1::Download> list(10, to_nowhere(server.url("/more")));
  for (auto& what : list)
    what.set_max_redirects(1'000'000);
  auto http = session(quick().jobs(4));
  auto group = start(http, list);
  ASSERT_TRUE(server.wait_for_requests(100));
  group.cancel();
  for (const auto& result : group.results())
    EXPECT_THAT(result, FailedWith(v1::ERRC_CANCELLED));
  server.on("/0", respond(200, "hello"));
  EXPECT_THAT(run(http, to_memory(chain(0))), IsOk());
}

TEST_F(RedirectTest, TheElapsedTimeIsTheTransfersOwn) {
  server.on("/slow", [](connection& c) {
    c.pause(600ms);
    c.send(http_response(200, "x"));
  });
  auto http = session(quick().jobs(1));
  auto group = start(http, {to_memory(server.url("/slow"))});
  ASSERT_TRUE(server.wait_for_requests("/slow", 1));
  auto before = std::chrono::steady_clock::now();
  auto result = run(http, to_memory(chain(0)));
  auto waited = std::chrono::steady_clock::now() - before;
  EXPECT_LT(result.elapsed_ms() * 1ms, waited - 200ms) << "the queue counts";
  EXPECT_GE(group.results().at(0).elapsed_ms(), 600U);
}

} // namespace troupe::test
