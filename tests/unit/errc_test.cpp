#include "troupe/msg/errc.hpp"
#include "troupe/msg/error.hpp"
#include "troupe/msg/setup.hpp"

#include "troupe/v1/common.pb.h"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/error.hpp>
#include <caf/exit_reason.hpp>
#include <caf/make_message.hpp>
#include <caf/sec.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

using namespace troupe;

namespace {

std::string wire_name(errc code) {
  std::string result = "ERRC_";
  for (char c : to_string(code))
    result += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

std::vector<errc> all_codes() {
  std::vector<errc> result;
  for (int i = v1::Errc_MIN; i <= v1::Errc_MAX; ++i)
    result.push_back(static_cast<errc>(i));
  return result;
}

TEST(ErrcTest, HasTheNamesAndNumbersOfTheWire) {
  const auto* wire = v1::Errc_descriptor();
  ASSERT_EQ(static_cast<std::size_t>(wire->value_count()), all_codes().size());
  for (auto code : all_codes()) {
    const auto* value = wire->FindValueByName(wire_name(code));
    ASSERT_NE(value, nullptr) << wire_name(code);
    EXPECT_EQ(value->number(), static_cast<int>(code));
  }
}

// Processes of other versions know these numbers: a new one goes to the end.
TEST(ErrcTest, NumbersStay) {
  const std::vector<std::string_view> names{
    "ok",
    "invalid_argument",
    "cancelled",
    "timed_out",
    "closed",
    "empty",
    "full",
    "busy",
    "already_held",
    "stale_token",
    "overloaded",
    "broken_promise",
    "already_taken",
    "would_deadlock",
    "broken",
    "lost",
    "restart_intensity",
    "too_large",
    "decode_error",
    "no_running_system",
    "internal",
    "unavailable",
    "protocol_error",
    "tls_error",
    "http_status",
    "checksum_mismatch",
    "file_error",
    "end_of_stream",
    "aborted",
    "permission_denied",
  };
  for (std::size_t i = 0; i < names.size(); ++i)
    EXPECT_EQ(to_string(static_cast<errc>(i)), names[i]);
  EXPECT_EQ(all_codes().size(), names.size()) << "add the new one here";
}

TEST(ErrcTest, HasADifferentNameForEachCode) {
  std::vector<std::string_view> names;
  for (auto code : all_codes())
    names.push_back(to_string(code));
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST(ErrcTest, NamesACodeOfAnotherVersionUnknown) {
  EXPECT_EQ(to_string(static_cast<errc>(200)), "unknown");
}

TEST(ErrcTest, BecomesACafErrorByItself) {
  caf::error what = make_error(errc::closed);
  EXPECT_EQ(from_caf(what), error{errc::closed});
}

TEST(ErrorTest, IsNoFailureByDefault) {
  EXPECT_FALSE(error{});
  EXPECT_FALSE(error{errc::ok});
  EXPECT_TRUE(error{errc::empty});
}

TEST(ErrorTest, PrintsItsCodeAndItsMessage) {
  EXPECT_EQ(to_string(error{errc::timed_out}), "timed_out");
  EXPECT_EQ(to_string(error{errc::timed_out, "no answer within 2 s"}),
            "timed_out: no answer within 2 s");
}

TEST(ErrorTest, SurvivesTheWayThroughCaf) {
  for (auto code : all_codes()) {
    EXPECT_EQ(from_caf(to_caf(error{code})), error{code});
    if (code != errc::ok) {
      error what{code, "why"};
      EXPECT_EQ(from_caf(to_caf(what)), what);
    }
  }
}

TEST(ErrorTest, SurvivesTheWayOverTheWire) {
  for (auto code : all_codes()) {
    error what{code, "why"};
    EXPECT_EQ(from_proto(to_proto(what)), what);
  }
}

TEST(ErrorTest, LeavesItsCauseBehind) {
  error what{errc::internal, "why", std::make_exception_ptr(1)};
  EXPECT_EQ(from_caf(to_caf(what)).cause(), nullptr);
  EXPECT_EQ(from_proto(to_proto(what)).cause(), nullptr);
}

TEST(ErrorTest, IsNoneWhereCafHasNone) {
  EXPECT_FALSE(to_caf(error{}));
  EXPECT_FALSE(from_caf(caf::error{}));
  EXPECT_FALSE(from_caf(caf::make_error(caf::exit_reason::normal)));
}

TEST(ErrorTest, IsInternalForACodeOfAnotherVersion) {
  v1::Error wire;
  wire.set_code(static_cast<v1::Errc>(200));
  wire.set_message("new");
  EXPECT_EQ(from_proto(wire), (error{errc::internal, "new"}));
  caf::error foreign{200, caf::atom("troupe"),
                     caf::make_message(std::string{"new"})};
  EXPECT_EQ(from_caf(foreign), (error{errc::internal, "new"}));
}

TEST(ErrorTest, TranslatesTheErrorsOfCaf) {
  auto code = [](caf::sec what) { return from_caf(make_error(what)).code(); };
  EXPECT_EQ(code(caf::sec::request_timeout), errc::timed_out);
  EXPECT_EQ(code(caf::sec::request_receiver_down), errc::lost);
  EXPECT_EQ(code(caf::sec::unexpected_message), errc::invalid_argument);
  EXPECT_EQ(code(caf::sec::invalid_argument), errc::invalid_argument);
  EXPECT_EQ(code(caf::sec::unknown_type), errc::decode_error);
  EXPECT_EQ(code(caf::sec::end_of_stream), errc::decode_error);
  EXPECT_EQ(code(caf::sec::cannot_connect_to_node), errc::unavailable);
  EXPECT_EQ(code(caf::sec::no_route_to_receiving_node), errc::unavailable);
  EXPECT_EQ(code(caf::sec::runtime_error), errc::internal);
}

TEST(ErrorTest, SaysWhichErrorOfCafItWas) {
  EXPECT_EQ(from_caf(make_error(caf::sec::request_timeout)).message(),
            "request_timeout");
  EXPECT_EQ(
    from_caf(make_error(caf::sec::runtime_error, std::string{"out of beer"}))
      .message(),
    "out of beer");
}

TEST(ErrorTest, IsLostForAnActorThatEnded) {
  auto what = from_caf(caf::make_error(caf::exit_reason::user_shutdown));
  EXPECT_EQ(what.code(), errc::lost);
  EXPECT_THAT(what.message(), testing::HasSubstr("user_shutdown"));
}

TEST(ErrorTest, IsInternalForAForeignCategory) {
  caf::error foreign{7, caf::atom("bank")};
  auto what = from_caf(foreign);
  EXPECT_EQ(what.code(), errc::internal);
  EXPECT_THAT(what.message(), testing::HasSubstr("bank"));
}

TEST(ErrorTest, IsReadableInAConfiguredSystem) {
  caf::actor_system_config config;
  configure(config);
  caf::actor_system system{config};
  EXPECT_EQ(system.render(to_caf({errc::full, "no room for 3 items"})),
            "full: no room for 3 items");
}

} // namespace
