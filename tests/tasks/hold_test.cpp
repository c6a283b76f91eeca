#include "conformance/group_fixture.hpp"
#include "troupe/capacity_limiter.hpp"
#include "troupe/core/semaphore_actor.hpp"
#include "troupe/gather.hpp"
#include "troupe/lock.hpp"
#include "troupe/promise.hpp"
#include "troupe/request.hpp"
#include "troupe/select.hpp"
#include "troupe/semaphore.hpp"
#include "troupe/subscription.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

// What a lock or a semaphore granted protects something as long as it says so,
// and only in the task that acquired it.
namespace troupe {
namespace {

constexpr auto most = std::numeric_limits<std::int64_t>::max();

class HoldTest : public group_fixture {
protected:
  [[nodiscard]] bool locked(lock of) { return system.run(of.locked()); }

  lock mutex{system.get()};
  lock other{system.get()};
};

// -- moving -------------------------------------------------------------------

TEST_F(HoldTest, MoveAssignmentReleasesWhatItHadAndEmptiesTheOther) {
  run([&]() -> task<void> {
    auto mine = co_await mutex.acquire();
    auto more = co_await other.acquire();
    mine = std::move(more);
    EXPECT_TRUE(mine);
    EXPECT_FALSE(more); // NOLINT(bugprone-use-after-move): that is the test
    EXPECT_FALSE(co_await mutex.locked());
    EXPECT_TRUE(co_await other.locked());
    co_await mine.release();
    EXPECT_FALSE(co_await other.locked());
  });
}

TEST_F(HoldTest, MoveAssignmentToItselfChangesNothing) {
  run([&]() -> task<void> {
    auto mine = co_await mutex.acquire();
    auto& same = mine;
    mine = std::move(same);
    EXPECT_TRUE(mine);
    EXPECT_TRUE(co_await mutex.locked());
  });
}

TEST_F(HoldTest, MoveAssignmentGivesPermitsBack) {
  run([&]() -> task<void> {
    semaphore slots{3};
    auto two = co_await slots.acquire(2);
    auto one = co_await slots.acquire(1);
    two = std::move(one);
    EXPECT_FALSE(one); // NOLINT(bugprone-use-after-move): that is the test
    EXPECT_EQ(co_await slots.available(), 2);
  });
}

TEST_F(HoldTest, AMovedFromOneHasNoToken) {
  run([&]() -> task<void> {
    auto mine = co_await mutex.acquire();
    auto moved = std::move(mine);
    EXPECT_EQ(moved.token(), 1u);
    // NOLINTNEXTLINE(bugprone-use-after-move): that is the test
    EXPECT_THROW((void)mine.token(), failure);
    EXPECT_EQ(co_await ending(mine.release()), "stale_token");
  });
}

TEST_F(HoldTest, APauseThatIsReplacedEnds) {
  auto worker = start([]() -> task<void> { co_await sleep(1s); });
  auto another = start([]() -> task<void> { co_await sleep(1h); });
  run([&]() -> task<void> {
    auto pause = co_await worker.pause();
    auto next = co_await another.pause();
    pause = std::move(next);
    co_await worker;
    EXPECT_EQ(elapsed(), 1s);
  });
  another.cancel();
}

TEST_F(HoldTest, APromiseThatIsReplacedIsBroken) {
  promise<int> one;
  promise<int> two;
  auto first = one.get_handle();
  one = std::move(two);
  EXPECT_EQ(end_of(first), "broken_promise");
  one.set_value(1);
}

// -- leaving its task ---------------------------------------------------------

struct result {
  held what;
};

task<result> acquired(lock from) {
  auto mine = co_await from.acquire();
  co_return result{std::move(mine)};
}

TEST_F(HoldTest, ALockThatATaskGivesAwayIsNotHeld) {
  run([&]() -> task<void> {
    auto both = co_await gather(tasks(acquired(mutex), acquired(other)));
    EXPECT_FALSE(both[0].what);
    EXPECT_FALSE(both[1].what);
    EXPECT_THROW((void)both[0].what.token(), failure);
    EXPECT_EQ(co_await ending(both[0].what.release()), "stale_token");
  });
  EXPECT_FALSE(locked(mutex));
  EXPECT_FALSE(locked(other));
}

TEST_F(HoldTest, ALockThatIsGivenAwayIsNotHeldThereWhileItsTaskRuns) {
  auto given = std::make_shared<std::optional<held>>();
  auto owner = start([&]() -> task<void> {
    given->emplace(co_await mutex.acquire());
    co_await sleep(1s);
    EXPECT_TRUE(**given);
    co_await (*given)->release();
  });
  run([&]() -> task<void> {
    EXPECT_FALSE(**given);
    EXPECT_THROW((void)(*given)->token(), failure);
    EXPECT_TRUE(co_await mutex.locked());
    auto mine = co_await mutex.acquire();
    EXPECT_EQ(elapsed(), 1s);
  });
  EXPECT_EQ(end_of(owner), "done");
}

TEST_F(HoldTest, APermitThatIsGivenAwayCannotBeKept) {
  semaphore slots{system.get(), 1};
  auto given = std::make_shared<std::optional<permit>>();
  auto owner = start([&]() -> task<void> {
    given->emplace(co_await slots.acquire());
    co_await sleep(1s);
  });
  run([&]() -> task<void> {
    EXPECT_FALSE(**given);
    EXPECT_THROW((*given)->keep(), failure);
    co_return;
  });
  given->reset();
  EXPECT_EQ(system.run(slots.available()), 1);
  EXPECT_EQ(end_of(owner), "done");
}

task<void> uses(held what) {
  EXPECT_TRUE(what);
  co_await sleep(1s);
}

task<void> uses_some(std::vector<permit> what) {
  EXPECT_EQ(what.size(), 2u);
  co_await sleep(1s);
}

TEST_F(HoldTest, ACoroutineThatTakesOneIsRefusedByWhatSpawns) {
  run([&]() -> task<void> {
    auto mine = co_await mutex.acquire();
    EXPECT_THROW((void)spawn(uses(std::move(mine))), failure);
    auto again = co_await mutex.acquire();
    EXPECT_EQ(co_await ending(gather(tasks(uses(std::move(again))))),
              "invalid_argument");
    EXPECT_THROW((void)spawn(uses_some({})), failure);
  });
}

TEST_F(HoldTest, ItMayBeMovedIntoACoroutineThatIsAwaited) {
  run([&]() -> task<void> {
    auto mine = co_await mutex.acquire();
    co_await uses(std::move(mine));
    EXPECT_FALSE(co_await mutex.locked());
    semaphore slots{2};
    std::vector<permit> both;
    both.push_back(co_await slots.acquire());
    both.push_back(co_await slots.acquire());
    co_await uses_some(std::move(both));
    EXPECT_EQ(co_await slots.available(), 2);
  });
}

TEST_F(HoldTest, ACoroutineThatTakesATaskThatWillAcquireMayBeSpawned) {
  auto use = [](task<held> what) -> task<void> {
    auto mine = co_await std::move(what);
    EXPECT_TRUE(mine);
  };
  auto work = spawn(system.get(), use(mutex.acquire()));
  EXPECT_EQ(end_of(work), "done");
}

TEST_F(HoldTest, WhatASelectGaveIsHeld) {
  auto holder = start([&]() -> task<void> {
    auto mine = co_await mutex.acquire();
    co_await sleep(1s);
  });
  run([&]() -> task<void> {
    auto first = co_await select(mutex.acquire(), sleep(1h));
    auto& mine = std::get<0>(first);
    EXPECT_TRUE(mine);
    EXPECT_EQ(mine.token(), 2u);
    semaphore slots{1};
    auto next = co_await select(slots.acquire(), sleep(1h));
    EXPECT_TRUE(std::get<0>(next));
  });
  EXPECT_EQ(end_of(holder), "done");
}

static_assert(detail::has_hold<held> && detail::has_hold<permit>);
static_assert(detail::has_hold<std::optional<held>>);
static_assert(detail::has_hold<std::vector<std::pair<int, permit>>>);
static_assert(detail::has_hold<std::array<held, 2>>);
static_assert(detail::has_hold<std::unique_ptr<held>>);
static_assert(!detail::has_hold<void> && !detail::has_hold<std::string>);
static_assert(!detail::has_hold<lock> && !detail::has_hold<task<held>>);
static_assert(!detail::has_hold<std::function<task<held>()>>);
static_assert(!detail::has_hold<handle<int>>);
static_assert(!detail::has_hold<subscription<int>>);

// -- how many permits there may be --------------------------------------------

class PermitsTest : public group_fixture {
protected:
  void take_log() {
    set_log_sink(
      [this](log_level, std::string_view task, std::string_view text) {
        lines.push_back(std::string{task} + ": " + std::string{text});
      });
  }

  std::vector<std::string> lines;
};

TEST_F(PermitsTest, MoreThanCanBeCountedAreRefused) {
  run([&]() -> task<void> {
    semaphore slots{1};
    EXPECT_EQ(co_await ending(slots.release(most)), "invalid_argument");
    EXPECT_EQ(co_await slots.available(), 1);
    co_await slots.release(most - 1);
    EXPECT_EQ(co_await slots.available(), most);
    auto mine = co_await slots.acquire(most);
    EXPECT_EQ(co_await ending(slots.release()), "invalid_argument");
    co_await mine.release();
    EXPECT_EQ(co_await slots.available(), most);
    auto one = co_await slots.acquire();
    one.keep();
    co_await slots.release();
    EXPECT_EQ(co_await slots.available(), most);
    EXPECT_EQ(co_await ending(slots.release()), "invalid_argument");
  });
}

TEST_F(PermitsTest, AnActorRefusesMoreThanCanBeCounted) {
  auto too_many = static_cast<std::uint64_t>(most) + 1;
  EXPECT_THROW(
    spawn_semaphore(system.get(), permit_options{}.permits(too_many)), failure);
  EXPECT_THROW(
    spawn_semaphore(system.get(), permit_options{}.permits(4).bound(3)),
    failure);
  auto actor = spawn_semaphore(system.get(), permit_options{}.permits(3));
  run([&]() -> task<void> {
    v1::SemaphoreResize resize;
    resize.set_permits(too_many);
    auto how = co_await attempt(request(actor, resize));
    EXPECT_EQ(how.error().code(), errc::invalid_argument);
    v1::SemaphoreRelease release;
    release.set_count(too_many);
    auto more = co_await attempt(request(actor, release));
    EXPECT_EQ(more.error().code(), errc::invalid_argument);
    v1::SemaphoreAcquire acquire;
    acquire.set_count(too_many);
    auto all = co_await attempt(request(actor, acquire));
    EXPECT_EQ(all.error().code(), errc::invalid_argument);
  });
}

TEST_F(PermitsTest, WhatNobodyCanEverServeIsRefused) {
  run([&]() -> task<void> {
    bounded_semaphore slots{3};
    auto how = co_await attempt(slots.acquire(4));
    EXPECT_EQ(how.error().code(), errc::invalid_argument);
    EXPECT_EQ(how.error().message(),
              "4 permits were asked for, and there are never more than 3");
    capacity_limiter places{2};
    auto more = co_await attempt(places.acquire(3));
    EXPECT_EQ(more.error().code(), errc::invalid_argument);
  });
}

TEST_F(PermitsTest, WhoWaitsForMoreThanThereAreIsWarned) {
  take_log();
  semaphore slots{system.get(), 3, semaphore_options{}.name("slots")};
  auto waits =
    spawn(system.get(),
          job([&]() -> task<void> { auto mine = co_await slots.acquire(4); }),
          spawn_options{}.name("greedy"));
  system.run_ready();
  EXPECT_THAT(lines,
              ElementsAre("greedy: waits for 4 permits, until somebody adds "
                          "some: semaphore `slots` has 3 permits in all"));
  EXPECT_FALSE(waits.done());
  system.run(slots.release());
  system.run_ready();
  EXPECT_TRUE(waits.done());
  run([&]() -> task<void> { auto mine = co_await slots.acquire(4); });
  EXPECT_EQ(lines.size(), 1u);
}

TEST_F(PermitsTest, WhoWaitsForWhatWillBeAddedIsNotWarned) {
  take_log();
  semaphore signals{system.get(), 0};
  auto waits =
    start([&]() -> task<void> { auto all = co_await signals.acquire(2); });
  system.run(signals.release());
  EXPECT_FALSE(waits.done());
  system.run(signals.release());
  system.run_ready();
  EXPECT_TRUE(waits.done());
  EXPECT_THAT(lines, IsEmpty());
}

} // namespace
} // namespace troupe
