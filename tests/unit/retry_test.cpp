#include "troupe/http/detail/curl_errors.hpp"
#include "troupe/http/retry.hpp"

#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace troupe::http {

namespace {

using namespace std::chrono_literals;

session_options options() {
  return session_options{}.backoff(100ms).backoff_limit(1s).retry_after_limit(
    60s);
}

failed_try lost_connection() {
  return {{errc::unavailable, "lost"}, true, 0, duration::zero()};
}

failed_try answered(std::uint32_t status, duration retry_after = 0s) {
  return {{errc::http_status, "status"}, false, status, retry_after};
}

} // namespace

TEST(RetryTest, TheBoundDoublesUpToTheLimit) {
  auto bound = [&](std::uint32_t tries) {
    return next_try(options(), tries, 1000, lost_connection(), 1.0).value();
  };
  EXPECT_EQ(bound(1), 100ms);
  EXPECT_EQ(bound(2), 200ms);
  EXPECT_EQ(bound(3), 400ms);
  EXPECT_EQ(bound(4), 800ms);
  EXPECT_EQ(bound(5), 1s);
  EXPECT_EQ(bound(900), 1s);
}

TEST(RetryTest, TheWaitIsDrawnFromZeroToTheBound) {
  auto wait = [&](double random) {
    return next_try(options(), 2, 5, lost_connection(), random).value();
  };
  EXPECT_EQ(wait(0.0), 0ms);
  EXPECT_EQ(wait(0.5), 100ms);
  EXPECT_EQ(wait(0.25), 50ms);
}

TEST(RetryTest, AWaitMayBeForever) {
  auto patient = options().backoff(forever).backoff_limit(forever);
  EXPECT_EQ(next_try(patient, 60, 100, lost_connection(), 1.0), forever);
}

TEST(RetryTest, TriesAreCounted) {
  EXPECT_TRUE(next_try(options(), 2, 2, lost_connection(), 0));
  EXPECT_FALSE(next_try(options(), 3, 2, lost_connection(), 0));
  EXPECT_FALSE(next_try(options(), 1, 0, lost_connection(), 0));
}

TEST(RetryTest, TheServersWaitIsTheShortest) {
  EXPECT_EQ(next_try(options(), 1, 5, answered(503, 7s), 0.0), 7s);
  EXPECT_EQ(next_try(options(), 1, 5, answered(429, 1ms), 1.0), 100ms);
}

TEST(RetryTest, PastTheLimitNobodyWaits) {
  EXPECT_TRUE(next_try(options(), 1, 5, answered(503, 60s), 0));
  EXPECT_FALSE(next_try(options(), 1, 5, answered(503, 61s), 0));
}

TEST(RetryTest, SomeAnswersMayChange) {
  for (std::uint32_t status : {408, 429, 500, 502, 503, 504, 599})
    EXPECT_TRUE(is_transient(status)) << status;
  for (std::uint32_t status :
       {0, 200, 206, 301, 400, 401, 403, 404, 410, 416, 600})
    EXPECT_FALSE(is_transient(status)) << status;
  EXPECT_TRUE(next_try(options(), 1, 5, answered(500), 0));
  EXPECT_FALSE(next_try(options(), 1, 5, answered(404), 0));
}

TEST(RetryTest, LastingFailuresAreNotTriedAgain) {
  failed_try refused{{errc::tls_error, "who?"}, false, 0, duration::zero()};
  EXPECT_FALSE(next_try(options(), 1, 5, refused, 0));
}

TEST(RetryTest, LibcurlsErrorsHaveAMeaning) {
  using detail::meaning_of;
  auto expect = [](CURLcode code, errc meaning, bool transient) {
    EXPECT_EQ(meaning_of(code).code, meaning) << curl_easy_strerror(code);
    EXPECT_EQ(meaning_of(code).transient, transient);
  };
  expect(CURLE_OK, errc::ok, false);
  expect(CURLE_COULDNT_CONNECT, errc::unavailable, true);
  expect(CURLE_COULDNT_RESOLVE_HOST, errc::unavailable, true);
  expect(CURLE_PARTIAL_FILE, errc::unavailable, true);
  expect(CURLE_OPERATION_TIMEDOUT, errc::timed_out, true);
  expect(CURLE_TOO_MANY_REDIRECTS, errc::protocol_error, false);
  expect(CURLE_UNSUPPORTED_PROTOCOL, errc::protocol_error, false);
  expect(CURLE_PEER_FAILED_VERIFICATION, errc::tls_error, false);
  expect(CURLE_URL_MALFORMAT, errc::invalid_argument, false);
  expect(CURLE_OUT_OF_MEMORY, errc::internal, false);
}

} // namespace troupe::http
