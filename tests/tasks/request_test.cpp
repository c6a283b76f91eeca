#include "conformance/group_fixture.hpp"
#include "troupe/handler.hpp"
#include "troupe/msg/actor.hpp"
#include "troupe/msg/answer.hpp"
#include "troupe/msg/setup.hpp"
#include "troupe/request.hpp"
#include "troupe/tree.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <google/protobuf/wrappers.pb.h>

#include <cstdint>
#include <memory>
#include <optional>

TROUPE_MESSAGES(request_test, troupe::first_user_type_id,
                google::protobuf::Int64Value)

// Tasks that ask actors, and actors that answer by tasks.
namespace troupe {
namespace {

using number = google::protobuf::Int64Value;
using doubler = actor<number(number)>;

number number_of(std::int64_t x) {
  number result;
  result.set_value(x);
  return result;
}

/// What a request ended with: "6", or the name of a code.
template <class Request>
task<std::string> answer_to(Request request) {
  try {
    auto reply = co_await std::move(request);
    co_return std::to_string(reply.value());
  } catch (const failure& what) {
    co_return std::string{to_string(what.error())};
  }
}

class RequestTest : public ::testing::Test {
protected:
  RequestTest() {
    add_messages<caf::id_block::request_test>(config_);
    system.emplace(config_);
  }

  void TearDown() override {
    system.reset();
    EXPECT_EQ(detail::frames_alive.value(), frames_) << "coroutines are left";
  }

  template <class F>
  doubler spawn_doubler(F handle) {
    return (*system)->spawn([handle](doubler::pointer self) {
      answer_clearly(self);
      return doubler::behavior_type{
        [handle, self](const number& x) -> caf::result<number> {
          return handle(self, x);
        }};
    });
  }

  /// One whose handler is a coroutine.
  template <class F>
  doubler spawn_handler(F body) {
    return (*system)->spawn([body](doubler::pointer self) {
      answer_clearly(self);
      return doubler::behavior_type{handler(self, body)};
    });
  }

  /// What asking an actor for the double of 3 ends with.
  std::string ask(doubler to, duration limit = forever) {
    return system->run(
      job([&] { return answer_to(request(to, number_of(3), limit)); }));
  }

  std::optional<testing::virtual_system> system; // that of the configuration

private:
  caf::actor_system_config config_;
  std::int64_t frames_ = detail::frames_alive.value();
};

TEST_F(RequestTest, GivesTheAnswer) {
  auto to = spawn_doubler([](auto*, const number& x) -> caf::result<number> {
    return number_of(2 * x.value());
  });
  EXPECT_EQ(ask(to), "6");
}

TEST_F(RequestTest, ThrowsWhatTheActorAnswers) {
  auto to = spawn_doubler([](auto*, const number&) -> caf::result<number> {
    return to_caf(error{errc::busy, "not now"});
  });
  EXPECT_EQ(ask(to), "busy: not now");
}

TEST_F(RequestTest, WaitsNoLongerThanItsLimit) {
  auto open = std::make_shared<std::vector<answer<number>>>();
  auto to = spawn_doubler([open](auto* self, const number&) {
    open->emplace_back(self);
    return caf::result<number>{open->back().later()};
  });
  auto start = system->now();
  EXPECT_EQ(ask(to, 2s), "timed_out: no answer within the time limit");
  EXPECT_EQ(system->now() - start, 2s);
  open->back().deliver(number_of(6)); // too late: nobody waits
  system->run_ready();
  open->clear();
}

TEST_F(RequestTest, AnAnswerInTimeTakesTheLimitBack) {
  auto to = spawn_doubler(
    [](auto*, const number& x) -> caf::result<number> { return x; });
  auto start = system->now();
  EXPECT_EQ(ask(to, 2s), "3");
  EXPECT_FALSE(system->fire_next_timer());
  EXPECT_EQ(system->now(), start);
}

TEST_F(RequestTest, HearsThatTheActorHasEnded) {
  auto to = spawn_doubler([](auto* self, const number& x) {
    self->quit();
    return caf::result<number>{x};
  });
  EXPECT_EQ(ask(to), "3");
  EXPECT_THAT(ask(to), HasSubstr("lost"));
}

TEST_F(RequestTest, HearsThatTheActorEndsBeforeItReads) {
  auto to = spawn_doubler(
    [](auto*, const number& x) -> caf::result<number> { return x; });
  caf::anon_send_exit(to, caf::exit_reason::kill);
  EXPECT_THAT(ask(to), HasSubstr("lost"));
}

TEST_F(RequestTest, HearsThatTheAnswerWasDropped) {
  auto to = spawn_doubler([](auto* self, const number&) {
    answer<number> dropped{self};
    return caf::result<number>{dropped.later()};
  });
  EXPECT_THAT(ask(to), HasSubstr("broken_promise"));
}

/// An actor that answers anything at all.
template <class F>
doubler untyped(testing::virtual_system& system, F give) {
  return caf::actor_cast<doubler>(
    system->spawn([give](caf::event_based_actor*) {
      return caf::behavior{[give](const number&) { return give(); }};
    }));
}

TEST_F(RequestTest, AnAnswerThatCouldNotBeReadIsAnError) {
  auto to = untyped(*system, [] { return caf::message{}; });
  EXPECT_EQ(ask(to), "decode_error: the answer could not be read");
}

TEST_F(RequestTest, AnAnswerOfAnotherTypeIsAnError) {
  auto to = untyped(*system, [] { return std::string{"six"}; });
  EXPECT_THAT(ask(to), HasSubstr("invalid_argument: the actor answered"));
}

TEST_F(RequestTest, ToNobodyIsAnError) {
  EXPECT_EQ(ask(doubler{}), "invalid_argument: the request is to no actor");
}

TEST_F(RequestTest, ACancelEndsTheWaitAndTheAnswerIsDropped) {
  auto open = std::make_shared<std::vector<answer<number>>>();
  auto to = spawn_doubler([open](auto* self, const number&) {
    open->emplace_back(self);
    return caf::result<number>{open->back().later()};
  });
  auto asking = spawn(system->get(), job([&]() -> task<void> {
                        co_await request(to, number_of(3), 1min);
                      }));
  system->run_ready();
  asking.cancel();
  system->run_ready();
  EXPECT_TRUE(asking.was_cancelled());
  EXPECT_FALSE(system->fire_next_timer()); // that of the limit is gone
  open->back().deliver(number_of(6));
  system->run_ready();
  open->clear();
}

// -- handlers that await ------------------------------------------------------

class HandlerTest : public RequestTest {};

TEST_F(HandlerTest, AnswersWhenItsTaskHasEnded) {
  auto to = spawn_handler([](number x) -> task<number> {
    co_await sleep(1s);
    co_return number_of(2 * x.value());
  });
  auto start = system->now();
  EXPECT_EQ(ask(to), "6");
  EXPECT_EQ(system->now() - start, 1s);
}

TEST_F(HandlerTest, ServesOthersMeanwhile) {
  auto to = spawn_handler([](number x) -> task<number> {
    co_await sleep(std::chrono::seconds{x.value()});
    co_return x;
  });
  std::vector<std::int64_t> order;
  auto start = system->now();
  auto one = [&](std::int64_t x) {
    return job([&order, to, x]() -> task<void> {
      order.push_back((co_await request(to, number_of(x))).value());
    });
  };
  auto slow = spawn(system->get(), one(3));
  auto quick = spawn(system->get(), one(1));
  system->run_until_done(slow);
  EXPECT_THAT(order, ElementsAre(1, 3));
  EXPECT_EQ(system->now() - start, 3s);
}

TEST_F(HandlerTest, AnswersWithWhatItsTaskThrew) {
  auto refuses = spawn_handler([](number) -> task<number> {
    co_await yield();
    throw failure{{errc::full, "no room"}};
  });
  EXPECT_EQ(ask(refuses), "full: no room");
  auto breaks = spawn_handler([](number) -> task<number> {
    throw std::runtime_error{"boom"};
    co_return number{};
  });
  EXPECT_EQ(ask(breaks), "internal: boom");
  EXPECT_EQ(ask(breaks), "internal: boom"); // it lives on
}

TEST_F(HandlerTest, AnswersThatItsActorEndedBefore) {
  auto to = spawn_handler([](number x) -> task<number> {
    co_await sleep(1h);
    co_return x;
  });
  std::string end;
  auto asking = spawn(system->get(), job([&]() -> task<void> {
                        end = co_await answer_to(request(to, number_of(3)));
                      }));
  system->run_ready();
  EXPECT_FALSE(asking.done());
  caf::anon_send_exit(to, caf::exit_reason::user_shutdown);
  system->run_ready();
  EXPECT_TRUE(asking.done());
  EXPECT_THAT(end, HasSubstr("broken_promise"));
}

TEST_F(HandlerTest, ItsTaskIsSeenWithItsAge) {
  auto to = spawn_handler([](number x) -> task<number> {
    co_await sleep(1min);
    co_return x;
  });
  auto asking =
    spawn(system->get(),
          job([&]() -> task<void> { co_await request(to, number_of(3)); }),
          spawn_options{}.name("asking"));
  system->advance(2s);
  auto seen = to_string(tree(system->get()));
  EXPECT_THAT(seen, HasSubstr("waiting, waits for sleep, 2000 ms old"));
  EXPECT_THAT(seen, HasSubstr("asking  waiting, waits for request"));
  system->run_until_done(asking);
}

TEST_F(HandlerTest, BeginsRequestsInTheirOrder) {
  auto begun = std::make_shared<std::vector<std::int64_t>>();
  auto to = spawn_handler([begun](number x) -> task<number> {
    begun->push_back(x.value());
    co_await sleep(1s);
    co_return x;
  });
  system->run(job([&]() -> task<void> {
    std::vector<handle<number>> all;
    for (int i = 0; i != 3; ++i)
      all.push_back(spawn(job([to, i]() -> task<number> {
        co_return co_await request(to, number_of(i));
      })));
    for (auto& one : all)
      co_await one;
  }));
  EXPECT_THAT(*begun, ElementsAre(0, 1, 2));
}

} // namespace
} // namespace troupe
