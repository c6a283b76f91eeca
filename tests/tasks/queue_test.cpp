// What tasks that use a queue rely on beside asyncio's rows: cancels of what is
// on its way, items of other types, the lifetime of queues.

#include "conformance/fixture.hpp"
#include "troupe/attempt.hpp"
#include "troupe/core/queue_actor.hpp"
#include "troupe/queue.hpp"
#include "troupe/select.hpp"
#include "troupe/testing/explore.hpp"
#include "unit/client_fixture.hpp"

#include "troupe/v1/common.pb.h"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace troupe {
namespace {

// Every turn of the race between an answer that is on its way and a cancel.
class RaceTest : public TaskConformanceTest,
                 public ::testing::WithParamInterface<int> {
protected:
  /// Lets so many actors run, first come, first served.
  void run_some() {
    testing::choices first;
    for (int i = 0; i != GetParam() && system.run_one(first); ++i) {
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Queue, RaceTest, ::testing::Range(0, 12));

TEST_P(RaceTest, ACancelledGetterTakesNothingAndAnotherGetsTheFirst) {
  queue<int> items{system.get()};
  auto take = [](queue<int> from, journal log) -> task<void> {
    log.add(std::to_string(co_await from.get()));
    co_await sleep(forever);
  };
  auto getter = start(take(items, notes));
  auto fill = [](queue<int> to) -> task<void> {
    co_await to.put(1);
    co_await to.put(2);
  };
  auto filler = spawn(system.get(), fill(items));
  run_some();
  getter.cancel();
  system.run_ready();
  EXPECT_TRUE(getter.was_cancelled());
  auto rest = start([](queue<int> from) -> task<std::vector<int>> {
    co_return co_await from.get_many(9);
  }(items));
  auto lost = notes.lines().empty() ? 0 : 1;
  EXPECT_EQ(run(result_of(rest)).size(), 2u - lost);
  EXPECT_EQ(run(result_of(rest)).front(), 1 + lost);
}

TEST_P(RaceTest, ACancelledPutterPutsNothing) {
  queue<int> items{system.get(), queue_options{}.max_size(1)};
  auto fill = [](queue<int> to, journal log) -> task<void> {
    co_await to.put(1);
    log.add("1");
    co_await to.put(2);
    log.add("2");
    co_await to.put(3);
    log.add("3");
  };
  auto filler = spawn(system.get(), fill(items, notes));
  auto drain = [](queue<int> from) -> task<std::vector<int>> {
    std::vector<int> result;
    result.push_back(co_await from.get());
    result.push_back(co_await from.get());
    co_return result;
  };
  auto drainer = spawn(system.get(), drain(items));
  run_some();
  filler.cancel();
  system.run_ready();
  ASSERT_TRUE(filler.done());
  // Exactly what was put is there.
  auto state = run([](queue<int> from) -> task<queue_state> {
    co_return co_await from.state();
  }(items));
  EXPECT_EQ(state.unfinished, notes.lines().size());
  drainer.cancel();
  system.run_ready();
}

TEST_F(TaskConformanceTest,
       ItemsArriveThatCameWhileATaskWasPausedAndCancelled) {
  queue<int> items{system.get()};
  auto take = [](queue<int> from) -> task<int> {
    co_return co_await from.get();
  };
  auto put = [](queue<int> to, int value) -> task<void> {
    co_await to.put(value);
  };
  auto getter = start(take(items));
  auto pauser = start([](handle<int> whom) -> task<void> {
    auto pause = co_await whom.pause();
    co_await sleep(forever);
  }(getter));
  run(put(items, 1));
  run(put(items, 2));
  EXPECT_FALSE(getter.done());
  getter.cancel();
  system.run_ready();
  EXPECT_TRUE(getter.was_cancelled());
  EXPECT_EQ(run(take(items)), 1);
  EXPECT_EQ(run(take(items)), 2);
  pauser.cancel();
  system.run_ready();
}

// As `basic_queue::get` says.
TEST_F(TaskConformanceTest, APausedGetterKeepsItsTurnAndItsItem) {
  queue<int> items{system.get()};
  auto take = [](queue<int> from) -> task<int> {
    co_return co_await from.get();
  };
  auto paused = start(take(items));
  auto idle = start(take(items));
  auto pauser = start([](handle<int> whom) -> task<void> {
    auto pause = co_await whom.pause();
    co_await sleep(1s);
  }(paused));
  run([](queue<int> to) -> task<void> { co_await to.put(1); }(items));
  EXPECT_FALSE(paused.done());
  EXPECT_FALSE(idle.done()) << "the first item is the other's";
  run([](queue<int> to) -> task<void> { co_await to.put(2); }(items));
  system.run_ready();
  EXPECT_TRUE(idle.done());
  system.advance(1s);
  ASSERT_TRUE(paused.done());
  EXPECT_EQ(
    run([](handle<int> of) -> task<int> { co_return co_await of; }(paused)), 1);
  EXPECT_EQ(
    run([](handle<int> of) -> task<int> { co_return co_await of; }(idle)), 2);
  EXPECT_TRUE(pauser.done());
}

TEST_F(TaskConformanceTest, ACancelComesLaterToAPutWhoseItemWasTaken) {
  queue<int> items{system.get()};
  auto putter =
    spawn(system.get(), [](queue<int> to, journal log) -> task<void> {
      co_await to.put(1);
      log.add("put");
      co_await sleep(forever);
    }(items, notes));
  auto take = [](queue<int> from) -> task<int> {
    co_return co_await from.get();
  };
  auto getter = spawn(system.get(), take(items));
  testing::choices first;
  while (!getter.done())
    system.run_one(first);
  putter.cancel();
  system.run_ready();
  EXPECT_TRUE(putter.was_cancelled());
  EXPECT_THAT(notes.lines(), ElementsAre("put"));
}

// -- items --------------------------------------------------------------------

TEST_F(TaskConformanceTest, AQueueCarriesMessagesStringsAndNumbers) {
  run([]() -> task<void> {
    queue<v1::Error> errors;
    v1::Error error;
    error.set_message("no");
    co_await errors.put(error);
    EXPECT_EQ((co_await errors.get()).message(), "no");
    queue<std::string> texts;
    std::string text = "hello";
    co_await texts.put(text);
    EXPECT_EQ(co_await texts.get(), text);
    queue<double> numbers;
    co_await numbers.put(2.5);
    EXPECT_EQ(co_await numbers.get(), 2.5);
    queue<bool> truths;
    std::vector<bool> two{true, false};
    co_await truths.put_many(two);
    EXPECT_EQ(co_await truths.get_many(2), two);
    queue<std::uint8_t> bytes;
    co_await bytes.put(255);
    EXPECT_EQ(co_await bytes.get(), 255);
  }());
}

TEST_F(TaskConformanceTest, AnItemOfAnotherTypeIsRefusedAndNotLost) {
  auto actor = spawn_queue(system.get());
  run([](queue<int> numbers, queue<std::string> texts) -> task<void> {
    co_await texts.put("seven");
    co_await numbers.put(8);
    auto wrong = co_await attempt(numbers.get());
    EXPECT_EQ(wrong.error().code(), errc::invalid_argument);
    EXPECT_THAT(wrong.error().message(),
                HasSubstr("google.protobuf.StringValue"));
    EXPECT_THAT(wrong.error().message(),
                HasSubstr("google.protobuf.Int64Value"));
    EXPECT_EQ(co_await ending_of(numbers.get_many(2)), "invalid_argument");
    EXPECT_EQ(co_await texts.get(), "seven");
    EXPECT_EQ(co_await numbers.get(), 8);
  }(queue<int>{actor}, queue<std::string>{actor}));
}

TEST_F(TaskConformanceTest, ANumberThatIsTooLargeIsRefusedAndNotLost) {
  auto actor = spawn_queue(system.get());
  run([](queue<std::int64_t> large, queue<std::int8_t> small) -> task<void> {
    co_await large.put(1000);
    EXPECT_EQ(co_await ending_of(small.get()), "invalid_argument");
    EXPECT_EQ(co_await large.get(), 1000);
  }(queue<std::int64_t>{actor}, queue<std::int8_t>{actor}));
}

// -- lifetime -----------------------------------------------------------------

TEST_F(TaskConformanceTest, AQueueEndsWithItsLastHandle) {
  auto ended = false;
  {
    auto actor = spawn_queue(system.get());
    actor->attach_functor([&ended] { ended = true; });
    queue<int> items{actor};
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): a handle
    auto other = items;
    EXPECT_EQ(items, other);
    actor = nullptr;
    run([](queue<int> q) -> task<void> { co_await q.put(1); }(items));
    EXPECT_FALSE(ended);
  }
  system.run_ready();
  EXPECT_TRUE(ended);
}

TEST_F(TaskConformanceTest, ATaskMayUseOneQueueAfterTheOther) {
  run([]() -> task<void> {
    auto before = testing::watchers_of_this_task();
    for (int i = 0; i != 1000; ++i) {
      queue<int> items;
      co_await select(items.get(), sleep(1ms));
    }
    co_await sleep(1ms);
    EXPECT_EQ(testing::watchers_of_this_task(), before);
  }());
}

TEST_F(TaskConformanceTest, AQueueOutsideOfAnyTaskNeedsASystem) {
  EXPECT_THROW(queue<int>{}, failure);
}

TEST_F(TaskConformanceTest, AKilledClientLosesItsPlace) {
  queue<int> items{system.get()};
  auto actor = spawn_queue(system.get());
  auto victim = system->spawn([actor](caf::event_based_actor* self) {
    self->request(actor, caf::infinite, v1::QueueGet{})
      .then([](const v1::QueueItem&, const payload&) {});
  });
  system.run_ready();
  caf::anon_send_exit(victim, caf::exit_reason::kill);
  system.run_ready();
  run([](queue<int> q) -> task<void> {
    EXPECT_EQ((co_await q.state()).getters, 0u);
    co_await q.put(1);
    EXPECT_EQ(co_await q.get(), 1);
  }(queue<int>{actor}));
}

TEST_F(TaskConformanceTest, WhatIsOfferedInVainIsForTheNextAfterItsTimeLimit) {
  auto actor = spawn_queue(system.get());
  queue<int> items{actor};
  auto silent = system->spawn([actor](caf::event_based_actor* self) {
    v1::QueueGet what;
    what.set_ticket(1);
    what.set_offer(true);
    what.set_limit_ms(1000);
    self->request(actor, caf::infinite, what)
      .then([](const v1::QueueItem&, const payload&) {});
    return caf::behavior{[](const v1::QueueTake&) {}}; // it goes on
  });
  system.run_ready();
  run([](queue<int> q) -> task<void> { co_await q.put(1); }(items));
  auto getter =
    start([](queue<int> q) -> task<int> { co_return co_await q.get(); }(items));
  EXPECT_FALSE(getter.done());
  system.advance(1s);
  EXPECT_EQ(run(result_of(getter)), 1);
  caf::anon_send_exit(silent, caf::exit_reason::kill);
}

TEST_F(TaskConformanceTest, AQueueThatIsKilledFailsThoseWhoWait) {
  auto actor = spawn_queue(system.get());
  auto getter = start(ending_of(queue<int>{actor}.get()));
  caf::anon_send_exit(actor, caf::exit_reason::kill);
  system.run_ready();
  EXPECT_EQ(run(result_of(getter)), "lost");
}

TEST_F(TaskConformanceTest, APutThatNobodyAnswersForIsAPutAllTheSame) {
  auto actor = spawn_queue(system.get());
  caf::anon_send(actor, v1::QueuePut{}, payload{7});
  EXPECT_EQ(run([](queue<int> q) -> task<int> {
              co_return co_await q.get();
            }(queue<int>{actor})),
            7);
}

} // namespace
} // namespace troupe
