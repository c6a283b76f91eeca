// asyncio-behaviours, section 6: each row with tasks, and with plain actors.

#include "conformance/queue_fixture.hpp"

#include <string>
#include <vector>

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

TEST_P(QueueConformanceTest, Q2_ItTellsWhetherItIsEmptyOrFull) {
  make(2);
  EXPECT_TRUE(looks().empty());
  EXPECT_FALSE(looks().full());
  puts(1);
  EXPECT_FALSE(looks().empty());
  EXPECT_FALSE(looks().full());
  puts(2);
  EXPECT_TRUE(looks().full());
  EXPECT_EQ(looks().size, 2u);
  make(0);
  for (int i = 0; i != 10; ++i)
    puts(i);
  EXPECT_FALSE(looks().full());
  EXPECT_EQ(looks().size, 10u);
  EXPECT_EQ(looks().unfinished, 10u);
  EXPECT_EQ(looks().max_size, 0u);
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

// Adapted: asyncio leaves the order of gets that wait open; here it is theirs.
TEST_P(QueueConformanceTest, Q12_GetsThatWaitAreServedInTheirOrder) {
  auto a = waiting(get());
  auto b = waiting(get());
  puts_many({1, 2});
  EXPECT_EQ(a.result(), "1");
  EXPECT_EQ(b.result(), "2");
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

TEST_P(QueueConformanceTest, Q15_AProducerAndAConsumerOverOnePlaceFinish) {
  make(1);
  auto producer = put(1);
  auto consumer = get();
  int made = 1;
  int taken = 0;
  while (taken != 100) {
    tick();
    ASSERT_FALSE(producer.waits() && consumer.waits()) << "after " << taken;
    if (!producer.waits() && made != 100)
      producer = put(++made);
    if (!consumer.waits()) {
      EXPECT_EQ(consumer.result(), std::to_string(++taken));
      consumer = get();
    }
  }
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
    EXPECT_EQ(looks().getters, 1u);
    getter.cancel();
    tick();
    EXPECT_EQ(looks().getters, 0u);
  }
  EXPECT_EQ(puts(1), "ok");
  for (int i = 0; i != 3; ++i) {
    auto putter = waiting(put(9));
    EXPECT_EQ(looks().putters, 1u);
    putter.cancel();
    tick();
    EXPECT_EQ(looks().putters, 0u);
  }
  EXPECT_EQ(gets(), "1");
  EXPECT_EQ(gets_now(), "empty");
}

TEST_P(QueueConformanceTest, Q16_TimedOutClientsDoNotStayInLine) {
  make(1);
  for (int i = 0; i != 3; ++i) {
    auto getter = waiting(get_within(1s));
    system.advance(1s);
    EXPECT_EQ(getter.result(), "timed_out");
  }
  EXPECT_EQ(looks().getters, 0u);
  EXPECT_EQ(puts(1), "ok");
  for (int i = 0; i != 3; ++i) {
    auto putter = waiting(put_within(1s, 9));
    system.advance(1s);
    EXPECT_EQ(putter.result(), "timed_out");
  }
  EXPECT_EQ(looks().putters, 0u);
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
  for (auto order : all_orders) {
    make(0, order);
    EXPECT_EQ(tasks_done(), "invalid_argument");
    puts(1);
    EXPECT_EQ(tasks_done(), "ok");
    EXPECT_EQ(tasks_done(), "invalid_argument");
  }
}

TEST_P(QueueConformanceTest, Q20_JoinReturnsWhenEverythingIsDone) {
  for (auto order : all_orders) {
    make(0, order);
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
}

TEST_P(QueueConformanceTest, Q20_JoinWaitsForSeveralWorkers) {
  for (auto order : all_orders) {
    make(0, order);
    std::vector workers{waiting(get()), waiting(get()), waiting(get())};
    puts_many({1, 2, 3, 4});
    auto joiner = waiting(join());
    workers.push_back(get());
    tick();
    for (const auto& one : workers) {
      EXPECT_FALSE(one.waits());
      EXPECT_TRUE(joiner.waits()) << "for those that have an item";
      EXPECT_EQ(tasks_done(), "ok");
    }
    EXPECT_EQ(joiner.result(), "ok");
  }
}

TEST_P(QueueConformanceTest, Q21_JoinOfANewQueueReturnsAtOnce) {
  for (auto order : all_orders) {
    make(0, order);
    EXPECT_EQ(joins(), "ok");
    EXPECT_EQ(joins(), "ok");
  }
}

TEST_P(QueueConformanceTest, Q22_ShutdownOfAnEmptyQueueEndsEverybody) {
  for (auto order : all_orders) {
    make(0, order);
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
}

TEST_P(QueueConformanceTest, Q23_ShutdownLeavesTheItemsThatAreThere) {
  for (auto order : all_orders) {
    make(1, order);
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
}

TEST_P(QueueConformanceTest, Q24_ImmediateShutdownDropsTheItems) {
  for (auto order : all_orders) {
    make(2, order);
    puts_many({1, 2});
    auto putter = waiting(put(3));
    auto joiner = waiting(join());
    EXPECT_EQ(shuts_down(true), "ok");
    EXPECT_EQ(putter.result(), "closed");
    EXPECT_EQ(looks().size, 0u);
    EXPECT_EQ(gets(), "closed");
    EXPECT_EQ(joiner.result(), "ok");
    EXPECT_EQ(tasks_done(), "invalid_argument");
  }
}

TEST_P(QueueConformanceTest, Q25_ImmediateShutdownWaitsForItemsThatWereTaken) {
  for (auto order : all_orders) {
    make(0, order);
    puts_many({1, 2});
    EXPECT_FALSE(gets().empty());
    auto joiner = waiting(join());
    shuts_down(true);
    EXPECT_EQ(looks().unfinished, 1u);
    EXPECT_TRUE(joiner.waits());
    EXPECT_EQ(tasks_done(), "ok");
    EXPECT_EQ(joiner.result(), "ok");
    EXPECT_EQ(tasks_done(), "invalid_argument");
  }
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

} // namespace
} // namespace troupe
