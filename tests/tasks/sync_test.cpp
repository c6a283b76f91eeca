#include "conformance/group_fixture.hpp"
#include "troupe/capacity_limiter.hpp"
#include "troupe/fence.hpp"
#include "troupe/rate_limiter.hpp"
#include "troupe/rlock.hpp"
#include "troupe/rwlock.hpp"

// What troupe has beside asyncio's locks.
namespace troupe {
namespace {

class SyncTest : public group_fixture {};

TEST_F(SyncTest, AnRlockIsReleasedAsOftenAsItWasAcquired) {
  run([]() -> task<void> {
    rlock mutex;
    auto outer = co_await mutex.acquire();
    {
      auto inner = co_await mutex.acquire();
      EXPECT_EQ(inner.token(), outer.token());
    }
    EXPECT_TRUE(co_await mutex.locked());
    co_await outer.release();
    EXPECT_FALSE(co_await mutex.locked());
  });
}

TEST_F(SyncTest, ReadersShareAndAWriterIsAlone) {
  rwlock data{system.get()};
  auto reader = start([&]() -> task<void> {
    auto mine = co_await data.read();
    co_await sleep(2s);
  });
  run([&]() -> task<void> {
    {
      auto mine = co_await data.read();
      EXPECT_EQ(elapsed(), 0s);
    }
    auto early = co_await data.try_write();
    EXPECT_FALSE(early.has_value());
    auto mine = co_await data.write();
    EXPECT_EQ(elapsed(), 2s);
    auto another = co_await attempt(data.read());
    EXPECT_EQ(another.error().code(), errc::already_held);
  });
}

TEST_F(SyncTest, AReaderDoesNotOvertakeAWriter) {
  rwlock data{system.get()};
  auto reader = start([&]() -> task<void> {
    auto mine = co_await data.read();
    co_await sleep(1s);
  });
  auto writer = start([&]() -> task<void> {
    auto mine = co_await data.write();
    co_await sleep(1s);
  });
  run([&]() -> task<void> {
    auto mine = co_await data.read();
    EXPECT_EQ(elapsed(), 2s);
  });
}

TEST_F(SyncTest, ACapacityLimiterGivesATaskOnePlace) {
  run([]() -> task<void> {
    capacity_limiter places{2};
    auto mine = co_await places.acquire();
    auto another = co_await attempt(places.acquire());
    EXPECT_EQ(another.error().code(), errc::already_held);
  });
}

TEST_F(SyncTest, ACapacityLimiterGrows) {
  capacity_limiter places{system.get(), 1};
  auto use = [&]() -> task<void> {
    auto mine = co_await places.acquire();
    co_await sleep(1s);
  };
  auto a = start(use);
  auto b = start(use);
  run([&]() -> task<void> { co_await places.resize(2); });
  EXPECT_EQ(end_of(b), "done");
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(SyncTest, ARateLimiterSpacesWhatComesAtOnce) {
  run([&]() -> task<void> {
    rate_limiter slow{2, 10s, 1};
    co_await slow.acquire("a");
    EXPECT_EQ(elapsed(), 0s);
    co_await slow.acquire("b");
    EXPECT_EQ(elapsed(), 0s);
    co_await slow.acquire("a");
    EXPECT_EQ(elapsed(), 5s);
  });
  EXPECT_THROW(rate_limiter(system.get(), 0, 1s), failure);
}

TEST_F(SyncTest, AFenceRefusesWhoIsLate) {
  fence data;
  EXPECT_TRUE(data.accept(2));
  EXPECT_TRUE(data.accept(2));
  EXPECT_FALSE(data.accept(1));
  EXPECT_EQ(data.seen(), 2u);
  EXPECT_FALSE(fence{5}.accept(4));
}

} // namespace
} // namespace troupe
