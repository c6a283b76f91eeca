#include "support/temp_dir.hpp"
#include "support/test_ca.hpp"
#include "troupe/http/detail/trust.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>

namespace troupe::http::detail {

namespace {

class TrustTest : public testing::Test {
protected:
  using clock = std::chrono::steady_clock;

  /// A certificate of its own for each name.
  std::string issued(const std::string& name) {
    return folder.read(ca.issue(name, {}).cert_file.filename());
  }

  std::string in_file(const std::string& certificates) {
    folder.write("all.pem", certificates);
    return (folder / "all.pem").string();
  }

  /// How many certificates TLS connections get.
  static int given(trust& certificates) {
    ssl_context context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    EXPECT_EQ(certificates.give(context.get()), error{});
    return sk_X509_OBJECT_num(
      X509_STORE_get0_objects(SSL_CTX_get_cert_store(context.get())));
  }

  static errc refused(trust& certificates) {
    ssl_context context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    return certificates.give(context.get()).code();
  }

  using ssl_context = std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)>;

  test::temp_dir folder;
  test::test_ca ca{folder.path()};
};

TEST_F(TrustTest, ReadsAllCertificatesOfAFile) {
  trust three{in_file("a comment\n" + issued("a") + issued("b") + issued("c"))};
  EXPECT_EQ(given(three), 3);
}

TEST_F(TrustTest, OneThatStandsTwiceCountsOnce) {
  auto a = issued("a");
  trust twice{in_file(a + a)};
  EXPECT_EQ(given(twice), 1);
}

TEST_F(TrustTest, AFileWithoutAnyIsRefused) {
  trust none{in_file("no certificate\n")};
  EXPECT_EQ(refused(none), errc::tls_error);
  trust nowhere{(folder / "nowhere.pem").string()};
  EXPECT_EQ(refused(nowhere), errc::tls_error);
}

TEST_F(TrustTest, ADamagedOneMakesTheFileRefused) {
  auto damaged = issued("b");
  damaged[damaged.size() / 2] = '!';
  trust some{in_file(issued("a") + damaged + issued("c"))};
  EXPECT_EQ(refused(some), errc::tls_error);
}

TEST_F(TrustTest, DoesNotReadToTheEndForNobody) {
  std::string many;
  for (auto one = issued("a"); many.size() < 1'000 * one.size();)
    many += one;
  auto file = in_file(many);
  auto begin = clock::now();
  {
    trust read{file};
    std::promise<void> done;
    ASSERT_FALSE(read.load([&] { done.set_value(); }));
    done.get_future().wait();
  }
  auto whole = clock::now() - begin;
  begin = clock::now();
  {
    trust dropped{file};
    ASSERT_FALSE(dropped.load([] {}));
  }
  EXPECT_LT(clock::now() - begin, whole / 2);
}

} // namespace

} // namespace troupe::http::detail
