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

} // namespace troupe::http
