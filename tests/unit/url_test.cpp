#include "troupe/http/url.hpp"

#include <gtest/gtest.h>

namespace troupe::http {

TEST(UrlTest, IsShownWithoutCredentials) {
  EXPECT_EQ(without_credentials("http://user:secret@h/a"), "http://***@h/a");
  EXPECT_EQ(without_credentials("http://user@h"), "http://***@h");
  EXPECT_EQ(without_credentials("http://u:p@h/@a?b@c"), "http://***@h/@a?b@c");
}

TEST(UrlTest, WithoutCredentialsIsShownAsItIs) {
  for (const auto* url :
       {"", "http://h/a", "http://h/@a", "http://h?a@b", "https://h:1/a#b@c"})
    EXPECT_EQ(without_credentials(url), url);
}

TEST(UrlTest, WhatIsNoUrlHasThemAnywhere) {
  EXPECT_EQ(without_credentials("http://user:se/cret@h/"), "http://***@h/");
  EXPECT_EQ(without_credentials("user:secret@h:x"), "***@h:x");
}

TEST(UrlTest, AProxyHasASchemeThatIsSpokenOrNone) {
  for (const auto* url :
       {"h", "h:8080", "user:secret@h:8080", "http://h", "HTTPS://h:1",
        "socks4://h", "socks4a://h", "socks5://h", "socks5h://u:p@[::1]:1"})
    EXPECT_TRUE(check_proxy(url)) << url;
  // The last one as libcurl reads it.
  for (const auto* url : {"", "http://h:bad", "nonsense://x", "ftp://h:1",
                          "socks6://h", "ftp.example.org:80"})
    EXPECT_FALSE(check_proxy(url)) << url;
}

} // namespace troupe::http
