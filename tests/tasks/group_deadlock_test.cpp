#include "conformance/group_fixture.hpp"
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/promise.hpp"
#include "troupe/wait.hpp"

#include <optional>

// Who pauses tasks must not wait for them.
namespace troupe {
namespace {

class GroupDeadlockTest : public group_fixture {};

TEST_F(GroupDeadlockTest, AwaitingATaskOfAGroupPausedByOneselfWouldDeadlock) {
  run([]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      auto a = g.spawn(gives(1, 1s));
      auto pause = co_await g.pause();
      EXPECT_EQ(co_await ending(a), "would_deadlock");
      EXPECT_EQ(co_await ending(gather(list(a))), "would_deadlock");
      pause.resume();
      EXPECT_EQ(co_await a, 1);
    });
  });
}

TEST_F(GroupDeadlockTest, AwaitingATaskPausedByOneselfWouldDeadlock) {
  run([]() -> task<void> {
    auto a = spawn(gives(1, 1s));
    auto pause = co_await a.pause();
    EXPECT_EQ(co_await ending(a), "would_deadlock");
    pause.resume();
    EXPECT_EQ(co_await a, 1);
  });
}

TEST_F(GroupDeadlockTest, WaitingForTasksPausedByOneselfWouldDeadlock) {
  run([]() -> task<void> {
    auto a = spawn(gives(1, 1s));
    auto b = spawn(gives(2, 2s));
    auto pause = co_await a.pause();
    EXPECT_EQ(co_await ending(wait(list(a))), "would_deadlock");
    EXPECT_EQ(co_await ending(wait(list(a, b))), "would_deadlock");
    EXPECT_TRUE(b.done()) << "it was waited for before";
    auto first = co_await wait(list(a, b), first_completed);
    EXPECT_THAT(first.done, ElementsAre(b));
    auto late = co_await wait(list(a), all_completed, 1s);
    EXPECT_THAT(late.pending, ElementsAre(a));
    auto ended = as_completed(list(a, b));
    EXPECT_EQ(co_await ended.next(), b);
    EXPECT_EQ(co_await ending(ended.next()), "would_deadlock");
    pause.resume();
    EXPECT_EQ(co_await ended.next(), a);
    EXPECT_EQ(co_await ended.next(), std::nullopt);
  });
}

TEST_F(GroupDeadlockTest, APromiseIsNotPaused) {
  run([]() -> task<void> {
    promise<int> value;
    auto a = value.get_handle();
    auto pause = co_await a.pause();
    auto setter = spawn(job([&]() -> task<void> {
      co_await sleep(1s);
      value.set_value(1);
    }));
    EXPECT_EQ(co_await a, 1);
    co_await setter;
  });
}

TEST_F(GroupDeadlockTest, AwaitingATaskThatCannotStartWouldDeadlock) {
  run([]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      auto pause = co_await g.pause();
      auto a = g.spawn(gives(1));
      EXPECT_EQ(co_await ending(a), "would_deadlock");
      pause.resume();
      EXPECT_EQ(co_await a, 1);
    });
  });
}

TEST_F(GroupDeadlockTest, AwaitingATaskOfATaskPausedByOneselfWouldDeadlock) {
  run([]() -> task<void> {
    handle<int> grandchild;
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(job([&]() -> task<void> {
        co_await with_group([&](group& inner) -> task<void> {
          grandchild = inner.spawn(gives(1, 1s));
          co_return;
        });
      }));
      co_await yield();
      co_await yield();
      auto pause = co_await g.pause();
      EXPECT_EQ(co_await ending(grandchild), "would_deadlock");
    });
  });
}

TEST_F(GroupDeadlockTest, ATaskPausedBySomebodyElseIsWaitedFor) {
  run([&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      auto a = g.spawn(gives(1, 1s));
      auto pauser = spawn(job([g]() -> task<void> {
        auto pause = co_await g.pause();
        co_await sleep(5s);
      }));
      co_await sleep(500ms);
      EXPECT_EQ(co_await a, 1);
      co_await pauser;
    });
  });
  EXPECT_EQ(elapsed(), 5s);
}

TEST_F(GroupDeadlockTest, AnEndedOrCancelledTaskIsAwaitedAllTheSame) {
  run([]() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      auto ended = g.spawn(gives(1));
      auto unwanted = g.spawn(never_ends());
      co_await sleep(1s);
      auto pause = co_await g.pause();
      EXPECT_EQ(co_await ended, 1);
      unwanted.cancel();
      EXPECT_EQ(co_await ending(unwanted), "cancelled");
    });
  });
}

TEST_F(GroupDeadlockTest, ABodyThatEndsWithTheGroupPausedIsAnError) {
  handle<int> a;
  auto end = end_of([&]() -> task<void> {
    std::optional<pause_guard> kept;
    co_await with_group([&](group& g) -> task<void> {
      a = g.spawn(gives(1, 1s));
      kept.emplace(co_await g.pause());
    });
  });
  EXPECT_EQ(end, "group(would_deadlock)");
  EXPECT_TRUE(a.was_cancelled());
}

TEST_F(GroupDeadlockTest, ABodyThatEndsWithATaskPausedIsAnError) {
  handle<int> a;
  auto end = end_of([&]() -> task<void> {
    std::optional<pause_guard> kept;
    co_await with_group([&](group& g) -> task<void> {
      a = g.spawn(gives(1, 1s));
      co_await yield();
      kept.emplace(co_await a.pause());
    });
  });
  EXPECT_EQ(end, "group(would_deadlock)");
  EXPECT_TRUE(a.was_cancelled());
}

TEST_F(GroupDeadlockTest, ABodyMayEndWithACancelledGroupPaused) {
  handle<int> a;
  run([&]() -> task<void> {
    std::optional<pause_guard> kept;
    co_await with_group([&](group& g) -> task<void> {
      a = g.spawn(gives(1, 1s));
      kept.emplace(co_await g.pause());
      g.cancel();
    });
  });
  EXPECT_TRUE(a.was_cancelled());
}

TEST_F(GroupDeadlockTest, ATaskCannotPauseItsGroup) {
  auto body = []() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      auto child = g.spawn(job([g]() -> task<void> {
        co_await yield();
        auto pause = co_await g.pause();
      }));
      EXPECT_EQ(co_await ending(child), "would_deadlock");
    });
  };
  EXPECT_EQ(end_of(body), "group(would_deadlock)");
}

TEST_F(GroupDeadlockTest, ATaskCannotPauseTheTaskThatItWorksFor) {
  handle<void> parent;
  parent = start([&]() -> task<void> {
    co_await sleep(1s);
    auto child =
      job([&]() -> task<void> { auto pause = co_await parent.pause(); });
    co_await gather(tasks(std::move(child)));
  });
  EXPECT_EQ(end_of(parent), "would_deadlock");
}

} // namespace
} // namespace troupe
