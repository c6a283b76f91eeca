#include "conformance/group_fixture.hpp"
#include "conformance/plain_client.hpp"
#include "troupe/core/semaphore_actor.hpp"
#include "troupe/promise.hpp"
#include "troupe/semaphore.hpp"

#include <optional>

// asyncio-behaviours, section 4. Adapted: S2 and S11 by what is answered first;
// S14 at compile time. A task that acquires keeps its permits until it is told
// to give them back.
namespace troupe {
namespace {

class SemaphoreConformanceTest : public group_fixture {
protected:
  /// A task that takes a permit, writes that down, and keeps it.
  handle<void> take(std::string name) {
    auto work = job([this, name] { return take_and_tell(name); });
    return spawn(system.get(), std::move(work));
  }
  task<void> take_and_tell(std::string name) {
    auto mine = co_await slots.acquire();
    taken.push_back(name);
    mine.keep();
  }
  void release(std::int64_t count = 1) {
    static_cast<void>(spawn(system.get(), slots.release(count)));
  }
  bool locked() { return system.run(slots.locked()); }
  std::int64_t available() { return system.run(slots.available()); }
  void settle() { system.run_ready(); }

  semaphore slots{system.get(), 0};
  std::vector<std::string> taken;
};

TEST_F(SemaphoreConformanceTest, S1_ItHasSoManyPermits) {
  EXPECT_TRUE(locked());
  EXPECT_EQ(system.run(semaphore{system.get()}.available()), 1);
  EXPECT_THROW(semaphore(system.get(), -1), failure);
}

TEST_F(SemaphoreConformanceTest, S2_PermitsAreTakenWithoutWaiting) {
  release(2);
  take("a");
  settle();
  EXPECT_FALSE(locked());
  take("b");
  settle();
  EXPECT_TRUE(locked());
  EXPECT_THAT(taken, ElementsAre("a", "b"));
}

TEST_F(SemaphoreConformanceTest, S3_SoManyReleasesAdmitSoMany) {
  for (auto name : {"a", "b", "c", "d"})
    static_cast<void>(take(name));
  settle();
  release();
  release();
  settle();
  EXPECT_THAT(taken, ElementsAre("a", "b"));
  EXPECT_EQ(available(), 0);
  release(2);
  settle();
  EXPECT_THAT(taken, ElementsAre("a", "b", "c", "d"));
}

TEST_F(SemaphoreConformanceTest, S4_S10_CancelledOnesLeaveTheLine) {
  take("a");
  auto b = take("b");
  take("c");
  settle();
  b.cancel();
  release(2);
  settle();
  EXPECT_THAT(taken, ElementsAre("a", "c"));
}

TEST_F(SemaphoreConformanceTest, S5_TheFirstThatLivesGetsIt) {
  auto a = take("a");
  auto b = take("b");
  take("c");
  auto d = take("d");
  settle();
  a.cancel();
  b.cancel();
  release();
  settle();
  EXPECT_THAT(taken, ElementsAre("c"));
  d.cancel();
}

TEST_F(SemaphoreConformanceTest, S6_ACancelAndAReleaseForgetNobody) {
  auto a = take("a");
  take("b");
  settle();
  release();
  a.cancel();
  settle();
  EXPECT_THAT(taken, ElementsAre("b"));
}

TEST_F(SemaphoreConformanceTest, S7_AGrantThatIsNotTakenIsGivenBack) {
  auto a = take("a");
  settle();
  release();
  testing::choices in_order;
  system.run_one(in_order); // the release is on its way
  system.run_one(in_order); // the grant is
  a.cancel();
  settle();
  EXPECT_THAT(taken, IsEmpty());
  EXPECT_EQ(available(), 1);
}

TEST_F(SemaphoreConformanceTest, S8_S9_WhoComesAgainIsBehindTheOthers) {
  release();
  auto twice = [this](std::string name) -> task<void> {
    for (int i = 0; i < 2; ++i) {
      auto mine = co_await slots.acquire();
      taken.push_back(name);
      co_await yield();
      co_await mine.release();
    }
  };
  for (std::string name : {"a", "b", "c"})
    static_cast<void>(
      spawn(system.get(), job([twice, name] { return twice(name); })));
  settle();
  EXPECT_THAT(taken, ElementsAre("a", "b", "c", "a", "b", "c"));
}

TEST_F(SemaphoreConformanceTest, S11_ReleasedTogetherTheyAreServedInOrder) {
  take("a");
  take("b");
  settle();
  release(2);
  take("c");
  settle();
  EXPECT_THAT(taken, ElementsAre("a", "b"));
  EXPECT_TRUE(locked());
  release();
  settle();
}

TEST_F(SemaphoreConformanceTest, S12_OnlyABoundedOneRefusesMorePermits) {
  bounded_semaphore bounded{system.get(), 1};
  EXPECT_EQ(end_of([&]() -> task<void> { co_await bounded.release(); }),
            "invalid_argument");
  run([&]() -> task<void> {
    auto mine = co_await bounded.acquire();
    mine.keep();
    co_await bounded.release();
  });
  EXPECT_EQ(system.run(bounded.available()), 1);
  release(5);
  EXPECT_EQ(available(), 5);
}

TEST_F(SemaphoreConformanceTest, S13_AReleaseWithoutWaitersFreesAPermit) {
  release();
  settle();
  EXPECT_EQ(available(), 1);
  EXPECT_FALSE(locked());
}

TEST_F(SemaphoreConformanceTest, PermitsAreGivenBackWithTheirScope) {
  release(3);
  run([&]() -> task<void> {
    {
      auto mine = co_await slots.acquire(3);
      EXPECT_EQ(co_await slots.available(), 0);
      auto more = co_await slots.try_acquire();
      EXPECT_FALSE(more.has_value());
    }
    EXPECT_EQ(co_await slots.available(), 3);
  });
  EXPECT_EQ(end_of([&]() -> task<void> { co_await slots.acquire(0); }),
            "invalid_argument");
}

TEST_F(SemaphoreConformanceTest, S3_S4_S12_WithPlainActors) {
  auto room =
    spawn_semaphore(system.get(), permit_options{}.permits(1).bound(1));
  std::vector<plain_client> clients;
  std::vector<std::uint64_t> tokens;
  v1::SemaphoreAcquire what;
  what.set_ticket(1);
  for (std::size_t i = 0; i < 4; ++i) {
    clients.emplace_back(system.get());
    clients.back().ask<v1::SemaphoreGranted>(
      room, what, [&](const auto& x) { tokens.push_back(x.token()); });
  }
  system.run_ready();
  EXPECT_THAT(tokens, ElementsAre(1u));
  v1::Withdraw withdraw;
  withdraw.set_ticket(1);
  clients[1].tell(room, withdraw);
  v1::SemaphoreRelease release;
  release.set_token(1);
  clients[0].tell(room, release);
  system.run_ready();
  EXPECT_THAT(tokens, ElementsAre(1u, 2u));
  clients[2].end(); // it held the second
  system.run_ready();
  EXPECT_THAT(tokens, ElementsAre(1u, 2u, 3u));
  std::string told;
  clients[0].ask<v1::SemaphoreState>(
    room, v1::SemaphoreRelease{}, [](const auto&) {},
    [&](std::string why) { told = std::move(why); });
  system.run_ready();
  EXPECT_EQ(told, "invalid_argument");
}

} // namespace
} // namespace troupe
