#include "troupe/http/detail/redirect.hpp"
#include "troupe/http/detail/transfer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace troupe::http::detail {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string leads_to(const std::string& from, const std::string& location) {
  auto result = redirect_target(from, location);
  return result ? *result : std::string{to_string(result.error().code())};
}

} // namespace

TEST(RedirectTest, SomeStatusesSayWhereToGo) {
  for (auto status : {300, 301, 302, 303, 307, 308})
    EXPECT_TRUE(is_redirect(status)) << status;
  for (auto status : {0, 200, 201, 304, 305, 306, 309, 399, 404})
    EXPECT_FALSE(is_redirect(status)) << status;
}

TEST(RedirectTest, ALocationMayBeRelative) {
  const std::string from = "http://h:81/dir/a?q=1#part";
  EXPECT_EQ(leads_to(from, "/b"), "http://h:81/b");
  EXPECT_EQ(leads_to(from, "b"), "http://h:81/dir/b");
  EXPECT_EQ(leads_to(from, "../b"), "http://h:81/b");
  EXPECT_EQ(leads_to(from, "?q=2"), "http://h:81/dir/a?q=2");
  EXPECT_EQ(leads_to(from, "//other/b"), "http://other/b");
  EXPECT_EQ(leads_to(from, "https://other/b#x"), "https://other/b#x");
}

TEST(RedirectTest, WhatIsNotEncodedIs) {
  EXPECT_EQ(leads_to("http://h/", "/a b"), "http://h/a%20b");
  EXPECT_EQ(leads_to("http://h/", "http://h/\xc3\xa4"), "http://h/%c3%a4");
  EXPECT_EQ(leads_to("http://h/", "/a%20b"), "http://h/a%20b");
}

TEST(RedirectTest, OnlyHttpIsFollowed) {
  for (auto wrong : {"file:///etc/passwd", "ftp://h/a", "gopher://h/",
                     "nonsense://h/", "http://[bad", "http://h:99999/"})
    EXPECT_EQ(leads_to("http://h/", wrong), "protocol_error") << wrong;
}

TEST(RedirectTest, TheErrorTellsWhereButNoPassword) {
  auto result = redirect_target("http://h/", "ftp://me:secret@far/x");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message(), AllOf(HasSubstr("\"ftp://***@far/x\""),
                                              HasSubstr("not of http or https"),
                                              Not(HasSubstr("secret"))));
}

TEST(RedirectTest, AUserGoesAlongAtTheSameHostOnly) {
  const std::string from = "http://me:p%40ss@h/a";
  EXPECT_EQ(leads_to(from, "/b"), "http://me:p%40ss@h/b");
  EXPECT_EQ(leads_to(from, "http://h/b"), "http://me:p%40ss@h/b");
  EXPECT_EQ(leads_to(from, "http://H:80/b"), "http://me:p%40ss@H:80/b");
  EXPECT_EQ(leads_to(from, "http://you@h/b"), "http://you@h/b");
  EXPECT_EQ(leads_to(from, "https://h/b"), "https://h/b");
  EXPECT_EQ(leads_to(from, "http://h:81/b"), "http://h:81/b");
  EXPECT_EQ(leads_to(from, "//other/b"), "http://other/b");
}

TEST(RedirectTest, SomeHeadersAreForTheFirstHostAlone) {
  for (auto line : {"Authorization: x", "authorization:x", "COOKIE: a=b",
                    "Host: h", "Proxy-Authorization: x"})
    EXPECT_TRUE(is_for_first_host(line)) << line;
  for (auto line : {"Accept: x", "Cookies: x", "X-Authorization: x", "Host"})
    EXPECT_FALSE(is_for_first_host(line)) << line;
}

TEST(RedirectTest, AHostIsTheSameInCapitalLetters) {
  EXPECT_EQ(origin_of("HTTP://Example.ORG/A").value().key,
            "http://example.org:80");
}

} // namespace troupe::http::detail
