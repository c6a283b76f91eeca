#include "troupe/http/digest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace troupe::http {

namespace {

using testing::HasSubstr;

std::string digest_of(v1::ChecksumAlgorithm algorithm, std::string_view bytes) {
  digest x{algorithm};
  x.update(bytes.data(), bytes.size());
  return x.finish();
}

constexpr const char* abc_sha256 =
  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

} // namespace

// RFC 1321, A.5; FIPS 180-4.
TEST(DigestTest, KnownChecksumsComeOut) {
  EXPECT_EQ(digest_of(v1::CHECKSUM_ALGORITHM_SHA256, "abc"), abc_sha256);
  EXPECT_EQ(digest_of(v1::CHECKSUM_ALGORITHM_SHA256, ""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest_of(v1::CHECKSUM_ALGORITHM_MD5, "abc"),
            "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(digest_of(v1::CHECKSUM_ALGORITHM_SHA512, "abc"),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(DigestTest, PiecesMakeTheSameChecksum) {
  digest x{v1::CHECKSUM_ALGORITHM_SHA256};
  x.update("a", 1);
  x.update("", 0);
  x.update("bc", 2);
  EXPECT_EQ(x.finish(), abc_sha256);
}

TEST(DigestTest, AfterItsEndItStartsAnew) {
  digest x{v1::CHECKSUM_ALGORITHM_SHA256};
  x.update("other", 5);
  (void)x.finish();
  x.update("abc", 3);
  EXPECT_EQ(x.finish(), abc_sha256);
}

TEST(DigestTest, WithoutAnAlgorithmThereIsNone) {
  digest x;
  x.update("abc", 3);
  EXPECT_EQ(x.finish(), "");
  EXPECT_EQ(digest_of(v1::CHECKSUM_ALGORITHM_UNSPECIFIED, "abc"), "");
}

TEST(DigestTest, ChecksumsAreRead) {
  auto sum = parse_checksum("md5:900150983CD24FB0D6963F7D28E17F72");
  ASSERT_TRUE(sum);
  EXPECT_EQ(sum->algorithm(), v1::CHECKSUM_ALGORITHM_MD5);
  EXPECT_EQ(sum->hex(), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(to_string(sum->algorithm()), "md5");
  EXPECT_TRUE(parse_checksum(std::string{"sha256:"} + abc_sha256));
  EXPECT_TRUE(parse_checksum("sha512:" + std::string(128, '0')));
}

TEST(DigestTest, WrongChecksumsAreNamed) {
  for (const auto& text :
       {std::string{}, std::string{"md5"}, std::string{"md5:"},
        std::string{"md5:12"}, "md5:" + std::string(33, '0'),
        "md5:" + std::string(31, '0') + "g", "MD5:" + std::string(32, '0'),
        "crc:" + std::string(32, '0'), " md5:" + std::string(32, '0')}) {
    auto sum = parse_checksum(text);
    ASSERT_FALSE(sum) << text;
    EXPECT_EQ(sum.error().code(), errc::invalid_argument);
    EXPECT_THAT(sum.error().message(), HasSubstr('"' + text + '"'));
  }
}

} // namespace troupe::http
