#include "integration/http_fixture.hpp"
#include "support/gate.hpp"

#include <atomic>
#include <dlfcn.h>
#include <netdb.h>
#include <string_view>

namespace troupe::test {

namespace {

/// Who looks names under "held.test" up: nobody knows them, and nobody hears of
/// that before the gate is open.
struct held_names {
  std::atomic<std::uint64_t> asked{0};
  gate answered;
};

held_names& names() {
  static held_names all;
  return all;
}

} // namespace

} // namespace troupe::test

/// Instead of the C library's, for libcurl too.
extern "C" int getaddrinfo(const char* name, const char* service,
                           const addrinfo* hints, addrinfo** result) {
  if (name && std::string_view{name}.ends_with(".held.test")) {
    auto& held = troupe::test::names();
    ++held.asked;
    auto answered = held.answered; // of the test that runs now
    answered.wait();
    return EAI_AGAIN;
  }
  using function = decltype(&getaddrinfo);
  static const auto real =
    reinterpret_cast<function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(name, service, hints, result);
}

namespace troupe::test {

namespace {

using namespace std::chrono_literals;

class LookUpTest : public http_test {
protected:
  LookUpTest() {
    names().asked = 0;
    names().answered = {};
  }
  void TearDown() override { names().answered.open(); }

  static std::vector<v1::Download> list(std::size_t count) {
    std::vector<v1::Download> result;
    for (std::size_t i = 0; i < count; ++i)
      result.push_back(to_nowhere("http://far.held.test/"));
    return result;
  }

  static std::uint64_t asked() { return names().asked; }

  http::session_options options =
    quick().jobs(300).per_host(300).retries(0).loops(1);
};

} // namespace

TEST_F(LookUpTest, AFailureIsThatOfAllWhoWaitForIt) {
  auto group = start(session(options), list(300));
  ASSERT_TRUE(eventually([&] { return group.progress().running() == 300; }));
  ASSERT_TRUE(eventually([] { return asked() > 0; }));
  EXPECT_EQ(asked(), 1U);
  names().answered.open();
  for (const auto& result : group.results()) {
    EXPECT_THAT(result, FailedWith(v1::ERRC_UNAVAILABLE));
    EXPECT_EQ(result.attempts(), 1U);
    EXPECT_THAT(result.error().message(), testing::HasSubstr("far.held.test"));
  }
  EXPECT_LT(asked(), 30U); // some may have come afterwards
}

TEST_F(LookUpTest, AfterAFailureOneOfThemTriesAgain) {
  auto group = start(session(options.retries(2)), list(300));
  ASSERT_TRUE(eventually([&] { return group.progress().running() == 300; }));
  names().answered.open();
  for (const auto& result : group.results()) {
    EXPECT_THAT(result, FailedWith(v1::ERRC_UNAVAILABLE));
    EXPECT_EQ(result.attempts(), 3U);
  }
  EXPECT_LT(asked(), 300U);
}

TEST_F(LookUpTest, WhenOneIsCancelledOneOtherLooksUp) {
  auto http = session(options);
  auto first = start(http, list(1));
  ASSERT_TRUE(eventually([] { return asked() == 1; }));
  auto others = start(http, list(50));
  ASSERT_TRUE(eventually([&] { return others.progress().running() == 50; }));
  first.cancel();
  EXPECT_TRUE(eventually([] { return asked() == 2; }));
  EXPECT_TRUE(stays(asked, 200ms));
  others.cancel();
}

} // namespace troupe::test
