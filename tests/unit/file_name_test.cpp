#include "troupe/http/file_name.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace troupe::http {

namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

} // namespace

TEST(FileNameTest, TheUrlsLastPartIsTheName) {
  EXPECT_EQ(name_from_url("http://h/a/b.txt"), "b.txt");
  EXPECT_EQ(name_from_url("http://h/a/b.txt?c=/d#/e"), "b.txt");
  EXPECT_EQ(name_from_url("http://h/b%20c.txt"), "b c.txt");
  EXPECT_EQ(name_from_url("http://h/100%"), "100%");
  EXPECT_EQ(name_from_url("http://h/%zz"), "%zz");
}

TEST(FileNameTest, AUrlWithoutANameIsAnIndex) {
  for (auto url : {"http://h", "http://h/", "http://h/a/", "http://h?a=/b",
                   "http://h/..", "http://h/%2e%2e", "http://h/.", ""})
    EXPECT_EQ(name_from_url(url), "index.html") << url;
}

TEST(FileNameTest, AUrlDoesNotLeadOutOfTheFolder) {
  EXPECT_EQ(name_from_url("http://h/%2e%2e%2fetc%2fpasswd"), "passwd");
  EXPECT_EQ(name_from_url("http://h/..%5c..%5cx"), "x");
  EXPECT_EQ(name_from_url("http://h/%2fetc%2f"), "index.html");
  EXPECT_EQ(name_from_url("http://h/a%00/../b"), "b");
  EXPECT_EQ(name_from_url("http://h/a%00b"), "a");
}

TEST(FileNameTest, TheServerMaySuggestAName) {
  auto name = name_from_disposition;
  EXPECT_EQ(name("attachment; filename=a.txt"), "a.txt");
  EXPECT_EQ(name("attachment; filename=\"a b.txt\""), "a b.txt");
  EXPECT_EQ(name("attachment;FILENAME = \"a\\\"b;c.txt\" ; size=3"),
            "a\"b;c.txt");
  EXPECT_EQ(name("inline; size=3; filename=a.txt"), "a.txt");
  EXPECT_EQ(name("attachment; filename=a; filename=b"), "a");
  EXPECT_EQ(name("attachment; attachment; filename=a"), "a");
  EXPECT_EQ(name("attachment; flag; filename=a"), "a");
}

TEST(FileNameTest, TheExtendedFormGoesFirst) {
  auto name = name_from_disposition;
  EXPECT_EQ(name("attachment; filename=a; filename*=UTF-8''%e2%82%ac"),
            "\xe2\x82\xac");
  EXPECT_EQ(name("attachment; filename*=utf-8'en'b%20c; filename=a"), "b c");
  EXPECT_EQ(name("attachment; filename*=iso-8859-1''%a3; filename=a"), "a");
  EXPECT_EQ(name("attachment; filename*=UTF-8''; filename=a"), "a");
  EXPECT_EQ(name("attachment; filename*=broken; filename=a"), "a");
}

TEST(FileNameTest, NoSuggestionIsEmpty) {
  for (auto header : {"", "attachment", "attachment;", "attachment; filename",
                      "attachment; filename=", "attachment; filename=\"\"",
                      "attachment; filename=\"", ";;;=;=", "filename=a",
                      "attachment; filename=..", "attachment; filename=\"/\""})
    EXPECT_EQ(name_from_disposition(header), "") << header;
}

TEST(FileNameTest, ASuggestionDoesNotLeadOutOfTheFolder) {
  auto name = name_from_disposition;
  EXPECT_EQ(name("attachment; filename=\"../../etc/passwd\""), "passwd");
  EXPECT_EQ(name("attachment; filename=\"/etc/passwd\""), "passwd");
  EXPECT_EQ(name("attachment; filename=\"C:\\\\x\\\\y.exe\""), "y.exe");
  EXPECT_EQ(name("attachment; filename*=UTF-8''..%2f..%2fx"), "x");
}

TEST(FileNameTest, SafeNamesAreHarmless) {
  EXPECT_EQ(safe_name(".."), "");
  EXPECT_EQ(safe_name("."), "");
  EXPECT_EQ(safe_name("..."), "");
  EXPECT_EQ(safe_name(""), "");
  EXPECT_EQ(safe_name("   "), "");
  EXPECT_EQ(safe_name(".bashrc"), "_bashrc");
  EXPECT_EQ(safe_name("-rf"), "_rf");
  EXPECT_EQ(safe_name("a\tb\x7f"), "a_b_");
  EXPECT_EQ(safe_name(std::string_view{"a\0b", 3}), "a");
  EXPECT_EQ(safe_name(" a "), "a");
  EXPECT_EQ(safe_name("a\\b"), "b");
}

TEST(FileNameTest, SafeNamesAreUtf8) {
  EXPECT_EQ(safe_name("\xe2\x82\xac"), "\xe2\x82\xac");
  EXPECT_EQ(safe_name("\xf0\x9f\x8e\xad"), "\xf0\x9f\x8e\xad");
  EXPECT_EQ(safe_name("a\xff\xfe"), "a__");
  EXPECT_EQ(safe_name("\xc0\xaf"), "__");           // an overlong slash
  EXPECT_EQ(safe_name("\xed\xa0\x80"), "___");      // a surrogate
  EXPECT_EQ(safe_name("\xe2\x82"), "__");           // cut short
  EXPECT_EQ(safe_name("\xf4\x90\x80\x80"), "____"); // past the last one
}

TEST(FileNameTest, SafeNamesAreShortEnoughForPart) {
  auto name = safe_name(std::string(300, 'a').append(".tar"));
  EXPECT_EQ(name.size(), 250U);
  EXPECT_THAT(name, EndsWith("a.tar"));
  EXPECT_EQ(safe_name(std::string(250, 'a')), std::string(250, 'a'));
  EXPECT_EQ(safe_name(std::string(251, 'a')), std::string(250, 'a'));
  std::string euros;
  for (int i = 0; i < 100; ++i)
    euros += "\xe2\x82\xac";
  auto cut = safe_name(euros);
  EXPECT_LE(cut.size(), 250U);
  EXPECT_EQ(cut, euros.substr(0, 249)); // at the end of a character
}

TEST(FileNameTest, APathOfTheUserStaysBelowItsFolder) {
  for (auto path : {"a", "a/b", ".hidden", "-a", "a b", "./a", "..a", "a/./b"})
    EXPECT_TRUE(check_relative_path(path)) << path;
  EXPECT_TRUE(check_relative_path(std::string(250, 'a')));
  for (const auto& path : std::vector<std::string>{
         "", "/a", "..", "../a", "a/../b", "a/..", "a/", ".", "a/.",
         std::string{"a\0b", 3}, std::string(251, 'a'),
         std::string(256, 'a').append("/b")}) {
    auto checked = check_relative_path(path);
    ASSERT_FALSE(checked) << path;
    EXPECT_EQ(checked.error().code(), errc::invalid_argument);
    EXPECT_THAT(checked.error().message(), HasSubstr(path));
    EXPECT_THAT(checked.error().message(), StartsWith("the path"));
  }
}

} // namespace troupe::http
