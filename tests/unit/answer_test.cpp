#include "troupe/msg/actor.hpp"
#include "troupe/msg/answer.hpp"
#include "troupe/msg/messages.hpp"
#include "troupe/msg/setup.hpp"
#include "troupe/testing/virtual_system.hpp"

#include "troupe/v1/common.pb.h"

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <gmock/gmock.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace troupe;
using google::protobuf::Int64Value;
using google::protobuf::StringValue;
using ::testing::HasSubstr;

namespace {

/// What the test has an actor do.
struct errand {
  std::function<void(std::vector<answer<Int64Value>>&)> run;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(errand)

TROUPE_MESSAGES(answer_test, troupe::first_user_type_id,
                google::protobuf::Int64Value, google::protobuf::StringValue)

namespace {

template <int>
struct numbered {};

} // namespace

// clang-format off
#define TEN(n) numbered<n##0>, numbered<n##1>, numbered<n##2>, numbered<n##3>, \
  numbered<n##4>, numbered<n##5>, numbered<n##6>, numbered<n##7>,              \
  numbered<n##8>, numbered<n##9>
TROUPE_MESSAGES(eighty, troupe::first_user_type_id + 100,
                TEN(1), TEN(2), TEN(3), TEN(4), TEN(5), TEN(6), TEN(7), TEN(8))
#undef TEN
// clang-format on

static_assert(caf::type_id<StringValue>::value == first_user_type_id + 1);
static_assert(caf::type_id<numbered<89>>::value == first_user_type_id + 179,
              "a block takes 80 messages");

namespace {

using square_actor = actor<Int64Value(Int64Value)>;
using keeper_actor = square_actor::extend_with<actor<void(errand)>>;
using kept_answers = std::vector<answer<Int64Value>>;

Int64Value number(std::int64_t value) {
  Int64Value result;
  result.set_value(value);
  return result;
}

struct keeper_state {
  kept_answers kept;
};

/// Keeps what it is asked, to be answered as the test says.
keeper_actor::behavior_type
keeper(keeper_actor::stateful_pointer<keeper_state> self) {
  return {[=](const Int64Value&) {
            self->state.kept.emplace_back(self);
            return self->state.kept.back().later();
          },
          [=](const errand& x) { x.run(self->state.kept); }};
}

/// What somebody got who asked.
struct reply {
  std::optional<std::int64_t> value;
  std::optional<error> failed;
};

class AnswerTest : public ::testing::Test {
protected:
  AnswerTest() { add_messages<caf::id_block::answer_test>(config); }

  /// Asks, and lets everybody run.
  template <class Handle, class Message>
  void ask(Handle whom, Message what) {
    system->spawn([this, whom = std::move(whom),
                   what](caf::event_based_actor* self) mutable {
      self->request(std::exchange(whom, nullptr), caf::infinite, what)
        .then([this](const Int64Value& x) { got.value = x.value(); },
              [this](const caf::error& x) { got.failed = from_caf(x); });
    });
    system.run_ready();
  }

  void in_keeper(std::function<void(kept_answers&)> what) {
    caf::anon_send(dest, errand{std::move(what)});
    system.run_ready();
  }

  caf::actor_system_config config;
  troupe::testing::virtual_system system{config};
  keeper_actor dest = system->spawn(keeper);
  reply got;
};

TEST_F(AnswerTest, CanBeGivenLater) {
  ask(dest, number(3));
  EXPECT_FALSE(got.value);
  in_keeper([](auto& kept) { kept.at(0).deliver(number(9)); });
  EXPECT_EQ(got.value, 9);
  EXPECT_FALSE(got.failed);
}

TEST_F(AnswerTest, CanBeAnError) {
  ask(dest, number(3));
  in_keeper([](auto& kept) { kept.at(0).fail({errc::full, "no room"}); });
  EXPECT_EQ(got.failed, (error{errc::full, "no room"}));
}

TEST_F(AnswerTest, IsABrokenPromiseWhenItIsDropped) {
  ask(dest, number(3));
  in_keeper([](auto& kept) { kept.clear(); });
  ASSERT_TRUE(got.failed);
  EXPECT_EQ(got.failed->code(), errc::broken_promise);
}

TEST_F(AnswerTest, IsGivenOnce) {
  ask(dest, number(3));
  in_keeper([](auto& kept) {
    kept.at(0).deliver(number(9));
    kept.at(0).fail(error{errc::full});
    kept.clear();
  });
  EXPECT_EQ(got.value, 9);
  EXPECT_FALSE(got.failed);
}

TEST_F(AnswerTest, BreaksTheOneThatItReplaces) {
  ask(dest, number(3));
  ask(dest, number(4));
  in_keeper([](auto& kept) { kept.at(0) = std::move(kept.at(1)); });
  ASSERT_TRUE(got.failed);
  EXPECT_EQ(got.failed->code(), errc::broken_promise);
  in_keeper([](auto& kept) { kept.at(0).deliver(number(16)); });
  EXPECT_EQ(got.value, 16);
}

TEST_F(AnswerTest, MovesWithoutBeingGiven) {
  ask(dest, number(3));
  in_keeper([](auto& kept) {
    auto moved = std::move(kept.at(0));
    kept.clear();
    moved.deliver(number(9));
  });
  EXPECT_EQ(got.value, 9);
  EXPECT_FALSE(got.failed);
}

TEST_F(AnswerTest, ToAMessageThatNobodyWaitsForGoesNowhere) {
  caf::anon_send(dest, number(3));
  in_keeper([](auto& kept) {
    EXPECT_EQ(kept.size(), 1u);
    kept.clear();
  });
}

TEST_F(AnswerTest, DoesNotKeepItsActorAlive) {
  ask(std::exchange(dest, nullptr), number(3));
  ASSERT_TRUE(got.failed) << "the actor waits for ever";
  EXPECT_EQ(got.failed->code(), errc::broken_promise);
}

TEST_F(AnswerTest, IsGivenByAnActorThatQuits) {
  ask(dest, number(3));
  caf::anon_send_exit(dest, caf::exit_reason::user_shutdown);
  system.run_ready();
  dest = nullptr;
  system.run_ready();
  ASSERT_TRUE(got.failed);
  EXPECT_EQ(got.failed->code(), errc::broken_promise);
}

TEST_F(AnswerTest, IsTypedLikeTheActorsFunctions) {
  auto square = system->spawn([]() -> square_actor::behavior_type {
    return {[](const Int64Value& x) { return number(x.value() * x.value()); }};
  });
  ask(square, number(12));
  EXPECT_EQ(got.value, 144);
}

TEST_F(AnswerTest, HandsAMessageOverInsideAProcessAsItIs) {
  using sink = actor<void(StringValue)>;
  const void* arrived = nullptr;
  auto taker = system->spawn([&]() -> sink::behavior_type {
    return {[&](const StringValue& x) { arrived = x.value().data(); }};
  });
  StringValue message;
  message.set_value(std::string(1000, 'x'));
  const void* sent = message.value().data();
  caf::anon_send(taker, std::move(message));
  system.run_ready();
  EXPECT_EQ(arrived, sent);
}

class AnswerClearlyTest : public AnswerTest {
protected:
  square_actor clear(const std::function<void()>& at_work = [] {}) {
    return system->spawn(
      [at_work](square_actor::pointer self) -> square_actor::behavior_type {
        answer_clearly(self);
        return {[at_work](const Int64Value& x) {
          at_work();
          return x;
        }};
      });
  }

  /// Sends what the type does not allow, as a peer might.
  caf::actor open(const square_actor& x) {
    return caf::actor_cast<caf::actor>(x);
  }
};

TEST_F(AnswerClearlyTest, LetsAnswersThrough) {
  ask(clear(), number(3));
  EXPECT_EQ(got.value, 3);
}

TEST_F(AnswerClearlyTest, AnswersAnEmptyMessageWithADecodeError) {
  ask(open(clear()), caf::message{});
  ASSERT_TRUE(got.failed);
  EXPECT_EQ(got.failed->code(), errc::decode_error);
}

TEST_F(AnswerClearlyTest, NamesAMessageThatTheActorDoesNotTake) {
  StringValue secret;
  secret.set_value("my password");
  ask(open(clear()), secret);
  ASSERT_TRUE(got.failed);
  EXPECT_EQ(got.failed->code(), errc::invalid_argument);
  EXPECT_THAT(got.failed->message(), HasSubstr("google.protobuf.StringValue"));
  EXPECT_THAT(got.failed->message(), Not(HasSubstr("password")));
}

TEST_F(AnswerClearlyTest, KeepsTheActorAfterAMessageItDoesNotTake) {
  auto echo = clear();
  ask(open(echo), StringValue{});
  ask(echo, number(3));
  EXPECT_EQ(got.value, 3);
}

TEST_F(AnswerClearlyTest, KeepsTheActorAfterAnErrorFromSomebody) {
  auto echo = clear();
  caf::anon_send(open(echo), to_caf({errc::internal, "my own trouble"}));
  ask(echo, number(3));
  EXPECT_EQ(got.value, 3);
}

TEST_F(AnswerClearlyTest, AnswersAnExceptionWithItsText) {
  ask(clear([] { throw std::runtime_error{"out of beer"}; }), number(3));
  ASSERT_TRUE(got.failed);
  EXPECT_EQ(*got.failed, (error{errc::internal, "out of beer"}));
}

TEST_F(AnswerClearlyTest, AnswersAFailureWithItsError) {
  ask(clear([] { throw failure{{errc::full, "no room"}}; }), number(3));
  ASSERT_TRUE(got.failed);
  EXPECT_EQ(*got.failed, (error{errc::full, "no room"}));
}

TEST_F(AnswerClearlyTest, EndsTheActorThatThrew) {
  auto thrower = clear([] { throw 42; });
  ask(thrower, number(3));
  ASSERT_TRUE(got.failed);
  EXPECT_EQ(got.failed->code(), errc::internal);
  ask(thrower, number(3));
  EXPECT_EQ(got.failed->code(), errc::lost);
}

} // namespace
