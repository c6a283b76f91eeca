#include "troupe/msg/payload.hpp"
#include "troupe/msg/setup.hpp"

#include "troupe/v1/common.pb.h"
#include "troupe/v1/group.pb.h"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/deep_to_string.hpp>
#include <caf/make_message.hpp>

#include <gmock/gmock.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

using namespace troupe;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

v1::Error closed() {
  v1::Error result;
  result.set_code(v1::ERRC_CLOSED);
  result.set_message("closed for today");
  return result;
}

/// What arrives in another process.
template <class T>
caf::error over_the_wire(T from, T& to) {
  std::vector<char> bytes;
  caf::binary_serializer sink{nullptr, bytes};
  if (auto failed = sink(from))
    return failed;
  caf::binary_deserializer source{nullptr, bytes};
  return source(to);
}

payload arrived(const payload& from) {
  payload to;
  EXPECT_FALSE(over_the_wire(from, to));
  return to;
}

/// A payload off the wire that says it is a `type_name`.
payload forged(const std::string& type_name, const std::string& value) {
  std::vector<char> bytes;
  caf::binary_serializer sink{nullptr, bytes};
  EXPECT_FALSE(sink(type_name, value));
  payload result;
  caf::binary_deserializer source{nullptr, bytes};
  EXPECT_FALSE(source(result));
  return result;
}

TEST(PayloadTest, IsEmptyByDefault) {
  payload nothing;
  EXPECT_TRUE(nothing.empty());
  EXPECT_EQ(nothing.type_name(), "");
  auto message = nothing.get<v1::Error>();
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code(), errc::invalid_argument);
  EXPECT_THAT(message.error().message(), HasSubstr("empty"));
}

TEST(PayloadTest, SharesTheMessageInsideAProcess) {
  payload original{closed()};
  auto copy = original;
  auto message = caf::make_message(copy);
  auto a = original.get<v1::Error>();
  auto b = message.get_as<payload>(0).get<v1::Error>();
  ASSERT_TRUE(a);
  ASSERT_TRUE(b);
  EXPECT_EQ(a->get(), b->get());
}

TEST(PayloadTest, MovesOutWhatNobodyElseShares) {
  payload original{closed()};
  const auto* text = &(*original.get<v1::Error>())->message();
  {
    auto shared = original;
    EXPECT_NE(std::move(shared).take<v1::Error>()->message().data(),
              text->data());
  }
  EXPECT_EQ(original.as<v1::Error>()->message(), "closed for today");
  const auto* data = text->data();
  auto taken = std::move(original).take<v1::Error>();
  EXPECT_EQ(taken->message().data(), data);
  EXPECT_EQ(payload{"text"}.take<std::string>().value(), "text");
  EXPECT_FALSE(payload{"text"}.take<v1::Error>());
}

TEST(PayloadTest, TravelsAsNameAndBytes) {
  auto copy = arrived(payload{closed()});
  EXPECT_FALSE(copy.empty());
  EXPECT_EQ(copy.type_name(), "troupe.v1.Error");
  auto message = copy.get<v1::Error>();
  ASSERT_TRUE(message);
  EXPECT_EQ((*message)->message(), "closed for today");
}

TEST(PayloadTest, TravelsOnThroughAProcessThatDoesNotOpenIt) {
  auto copy = arrived(arrived(payload{closed()}));
  EXPECT_EQ(copy.as<v1::Error>()->message(), "closed for today");
}

TEST(PayloadTest, StaysEmptyOverTheWire) {
  EXPECT_TRUE(arrived(payload{}).empty());
}

TEST(PayloadTest, OfAnotherTypeNamesBothTypes) {
  for (const auto& original : {payload{closed()}, arrived(payload{closed()})}) {
    auto wrong = original.get<v1::TaskStart>();
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code(), errc::invalid_argument);
    EXPECT_THAT(wrong.error().message(), HasSubstr("troupe.v1.Error"));
    EXPECT_THAT(wrong.error().message(), HasSubstr("troupe.v1.TaskStart"));
  }
}

TEST(PayloadTest, WithBytesThatDoNotParseIsADecodeError) {
  auto broken = forged("troupe.v1.Error", "\xff\xff\xff");
  auto message = broken.get<v1::Error>();
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code(), errc::decode_error);
  EXPECT_THAT(message.error().message(), HasSubstr("troupe.v1.Error"));
}

TEST(PayloadTest, OfATypeNobodyKnowsStillHasAName) {
  auto unknown = forged("bank.v1.Deposit", "\x08\x01");
  EXPECT_EQ(unknown.type_name(), "bank.v1.Deposit");
  EXPECT_EQ(arrived(unknown).type_name(), "bank.v1.Deposit");
}

TEST(PayloadTest, ReplacesWhatItHeldWhenItIsRead) {
  payload to{closed()};
  EXPECT_FALSE(over_the_wire(payload{std::string{"text"}}, to));
  EXPECT_EQ(to.as<std::string>().value(), "text");
}

TEST(PayloadTest, WrapsStringsNumbersAndTruthValues) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  for (auto pass : {+[](const payload& x) { return x; }, arrived}) {
    EXPECT_EQ(pass(payload{std::string{"text"}}).as<std::string>().value(),
              "text");
    EXPECT_EQ(pass(payload{std::int64_t{-7}}).as<std::int64_t>().value(), -7);
    EXPECT_EQ(pass(payload{most}).as<std::uint64_t>().value(), most);
    EXPECT_EQ(pass(payload{2.5}).as<double>().value(), 2.5);
    EXPECT_EQ(pass(payload{true}).as<bool>().value(), true);
    EXPECT_EQ(pass(payload{false}).as<bool>().value(), false);
  }
}

TEST(PayloadTest, TakesLiteralsForWhatTheyAre) {
  EXPECT_EQ(payload("text").as<std::string>().value(), "text");
  EXPECT_EQ(payload(42).as<std::int64_t>().value(), 42);
}

TEST(PayloadTest, UsesTheWellKnownWrappers) {
  EXPECT_EQ(payload("text").type_name(), "google.protobuf.StringValue");
  auto wrapper = payload("text").get<google::protobuf::StringValue>();
  ASSERT_TRUE(wrapper);
  EXPECT_EQ((*wrapper)->value(), "text");
}

TEST(PayloadTest, DoesNotConvertBetweenNumbers) {
  auto wrong = payload(42).as<double>();
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code(), errc::invalid_argument);
}

TEST(PayloadTest, PrintsItsTypeAndSizeOnly) {
  for (const auto& x : {payload{closed()}, arrived(payload{closed()})}) {
    auto text = caf::deep_to_string(x);
    EXPECT_THAT(text, HasSubstr("troupe.v1.Error{"));
    EXPECT_THAT(text, Not(HasSubstr("closed for today")));
  }
}

TEST(CodecTest, CarriesAProtobufMessageAsItsBytes) {
  v1::Error to;
  EXPECT_FALSE(over_the_wire(closed(), to));
  EXPECT_EQ(to.SerializeAsString(), closed().SerializeAsString());
}

TEST(CodecTest, EmptiesAMessageWhoseBytesDoNotParse) {
  std::vector<char> bytes;
  caf::binary_serializer sink{nullptr, bytes};
  std::string junk = "\xff\xff\xff";
  ASSERT_FALSE(sink(junk));
  auto to = closed();
  caf::binary_deserializer source{nullptr, bytes};
  auto failed = source(to);
  EXPECT_EQ(from_caf(failed).code(), errc::decode_error);
  EXPECT_EQ(to.ByteSizeLong(), 0u);
}

TEST(CodecTest, PrintsNoContentOfAMessage) {
  auto text = caf::deep_to_string(closed());
  EXPECT_THAT(text, HasSubstr("troupe.v1.Error{20 bytes}"));
}

TEST(CodecTest, CarriesAWholeCafMessage) {
  caf::actor_system_config config;
  configure(config);
  caf::actor_system system{config};
  auto from = caf::make_message(closed(), payload{"text"}, payloads(2));
  std::vector<char> bytes;
  caf::binary_serializer sink{system, bytes};
  ASSERT_FALSE(sink(from));
  caf::message to;
  caf::binary_deserializer source{system, bytes};
  ASSERT_FALSE(source(to));
  ASSERT_TRUE((to.match_elements<v1::Error, payload, payloads>()));
  EXPECT_EQ(to.get_as<v1::Error>(0).message(), "closed for today");
  EXPECT_EQ(to.get_as<payload>(1).as<std::string>().value(), "text");
  EXPECT_EQ(to.get_as<payloads>(2).size(), 2u);
}

} // namespace
