// asyncio's rows Q1 to Q26, each by tasks and by plain actors. Beside the rows:
// a cancel of what is on its way, items of other types, the lifetime of queues.

#include "conformance/queue_fixture.hpp"
#include "troupe/attempt.hpp"
#include "troupe/testing/explore.hpp"
#include "troupe/timeout.hpp"

#include "troupe/v1/common.pb.h"

namespace troupe {
namespace {

INSTANTIATE_TEST_SUITE_P(Queue, QueueConformanceTest,
                         ::testing::Values(used_by::tasks, used_by::actors),
                         ::testing::PrintToStringParamName());

TEST_P(QueueConformanceTest, Q1_OrderIsFifo) {
  puts_many({1, 3, 2});
  EXPECT_EQ(gets_many(9), "1 3 2");
}

TEST_P(QueueConformanceTest, Q1_OrderIsLifo) {
  make(0, queue_order::lifo);
  puts_many({1, 3, 2});
  EXPECT_EQ(gets(), "2");
  EXPECT_EQ(gets(), "3");
  EXPECT_EQ(gets(), "1");
}

TEST_P(QueueConformanceTest, Q1_OrderIsTheSmallestPriorityFirst) {
  make(0, queue_order::priority);
  puts(10, 1);
  puts(30, 3);
  puts(20, 2);
  puts(11, 1);
  EXPECT_EQ(gets(), "10");
  EXPECT_EQ(gets_many(9), "11 20 30");
}

TEST_P(QueueConformanceTest, Q3_AGetLetsExactlyTheNextPutterIn) {
  make(2);
  puts_many({1, 2});
  auto third = waiting(put(3));
  auto fourth = waiting(put(4));
  EXPECT_EQ(gets(), "1");
  EXPECT_EQ(third.result(), "ok");
  EXPECT_TRUE(fourth.waits());
  EXPECT_EQ(gets(), "2");
  EXPECT_EQ(fourth.result(), "ok");
}

TEST_P(QueueConformanceTest, Q5_AGetWaitsForAPut) {
  puts(1);
  EXPECT_EQ(gets(), "1");
  auto later = waiting(get());
  puts(2);
  EXPECT_EQ(later.result(), "2");
}

TEST_P(QueueConformanceTest, Q6_TheFormsThatDoNotWaitFail) {
  make(1);
  EXPECT_EQ(gets_now(), "empty");
  EXPECT_EQ(puts_now(1), "ok");
  EXPECT_EQ(puts_now(2), "full");
  EXPECT_EQ(gets_now(), "1");
}

TEST_P(QueueConformanceTest, Q7_AGetWakesOneWaitingPutter) {
  make(1);
  puts(1);
  auto next = waiting(put(2));
  EXPECT_EQ(gets_now(), "1");
  EXPECT_EQ(next.result(), "ok");
  EXPECT_EQ(gets_now(), "2");
}

TEST_P(QueueConformanceTest, Q8_WaitingPuttersAreServedInTheirOrder) {
  make(1);
  puts(0);
  auto a = waiting(put(1));
  auto b = waiting(put(2));
  EXPECT_EQ(gets(), "0");
  EXPECT_EQ(gets(), "1");
  EXPECT_EQ(gets(), "2");
  EXPECT_EQ(a.result(), "ok");
  EXPECT_EQ(b.result(), "ok");
}

TEST_P(QueueConformanceTest, Q9_APutDeliversToAWaitingGetter) {
  auto getter = waiting(get());
  EXPECT_EQ(puts_now(1), "ok");
  EXPECT_EQ(getter.result(), "1");
  EXPECT_EQ(gets_now(), "empty");
}

TEST_P(QueueConformanceTest, Q10_TheItemOfACancelledGetterGoesToTheNext) {
  auto first = waiting(get());
  auto second = waiting(get());
  put(1);
  first.cancel();
  tick();
  EXPECT_EQ(first.result(), "cancelled");
  EXPECT_EQ(second.result(), "1");
}

TEST_P(QueueConformanceTest, Q11_AGetterCancelledAfterItWasWokenDropsNothing) {
  auto getter = waiting(get());
  put(1);
  put(2);
  getter.cancel();
  tick();
  EXPECT_EQ(getter.result(), "cancelled");
  EXPECT_EQ(gets(), "1");
  EXPECT_EQ(gets(), "2");
}

TEST_P(QueueConformanceTest, Q12_TwoItemsReachTheTwoReadersThatAreLeft) {
  auto a = waiting(get());
  auto b = waiting(get());
  auto c = waiting(get());
  put(1);
  put(2);
  a.cancel();
  tick();
  EXPECT_EQ(a.result(), "cancelled");
  EXPECT_THAT((std::vector{b.result(), c.result()}),
              ::testing::UnorderedElementsAre("1", "2"));
}

TEST_P(QueueConformanceTest, Q13_TheItemOfACancelledPutterNeverAppears) {
  make(1);
  puts(1);
  auto second = waiting(put(2));
  auto third = waiting(put(3));
  second.cancel();
  tick();
  EXPECT_EQ(second.result(), "cancelled");
  EXPECT_EQ(gets(), "1");
  EXPECT_EQ(gets(), "3");
  EXPECT_EQ(third.result(), "ok");
  EXPECT_EQ(gets_now(), "empty");
}

TEST_P(QueueConformanceTest, Q14_APutterCancelledAfterItWasWokenMayTryAgain) {
  make(1);
  puts(1);
  auto putter = waiting(put(2));
  auto getter = get();
  putter.cancel();
  tick();
  EXPECT_EQ(getter.result(), "1");
  EXPECT_EQ(putter.result(), "cancelled");
  EXPECT_EQ(puts_now(2), "ok");
  EXPECT_EQ(gets_now(), "2");
  EXPECT_EQ(gets_now(), "empty");
}

TEST_P(QueueConformanceTest, Q15_FourPuttersAndADrainingGetterFinish) {
  make(2);
  std::vector<call> putters;
  for (int i = 0; i != 4; ++i)
    putters.push_back(put(i));
  tick();
  for (int i = 0; i != 4; ++i)
    EXPECT_EQ(gets(), std::to_string(i));
  for (const auto& one : putters)
    EXPECT_EQ(one.result(), "ok");
}

TEST_P(QueueConformanceTest, Q16_CancelledClientsDoNotStayInLine) {
  make(1);
  for (int i = 0; i != 3; ++i) {
    auto getter = waiting(get());
    getter.cancel();
    tick();
  }
  EXPECT_EQ(puts(1), "ok");
  for (int i = 0; i != 3; ++i) {
    auto putter = waiting(put(9));
    putter.cancel();
    tick();
  }
  EXPECT_EQ(gets(), "1");
  EXPECT_EQ(gets_now(), "empty");
}

TEST_P(QueueConformanceTest,
       Q17_APutterThatJustGotItsPlaceIsCancelledAllTheSame) {
  make(1);
  puts(1);
  auto putter = waiting(put(2));
  auto next = waiting(put(3));
  auto getter = get();
  putter.cancel();
  tick();
  EXPECT_EQ(getter.result(), "1");
  EXPECT_EQ(putter.result(), "cancelled");
  EXPECT_EQ(next.result(), "ok");
  EXPECT_EQ(gets(), "3");
}

TEST_P(QueueConformanceTest, Q18_APutIntoAnUnboundedQueueDoesNotWait) {
  for (int i = 0; i != 100; ++i)
    EXPECT_EQ(puts(i), "ok");
}

TEST_P(QueueConformanceTest, Q19_TaskDoneMoreOftenThanThereWereItemsFails) {
  for (auto order :
       {queue_order::fifo, queue_order::lifo, queue_order::priority}) {
    make(0, order);
    EXPECT_EQ(tasks_done(), "invalid_argument");
    puts(1);
    EXPECT_EQ(tasks_done(), "ok");
    EXPECT_EQ(tasks_done(), "invalid_argument");
  }
}

TEST_P(QueueConformanceTest, Q20_JoinReturnsWhenEverythingIsDone) {
  for (int i = 0; i != 4; ++i)
    puts(i);
  auto joiner = waiting(join());
  auto other = waiting(join());
  for (int i = 0; i != 4; ++i) {
    EXPECT_TRUE(joiner.waits());
    gets();
    tasks_done();
  }
  EXPECT_EQ(joiner.result(), "ok");
  EXPECT_EQ(other.result(), "ok");
}

TEST_P(QueueConformanceTest, Q21_JoinOfANewQueueReturnsAtOnce) {
  EXPECT_EQ(joins(), "ok");
  EXPECT_EQ(joins(), "ok");
}

TEST_P(QueueConformanceTest, Q22_ShutdownOfAnEmptyQueueEndsEverybody) {
  auto getter = waiting(get());
  EXPECT_EQ(shuts_down(), "ok");
  EXPECT_EQ(getter.result(), "closed");
  EXPECT_EQ(puts(1), "closed");
  EXPECT_EQ(puts_now(1), "closed");
  EXPECT_EQ(gets(), "closed");
  EXPECT_EQ(gets_now(), "closed");
  EXPECT_EQ(puts_many({1, 2}), "closed");
  EXPECT_EQ(gets_many(2), "closed");
  EXPECT_EQ(joins(), "ok");
}

TEST_P(QueueConformanceTest, Q23_ShutdownLeavesTheItemsThatAreThere) {
  make(1);
  puts(1);
  auto putter = waiting(put(2));
  auto joiner = waiting(join());
  EXPECT_EQ(shuts_down(), "ok");
  EXPECT_EQ(putter.result(), "closed");
  EXPECT_EQ(puts_now(3), "closed");
  EXPECT_EQ(gets(), "1");
  EXPECT_EQ(gets(), "closed");
  EXPECT_TRUE(joiner.waits());
  EXPECT_EQ(tasks_done(), "ok");
  EXPECT_EQ(joiner.result(), "ok");
  EXPECT_EQ(tasks_done(), "invalid_argument");
}

TEST_P(QueueConformanceTest, Q24_ImmediateShutdownDropsTheItems) {
  make(2);
  puts_many({1, 2});
  auto putter = waiting(put(3));
  auto joiner = waiting(join());
  EXPECT_EQ(shuts_down(true), "ok");
  EXPECT_EQ(putter.result(), "closed");
  EXPECT_EQ(gets(), "closed");
  EXPECT_EQ(joiner.result(), "ok");
  EXPECT_EQ(tasks_done(), "invalid_argument");
}

TEST_P(QueueConformanceTest, Q25_ImmediateShutdownWaitsForItemsThatWereTaken) {
  puts_many({1, 2});
  EXPECT_EQ(gets(), "1");
  auto joiner = waiting(join());
  shuts_down(true);
  EXPECT_TRUE(joiner.waits());
  EXPECT_EQ(tasks_done(), "ok");
  EXPECT_EQ(joiner.result(), "ok");
}

TEST_P(QueueConformanceTest, Q26_ShutdownIsOneWayAndMayBeRepeated) {
  puts(1);
  EXPECT_EQ(shuts_down(), "ok");
  EXPECT_EQ(shuts_down(), "ok");
  EXPECT_EQ(gets(), "1");
  EXPECT_EQ(shuts_down(true), "ok");
  EXPECT_EQ(shuts_down(), "ok");
  EXPECT_EQ(puts(1), "closed");
}

// -- by tasks only ------------------------------------------------------------

TEST_F(TaskConformanceTest, Q2_TellsWhetherItIsEmptyOrFull) {
  run([]() -> task<void> {
    queue<int> items{queue_options{}.max_size(2)};
    EXPECT_TRUE(co_await items.empty());
    EXPECT_FALSE(co_await items.full());
    co_await items.put(1);
    EXPECT_FALSE(co_await items.empty());
    co_await items.put(2);
    EXPECT_TRUE(co_await items.full());
    EXPECT_EQ(co_await items.size(), 2u);
    queue<int> unbounded;
    for (int i = 0; i != 10; ++i)
      co_await unbounded.put(i);
    EXPECT_FALSE(co_await unbounded.full());
    auto state = co_await unbounded.state();
    EXPECT_EQ(state.size, 10u);
    EXPECT_EQ(state.unfinished, 10u);
    EXPECT_EQ(state.max_size, 0u);
  }());
}

task<int> sum_of(queue<int> items) {
  int sum = 0;
  for (;;) {
    auto next = co_await attempt(items.get());
    if (!next)
      co_return sum;
    sum += *next;
  }
}

TEST_F(TaskConformanceTest, Q15_AProducerAndAConsumerOverOnePlaceFinish) {
  run([]() -> task<void> {
    queue<int> items{queue_options{}.max_size(1)};
    auto consumer = spawn(sum_of(items));
    for (int i = 1; i <= 100; ++i)
      co_await items.put(i);
    co_await items.shutdown();
    EXPECT_EQ(co_await consumer, 5050);
  }());
}

task<void> work_through(queue<int> items, journal log) {
  for (;;) {
    auto next = co_await items.get();
    co_await sleep(1s);
    log.add(std::to_string(next));
    co_await items.task_done();
  }
}

TEST_F(TaskConformanceTest, Q20_JoinWaitsForSeveralWorkers) {
  run([]() -> task<void> {
    queue<int> items;
    journal log;
    auto a = spawn(work_through(items, log));
    auto b = spawn(work_through(items, log));
    for (int i = 0; i != 5; ++i)
      co_await items.put(i);
    co_await items.join();
    EXPECT_EQ(log.lines().size(), 5u);
    a.cancel();
    b.cancel();
  }());
}

TEST_F(TaskConformanceTest, Q16_TimedOutClientsDoNotStayInLine) {
  run([]() -> task<void> {
    queue<int> items{queue_options{}.max_size(1)};
    auto get = [](queue<int> from) -> task<int> {
      co_return co_await from.get();
    };
    auto put = [](queue<int> to) -> task<void> { co_await to.put(9); };
    for (int i = 0; i != 3; ++i)
      EXPECT_EQ(co_await ending_of(wait_for(get(items), 1s)), "timed_out");
    EXPECT_EQ((co_await items.state()).getters, 0u);
    co_await items.put(1);
    for (int i = 0; i != 3; ++i)
      EXPECT_EQ(co_await ending_of(wait_for(put(items), 1s)), "timed_out");
    auto state = co_await items.state();
    EXPECT_EQ(state.putters, 0u);
    EXPECT_EQ(state.size, 1u);
  }());
}

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
