#include "conformance/group_fixture.hpp"
#include "troupe/group.hpp"
#include "troupe/this_task.hpp"
#include "troupe/timeout.hpp"

#include <optional>

// Rows of asyncio's TaskGroup about its own `cancel`.
namespace troupe {
namespace {

class GroupOwnCancelConformanceTest : public group_fixture {};

task<void> fails_when_cancelled(std::string text) {
  co_await ending(never_ends());
  throw std::runtime_error{text};
}

/// Ends late when it is cancelled.
task<void> cleans_up(duration length) {
  co_await ending(never_ends());
  co_await sleep(length);
}

TEST_F(GroupOwnCancelConformanceTest, TG26_CancelEndsTheGroupWithoutAnError) {
  handle<void> a;
  std::string body_end;
  auto end = end_of([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      a = g.spawn(never_ends());
      co_await sleep(1s);
      g.cancel();
      body_end = co_await ending(never_ends());
      throw cancelled{cancel_reason::requested};
    });
    EXPECT_EQ(this_task::cancelling(), 0u);
    co_await sleep(1s);
  });
  EXPECT_EQ(end, "done");
  EXPECT_EQ(body_end, "cancelled");
  EXPECT_TRUE(a.was_cancelled());
  EXPECT_EQ(elapsed(), 2s);
}

TEST_F(GroupOwnCancelConformanceTest, TG26_ATaskMayCancelItsGroup) {
  handle<void> a;
  auto end = end_of([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      a = g.spawn(never_ends());
      g.spawn(job([g]() mutable -> task<void> {
        co_await sleep(1s);
        g.cancel();
      }));
      co_await never_ends();
    });
  });
  EXPECT_EQ(end, "done");
  EXPECT_TRUE(a.was_cancelled());
}

TEST_F(GroupOwnCancelConformanceTest,
       TG26_ErrorsOfItsTasksAreThrownAllTheSame) {
  auto end = end_of([]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      g.spawn(fails_when_cancelled("boom"));
      co_await yield();
      g.cancel();
    });
  });
  EXPECT_EQ(end, "group(boom)");
}

// Adapted: there is no group before its body; cancelled first thing in it, its
// tasks do not start.
TEST_F(GroupOwnCancelConformanceTest, TG26_CancelledFirstThingItStartsNothing) {
  auto end = end_of([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.cancel();
      EXPECT_THROW(g.spawn(never_ends()), failure); // closed
      co_return;
    });
  });
  EXPECT_EQ(end, "done");
}

TEST_F(GroupOwnCancelConformanceTest, TG26_CancellingAgainOrTooLateIsHarmless) {
  auto end = end_of([&]() -> task<void> {
    std::optional<group> escaped;
    co_await with_group([&](group& g) -> task<void> {
      escaped = g;
      g.spawn(never_ends());
      g.cancel();
      g.cancel();
      co_await never_ends();
    });
    escaped->cancel();
    co_await sleep(1s);
  });
  EXPECT_EQ(end, "done");
}

TEST_F(GroupOwnCancelConformanceTest,
       TG26_WithoutTheBodysValueItThrowsCancelled) {
  auto end = end_of([]() -> task<int> {
    co_return co_await with_group([](group& g) -> task<int> {
      g.cancel();
      co_await never_ends();
      co_return 1;
    });
  });
  EXPECT_EQ(end, "cancelled");
}

TEST_F(GroupOwnCancelConformanceTest,
       TG27_ACancelFromOutsideSurfacesDuringTheExit) {
  auto work = start([]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      g.spawn(cleans_up(2s));
      co_await yield();
      g.cancel();
      co_await never_ends();
    });
  });
  work.cancel();
  EXPECT_EQ(end_of(work), "cancelled");
}

TEST_F(GroupOwnCancelConformanceTest,
       TG27_ACancelFromOutsideSurfacesInTheBody) {
  auto went_on = false;
  auto work = start([&]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      co_await ending(never_ends());
      g.cancel(); // as the other cancel has come already
      co_await never_ends();
    });
    went_on = true;
  });
  auto both = start([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.cancel();
      work.cancel();
      this_task::handle().cancel();
      co_await never_ends();
    });
    went_on = true;
  });
  EXPECT_EQ(end_of(work), "cancelled");
  EXPECT_EQ(end_of(both), "cancelled");
  EXPECT_FALSE(went_on);
}

TEST_F(GroupOwnCancelConformanceTest, TG27_ATimeoutAroundItSurfaces) {
  auto end = end_of([]() -> task<void> {
    auto body = [](timeout_scope&) -> task<void> {
      co_await with_group([](group& g) -> task<void> {
        g.spawn(cleans_up(5s));
        co_await yield();
        g.cancel();
        co_await never_ends();
      });
    };
    co_await with_timeout(1s, body);
  });
  EXPECT_EQ(end, "timed_out");
  EXPECT_EQ(elapsed(), 5s);
}

} // namespace
} // namespace troupe
