#include "conformance/group_fixture.hpp"
#include "conformance/plain_client.hpp"
#include "troupe/barrier.hpp"
#include "troupe/core/barrier_actor.hpp"
#include "troupe/gather.hpp"

// asyncio-behaviours, section 5. Adapted: a trip answers all at once, and those
// that were answered have left: so there is no draining (B6, B7, B11, B12, B14,
// B16). B19 at compile time.
namespace troupe {
namespace {

using ::testing::UnorderedElementsAre;

class BarrierConformanceTest : public group_fixture {
protected:
  /// Lets so many tasks wait; how they end is added to `ends`.
  void wait(int count = 1) {
    for (int i = 0; i < count; ++i)
      waits.push_back(spawn(
        system.get(), job([this]() -> task<void> { return wait_and_tell(); })));
    system.run_ready();
  }
  task<void> wait_and_tell() {
    auto index = co_await attempt(gate.wait());
    ends.push_back(index ? std::to_string(*index)
                         : std::string{to_string(index.error().code())});
  }
  std::size_t waiting() { return system.run(gate.waiting()); }
  bool broken() { return system.run(gate.broken()); }
  void reset() { system.run(gate.reset()); }
  void abort() { system.run(gate.abort()); }
  void cancel(std::size_t i) {
    waits.at(i).cancel();
    system.run_ready();
  }

  barrier gate{system.get(), 3};
  std::vector<handle<void>> waits;
  std::vector<std::string> ends;
};

TEST_F(BarrierConformanceTest, B1_ItNeedsParties) {
  EXPECT_THROW(barrier(system.get(), 0), failure);
}

TEST_F(BarrierConformanceTest, B2_AllReturnTogetherEachWithItsIndex) {
  wait(2);
  EXPECT_THAT(ends, IsEmpty());
  wait();
  EXPECT_THAT(ends, UnorderedElementsAre("0", "1", "2"));
  EXPECT_EQ(waiting(), 0u);
  EXPECT_FALSE(broken());
}

TEST_F(BarrierConformanceTest, B3_OnePartyNeverWaits) {
  run([&]() -> task<void> {
    barrier one{1};
    EXPECT_EQ(co_await one.wait(), 0u);
    EXPECT_EQ(co_await one.wait(), 0u);
  });
}

TEST_F(BarrierConformanceTest, B4_ThoseThatWaitAreCounted) {
  EXPECT_EQ(waiting(), 0u);
  wait();
  EXPECT_EQ(waiting(), 1u);
  wait();
  EXPECT_EQ(waiting(), 2u);
  wait();
  EXPECT_EQ(waiting(), 0u);
}

TEST_F(BarrierConformanceTest, B5_TheSameTasksPassItAgain) {
  auto twice = [this]() -> task<int> {
    co_await gate.wait();
    co_await gate.wait();
    co_return 1;
  };
  auto done =
    system.run(gather(tasks<int>(job(twice), job(twice), job(twice))));
  EXPECT_THAT(done, ElementsAre(1, 1, 1));
}

TEST_F(BarrierConformanceTest, B6_B7_WhoComesRightAfterATripIsCountedAnew) {
  wait(4);
  EXPECT_EQ(ends.size(), 3u);
  EXPECT_EQ(waiting(), 1u);
  cancel(3);
}

TEST_F(BarrierConformanceTest, B8_ACancelUncountsOneAndBreaksNothing) {
  wait(2);
  cancel(0);
  EXPECT_EQ(waiting(), 1u);
  EXPECT_FALSE(broken());
  wait(2);
  EXPECT_EQ(ends.size(), 3u);
}

TEST_F(BarrierConformanceTest, B9_AResetOfAnIdleBarrierDoesNothing) {
  reset();
  EXPECT_FALSE(broken());
  wait(3);
  EXPECT_THAT(ends, UnorderedElementsAre("0", "1", "2"));
}

TEST_F(BarrierConformanceTest, B10_AResetBreaksTheWaitsOnly) {
  wait(2);
  reset();
  system.run_ready();
  EXPECT_THAT(ends, ElementsAre("broken", "broken"));
  EXPECT_FALSE(broken());
}

TEST_F(BarrierConformanceTest, B11_B14_AResetAfterATripDisturbsNobody) {
  wait(3);
  reset();
  system.run_ready();
  EXPECT_THAT(ends, UnorderedElementsAre("0", "1", "2"));
}

TEST_F(BarrierConformanceTest, B12_B13_AfterAResetTheyWaitAgain) {
  wait(2);
  reset();
  wait(3);
  EXPECT_THAT(ends, UnorderedElementsAre("broken", "broken", "0", "1", "2"));
}

TEST_F(BarrierConformanceTest, B15_AnAbortBreaksIt) {
  abort();
  EXPECT_TRUE(broken());
}

TEST_F(BarrierConformanceTest, B16_AnAbortBreaksAllWaitsUntilAReset) {
  wait(2);
  abort();
  wait();
  EXPECT_THAT(ends, ElementsAre("broken", "broken", "broken"));
  EXPECT_TRUE(broken());
}

TEST_F(BarrierConformanceTest, B17_WhenOneFailsAndAbortsNobodyPasses) {
  wait(2);
  EXPECT_EQ(end_of([&]() -> task<void> {
              co_await gate.abort();
              co_await gate.wait();
            }),
            "broken");
  EXPECT_THAT(ends, ElementsAre("broken", "broken"));
}

TEST_F(BarrierConformanceTest, B18_AResetMendsIt) {
  abort();
  reset();
  wait(3);
  EXPECT_THAT(ends, UnorderedElementsAre("0", "1", "2"));
}

TEST_F(BarrierConformanceTest, B2_B8_B10_WithPlainActors) {
  auto place = spawn_barrier(system.get(), 2);
  std::vector<plain_client> clients;
  v1::BarrierWait what;
  what.set_ticket(1);
  auto wait_as = [&](std::size_t i) {
    clients.at(i).ask<v1::BarrierPassed>(
      place, what,
      [this](const auto& x) { ends.push_back(std::to_string(x.index())); },
      [this](std::string why) { ends.push_back(std::move(why)); });
    system.run_ready();
  };
  for (int i = 0; i < 3; ++i)
    clients.emplace_back(system.get());
  wait_as(0);
  clients[0].end();
  system.run_ready();
  wait_as(1);
  EXPECT_THAT(ends, IsEmpty()); // the dead are not counted
  wait_as(2);
  EXPECT_THAT(ends, UnorderedElementsAre("0", "1"));
  wait_as(1);
  clients[2].tell(place, v1::BarrierReset{});
  system.run_ready();
  EXPECT_EQ(ends.back(), "broken");
}

} // namespace
} // namespace troupe
