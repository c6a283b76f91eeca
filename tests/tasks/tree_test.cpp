#include "conformance/group_fixture.hpp"
#include "conformance/plain_client.hpp"
#include "troupe/attempt.hpp"
#include "troupe/barrier.hpp"
#include "troupe/broadcast.hpp"
#include "troupe/capacity_limiter.hpp"
#include "troupe/condition.hpp"
#include "troupe/core/lock_actor.hpp"
#include "troupe/event.hpp"
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/lock.hpp"
#include "troupe/promise.hpp"
#include "troupe/queue.hpp"
#include "troupe/rate_limiter.hpp"
#include "troupe/rlock.hpp"
#include "troupe/rwlock.hpp"
#include "troupe/semaphore.hpp"
#include "troupe/sleep.hpp"
#include "troupe/timeout.hpp"
#include "troupe/tree.hpp"

#include "troupe/v1/tree.pb.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// What people see of the tasks of a program.
namespace troupe {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::Not;

class TreeTest : public group_fixture {
protected:
  /// Starts a coroutine, which may capture, as the task of that name.
  template <class Body>
  auto start_as(std::string name, Body body) {
    auto result = spawn(system.get(), job(std::move(body)),
                        spawn_options{}.name(std::move(name)));
    system.run_ready();
    return result;
  }

  /// Sends what is logged to `lines`, as "name: text".
  void take_log() {
    set_log_sink(
      [this](log_level, std::string_view task, std::string_view text) {
        lines.push_back(std::string{task} + ": " + std::string{text});
      });
  }

  [[nodiscard]] std::vector<task_info> all() { return tree(system.get()); }

  /// The task of that name, which is in no group.
  [[nodiscard]] task_info info(const std::string& name) {
    for (auto& one : all())
      if (one.name == name)
        return one;
    return {};
  }

  std::vector<std::string> lines;
};

spawn_options named(std::string name) {
  return spawn_options{}.name(std::move(name));
}

// -- the tree -----------------------------------------------------------------

TEST_F(TreeTest, OfASystemWithoutTasksIsEmpty) {
  EXPECT_THAT(all(), IsEmpty());
}

TEST_F(TreeTest, TellsNameStateAndAge) {
  auto work = start_as("worker", []() -> task<void> { co_await sleep(1h); });
  system.advance(2s);
  ASSERT_EQ(all().size(), 1u);
  auto one = all().front();
  EXPECT_EQ(one.name, "worker");
  EXPECT_EQ(one.state, "waiting");
  EXPECT_EQ(one.waits_for, "sleep");
  EXPECT_EQ(one.age, 2s);
  EXPECT_THAT(one.paused_by, IsEmpty());
  EXPECT_EQ(to_string(all()),
            "worker  waiting, waits for sleep, 2000 ms old\n");
  work.cancel();
}

TEST_F(TreeTest, ATaskThatAsksRuns) {
  start_as("worker", [&]() -> task<void> {
    EXPECT_EQ(all().front().state, "running");
    EXPECT_EQ(all().front().waits_for, "");
    co_return;
  });
}

TEST_F(TreeTest, TellsForWhichTaskOneWaits) {
  auto b = start_as("b", [] { return gives(1, 1s); });
  auto a = start_as("a", [&]() -> task<void> { co_await b; });
  EXPECT_EQ(info("a").waits_for, "task `b`");
  end_of(a);
}

TEST_F(TreeTest, APromiseIsNoTask) {
  promise<> source;
  auto a = start_as("a", [&]() -> task<void> { co_await source.get_handle(); });
  EXPECT_EQ(all().front().waits_for, "a promise");
  source.set_value();
  end_of(a);
}

TEST_F(TreeTest, TheTasksOfAGroupStandBelowWhoMadeIt) {
  auto maker = start_as("maker", []() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      g.spawn(gives(1, 1s), named("one"));
      g.spawn(gives(2, 1s), named("two"));
      co_return;
    });
  });
  EXPECT_EQ(to_string(all()), "maker  waiting, waits for group, 0 ms old\n"
                              "  one  waiting, waits for sleep, 0 ms old\n"
                              "  two  waiting, waits for sleep, 0 ms old\n");
  end_of(maker);
}

TEST_F(TreeTest, ShowsThoseThatWaitForTheirTurn) {
  auto maker = start_as("maker", []() -> task<void> {
    co_await with_group(
      [](group& g) -> task<void> {
        g.spawn(gives(1, 1s), named("one"));
        g.spawn(gives(2, 1s), named("two"));
        co_return;
      },
      group_options{}.limit(1));
  });
  EXPECT_EQ(to_string(all()), "maker  waiting, waits for group, 0 ms old\n"
                              "  one  waiting, waits for sleep, 0 ms old\n"
                              "  two  created, waits for its turn, 0 ms old\n");
  end_of(maker);
}

TEST_F(TreeTest, TellsWhoPausesATask) {
  auto work = start_as("work", [] { return gives(1, 1h); });
  auto keep = [&]() -> task<void> {
    auto held = co_await work.pause();
    co_await sleep(1s);
  };
  auto one = start_as("ann", keep);
  auto two = start_as("bob", keep);
  EXPECT_EQ(info("work").state, "paused");
  EXPECT_THAT(info("work").paused_by, ElementsAre("ann", "bob"));
  EXPECT_THAT(to_string(all()), HasSubstr("paused by ann, bob"));
  end_of(one);
  end_of(two);
  EXPECT_THAT(info("work").paused_by, IsEmpty());
  work.cancel();
}

TEST_F(TreeTest, TellsWhoPausesAGroup) {
  auto maker = start_as("maker", []() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      g.spawn(gives(1, 1h), named("child"));
      auto held = co_await g.pause();
      auto owners = (co_await g.progress()).paused_by;
      EXPECT_THAT(owners, Each(HasSubstr("maker")));
      co_await sleep(1s);
      g.cancel();
    });
  });
  EXPECT_THAT(all().front().children.front().paused_by, ElementsAre("maker"));
  end_of(maker);
}

TEST_F(TreeTest, WhoPausesATaskPausesThoseOfItsGroups) {
  auto maker = start_as("maker", []() -> task<void> {
    co_await gather(tasks(gives(1, 1h), gives(2, 1h)));
  });
  auto keeper = start_as("keeper", [&]() -> task<void> {
    auto held = co_await maker.pause();
    co_await sleep(1s);
  });
  EXPECT_THAT(info("maker").children,
              Each(Field(&task_info::paused_by, ElementsAre("keeper"))));
  end_of(keeper);
  maker.cancel();
}

TEST_F(TreeTest, IsAMessageForMachines) {
  auto maker = start_as("maker", []() -> task<void> {
    co_await with_group([](group& g) -> task<void> {
      g.spawn(gives(1, 1h), named("child"));
      auto held = co_await g.pause();
      co_await sleep(1s);
      g.cancel();
    });
  });
  system.advance(500ms);
  auto message = to_proto(all());
  ASSERT_EQ(message.tasks_size(), 1);
  EXPECT_EQ(message.tasks(0).name(), "maker");
  EXPECT_EQ(message.tasks(0).state(), "waiting");
  EXPECT_EQ(message.tasks(0).waits_for(), "sleep");
  EXPECT_EQ(message.tasks(0).age_ms(), 500u);
  ASSERT_EQ(message.tasks(0).children_size(), 1);
  EXPECT_EQ(message.tasks(0).children(0).state(), "paused");
  EXPECT_EQ(message.tasks(0).children(0).paused_by(), 1u);
  ASSERT_EQ(message.tasks(0).children(0).pausers_size(), 1);
  EXPECT_EQ(message.tasks(0).children(0).pausers(0), "maker");
  end_of(maker);
}

// -- tasks that do not move ---------------------------------------------------

class StuckTest : public TreeTest {
protected:
  void SetUp() override {
    TreeTest::SetUp();
    take_log();
  }
  void TearDown() override {
    if (reporter_)
      reporter_.cancel();
    TreeTest::TearDown();
  }

  void report_after(duration limit) {
    reporter_ = spawn(system.get(), report_stuck(limit), named("reporter"));
    system.run_ready();
  }

private:
  any_handle reporter_;
};

TEST_F(StuckTest, IsReportedOnceWithItsChain) {
  event never{system.get()};
  auto c = start_as("c", [&]() -> task<void> { co_await never.wait(); });
  auto b = start_as("b", [&]() -> task<void> { co_await c; });
  auto a = start_as("a", [&]() -> task<void> { co_await b; });
  report_after(10s);
  system.advance(9s);
  EXPECT_THAT(lines, IsEmpty());
  system.advance(1min);
  EXPECT_THAT(lines,
              ::testing::UnorderedElementsAre(
                "a: has not moved for 10000 ms: waits for task `b`, which "
                "waits for task `c`, which waits for an event",
                "b: has not moved for 10000 ms: waits for task `c`, which "
                "waits for an event",
                "c: has not moved for 10000 ms: waits for an event"));
  c.cancel();
}

TEST_F(StuckTest, WhoSleepsIsNotNorWhoWaitsForItsEnd) {
  auto c = start_as("c", []() -> task<void> { co_await sleep(1h); });
  auto b = start_as("b", [&]() -> task<void> { co_await c; });
  auto a = start_as("a", [&]() -> task<void> {
    co_await with_group(
      [&](group& g) -> task<void> {
        g.spawn(gives(1, 1h), named("child"));
        g.spawn(gives(2, 1h), named("its turn comes"));
        co_await b;
      },
      group_options{}.limit(1));
  });
  rate_limiter slow{system.get(), 1, 1h};
  auto d = start_as("d", [&]() -> task<void> {
    co_await slow.acquire();
    co_await slow.acquire();
  });
  report_after(10s);
  system.advance(10min);
  EXPECT_THAT(lines, IsEmpty());
  a.cancel();
  b.cancel();
  c.cancel();
  d.cancel();
}

TEST_F(StuckTest, IsNotReportedWhileItMoves) {
  auto busy = start_as("busy", []() -> task<void> {
    for (int i = 0; i != 60; ++i)
      co_await sleep(1s);
  });
  report_after(10s);
  system.advance(1min);
  EXPECT_TRUE(busy.done());
  EXPECT_THAT(lines, IsEmpty());
}

TEST_F(StuckTest, TheChainGoesOnThroughGroups) {
  event never{system.get(), event_options{}.name("never")};
  auto a = start_as("a", [&]() -> task<void> {
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(gives(1, 1h), named("b"));
      g.spawn(job([&]() -> task<void> { co_await never.wait(); }), named("c"));
      co_return;
    });
  });
  report_after(10s);
  system.advance(10s);
  EXPECT_THAT(lines,
              Contains("a: has not moved for 10000 ms: waits for its group (2 "
                       "left): task `c`, which waits for event `never`"));
  a.cancel();
}

TEST_F(StuckTest, TheChainShowsADeadlock) {
  auto other = std::make_shared<handle<void>>();
  auto wait = [](std::shared_ptr<handle<void>> x) -> task<void> {
    co_await sleep(1s);
    co_await *x;
  };
  auto a = spawn(system.get(), wait(other), named("a"));
  auto b = start_as("b", [&]() -> task<void> { co_await a; });
  *other = b;
  report_after(10s);
  system.advance(20s);
  EXPECT_THAT(lines, Contains("b: has not moved for 10000 ms: waits for task "
                              "`a`, which waits for task `b`: a deadlock"));
  a.cancel();
  system.run_ready();
  *other = {};
}

TEST_F(StuckTest, TheChainShowsAPromise) {
  promise<> source;
  auto a = start_as("a", [&]() -> task<void> { co_await source.get_handle(); });
  report_after(10s);
  system.advance(10s);
  EXPECT_THAT(lines, Contains("a: has not moved for 10000 ms: waits for a "
                              "promise, which nobody has fulfilled"));
  source.set_value();
}

TEST_F(StuckTest, OneThatIsPausedTellsByWhom) {
  auto work = start_as("work", [] { return gives(1, 1h); });
  auto keeper = start_as("keeper", [&]() -> task<void> {
    auto held = co_await work.pause();
    co_await sleep(1min);
  });
  report_after(10s);
  system.advance(10s);
  EXPECT_THAT(lines, Contains("work: has not moved for 10000 ms: is paused by "
                              "keeper"));
  end_of(keeper);
  work.cancel();
}

TEST_F(StuckTest, OneThatBlocksItsThreadIsReported) {
  report_after(10s);
  auto blocked = start_as("blocked", [&]() -> task<void> {
    system.advance(20s); // what other threads do meanwhile
    co_return;
  });
  EXPECT_THAT(lines, ElementsAre("blocked: has not moved for 10000 ms: runs, "
                                 "or blocks its thread"));
}

// -- who holds what -----------------------------------------------------------

class HoldersTest : public StuckTest {
protected:
  /// Starts a task that acquires one lock, and the other one a second later.
  any_handle takes(std::string name, lock first, lock second) {
    return start_as(std::move(name), [=]() -> task<void> {
      auto one = co_await first.acquire();
      co_await sleep(1s);
      auto two = co_await second.acquire();
    });
  }

  lock a{system.get(), lock_options{}.name("a")};
  lock b{system.get(), lock_options{}.name("b")};
};

TEST_F(HoldersTest, TwoLocksThatWaitForEachOtherAreADeadlock) {
  auto one = takes("one", a, b);
  auto two = takes("two", b, a);
  auto third = start_as(
    "third", [&]() -> task<void> { auto mine = co_await a.acquire(); });
  report_after(10s);
  system.advance(1s);
  EXPECT_EQ(info("one").waits_for, "lock `b` held by task `two`");
  EXPECT_THAT(info("one").deadlock, ElementsAre("one", "two"));
  EXPECT_EQ(info("two").waits_for, "lock `a` held by task `one`");
  EXPECT_THAT(info("two").deadlock, ElementsAre("two", "one"));
  EXPECT_EQ(info("third").waits_for, "lock `a` held by task `one`");
  EXPECT_THAT(info("third").deadlock, IsEmpty());
  EXPECT_THAT(to_string(all()),
              HasSubstr("one  waiting, waits for lock `b` held by task `two`, "
                        "a deadlock of `one`, `two`, 1000 ms old\n"));
  auto message = to_proto(all());
  EXPECT_THAT(message.tasks(0).deadlock(), ElementsAre("one", "two"));
  system.advance(20s);
  EXPECT_THAT(
    lines,
    ::testing::UnorderedElementsAre(
      "one: has not moved for 10000 ms: waits for lock `b` held by task `two`, "
      "which waits for lock `a` held by task `one`: a deadlock",
      "two: has not moved for 10000 ms: waits for lock `a` held by task `one`, "
      "which waits for lock `b` held by task `two`: a deadlock",
      "third: has not moved for 10000 ms: waits for lock `a` held by task "
      "`one`, which waits for lock `b` held by task `two`, which waits for "
      "lock `a` held by task `one`: a deadlock"));
  one.cancel();
  EXPECT_EQ(end_of(third), "done");
  system.run_ready();
  EXPECT_THAT(all(), Not(Contains(Field(&task_info::name, "two"))));
}

TEST_F(HoldersTest, AChildThatWaitsForItsParentsLockIsADeadlock) {
  auto parent = start_as("parent", [&]() -> task<void> {
    auto mine = co_await a.acquire();
    co_await with_group([&](group& g) -> task<void> {
      g.spawn(gives(1, 1h), named("sleeper"));
      g.spawn(job([&]() -> task<void> { auto too = co_await a.acquire(); }),
              named("child"));
      co_return;
    });
  });
  EXPECT_THAT(info("parent").deadlock, ElementsAre("parent", "child"));
  EXPECT_THAT(info("parent").children.front().deadlock,
              ElementsAre("child", "parent"));
  report_after(10s);
  system.advance(10s);
  EXPECT_THAT(lines,
              Contains("parent: has not moved for 10000 ms: waits for its "
                       "group (2 left): task `child`, which waits for lock `a` "
                       "held by task `parent`: a deadlock"));
  parent.cancel();
}

TEST_F(HoldersTest, WhoNotifiesManyHoldsTheLockStill) {
  condition ready{a};
  auto waits = [&]() -> task<void> {
    auto mine = co_await a.acquire();
    co_await ready.wait(mine);
  };
  auto first = start_as("first", waits);
  auto second = start_as("second", waits);
  auto notifier = start_as("notifier", [&]() -> task<void> {
    auto mine = co_await a.acquire();
    co_await ready.notify_all(mine);
    co_await sleep(1min);
  });
  auto late =
    start_as("late", [&]() -> task<void> { auto mine = co_await a.acquire(); });
  EXPECT_EQ(info("late").waits_for, "lock `a` held by task `notifier`");
  system.advance(1min);
}

TEST_F(HoldersTest, TellsThatAHolderIsPaused) {
  auto holder = takes("holder", a, b);
  auto waiter = start_as(
    "waiter", [&]() -> task<void> { auto mine = co_await a.acquire(); });
  auto keeper = start_as("keeper", [&]() -> task<void> {
    auto pause = co_await holder.pause();
    co_await sleep(1min);
  });
  EXPECT_EQ(info("waiter").waits_for,
            "lock `a` held by task `holder` (paused)");
  report_after(10s);
  system.advance(10s);
  EXPECT_THAT(lines, Contains("waiter: has not moved for 10000 ms: waits for "
                              "lock `a` held by task `holder`, which is paused "
                              "by keeper"));
  end_of(keeper);
  end_of(waiter);
}

TEST_F(HoldersTest, TellsWhoHoldsItNow) {
  auto use = [&](duration for_time) {
    return [&, for_time]() -> task<void> {
      auto mine = co_await a.acquire();
      co_await sleep(for_time);
    };
  };
  auto first = start_as("first", use(1s));
  auto second = start_as("second", use(1s));
  auto third = start_as("third", use(1s));
  EXPECT_EQ(info("third").waits_for, "lock `a` held by task `first`");
  system.advance(1s);
  EXPECT_EQ(info("third").waits_for, "lock `a` held by task `second`");
  end_of(third);
}

TEST_F(HoldersTest, AHolderMayBeAnActorThatIsNoTask) {
  auto actor = spawn_lock(system.get());
  plain_client client{system.get()};
  client.ask<v1::LockGranted>(actor, v1::LockAcquire{}, [](const auto&) {});
  system.run_ready();
  auto waiter = start_as("waiter", [&]() -> task<void> {
    auto mine = co_await lock{actor}.acquire();
  });
  EXPECT_EQ(info("waiter").waits_for, "a lock held by an actor");
  waiter.cancel();
  system.run_ready();
}

TEST_F(HoldersTest, OfManyTellsTheFirst) {
  semaphore slots{system.get(), 6, semaphore_options{}.name("slots")};
  std::vector<handle<void>> holders;
  for (const auto* name : {"a", "b", "c", "d", "e", "f"})
    holders.push_back(start_as(name, [&]() -> task<void> {
      auto mine = co_await slots.acquire();
      co_await sleep(1h);
    }));
  auto waiter = start_as(
    "waiter", [&]() -> task<void> { auto mine = co_await slots.acquire(); });
  EXPECT_EQ(info("waiter").waits_for,
            "semaphore `slots` held by task `a`, task `b`, task `c`, task `d` "
            "and 2 more");
  for (const auto& one : holders)
    one.cancel();
  end_of(waiter);
}

TEST_F(HoldersTest, TellsWhatATaskWaitsForByItsName) {
  rlock again{system.get(), lock_options{}.name("again")};
  rwlock data{system.get(), lock_options{}.name("data")};
  semaphore slots{system.get(), 0, semaphore_options{}.name("slots")};
  capacity_limiter places{system.get(), 0, semaphore_options{}.name("places")};
  event happened{system.get(), event_options{}.name("happened")};
  barrier both{system.get(), 2, barrier_options{}.name("start")};
  condition ready{a, condition_options{}.name("ready")};
  queue<int> items{system.get(), queue_options{}.name("items").max_size(1)};
  queue<int> full{system.get(), queue_options{}.name("full").max_size(1)};
  broadcast<int> news{system.get(), broadcast_options{}.name("news")};
  run([&]() -> task<void> { co_await full.put(1); });
  auto keeper = start_as("keeper", [&]() -> task<void> {
    auto one = co_await again.acquire();
    auto two = co_await data.write();
    co_await sleep(1h);
  });
  std::vector<any_handle> started;
  auto waits = [&](auto body) {
    started.push_back(start_as("it", std::move(body)));
    return info("it").waits_for;
  };
  auto next = [&] {
    started.back().cancel();
    system.run_ready();
  };
  EXPECT_EQ(waits([&]() -> task<void> { auto x = co_await again.acquire(); }),
            "rlock `again` held by task `keeper`");
  next();
  EXPECT_EQ(waits([&]() -> task<void> { auto x = co_await data.read(); }),
            "lock `data` held by task `keeper`");
  next();
  EXPECT_EQ(waits([&]() -> task<void> { auto x = co_await slots.acquire(); }),
            "semaphore `slots`");
  next();
  EXPECT_EQ(waits([&]() -> task<void> { auto x = co_await places.acquire(); }),
            "capacity limiter `places`");
  next();
  EXPECT_EQ(waits([&]() -> task<void> { co_await happened.wait(); }),
            "event `happened`");
  next();
  EXPECT_EQ(waits([&]() -> task<void> { co_await both.wait(); }),
            "barrier `start`");
  next();
  EXPECT_EQ(waits([&]() -> task<void> {
              auto x = co_await a.acquire();
              co_await ready.wait(x);
            }),
            "condition `ready`");
  next();
  EXPECT_EQ(waits([&]() -> task<void> { co_await items.get(); }),
            "an item of queue `items`");
  next();
  EXPECT_EQ(waits([&]() -> task<void> { co_await full.put(2); }),
            "room in queue `full`");
  next();
  EXPECT_EQ(waits([&]() -> task<void> { co_await full.join(); }),
            "the join of queue `full`");
  next();
  EXPECT_EQ(waits([&]() -> task<void> {
              auto all_news = co_await news.subscribe();
              co_await all_news.get();
            }),
            "an item of broadcast `news`");
  next();
  keeper.cancel();
}

// -- the log ------------------------------------------------------------------

class LogTest : public TreeTest {
protected:
  void SetUp() override {
    TreeTest::SetUp();
    take_log();
  }
  void TearDown() override {
    set_log_level(log_level::warning);
    TreeTest::TearDown();
  }
};

TEST_F(LogTest, ALineBearsTheNameOfItsTask) {
  {
    auto work = start_as("worker", [] { return throws<int>("boom"); });
    system.run_ready();
  }
  EXPECT_THAT(lines, ElementsAre(HasSubstr("worker: failed, and nobody asked "
                                           "how: internal: boom")));
}

// Whoever awaits them asks how they ended, though a limit is what comes out.
TEST_F(LogTest, TasksOfASetThatIsGivenUpAreAskedFor) {
  run([]() -> task<void> {
    auto late = []() -> task<int> { co_return co_await sleep(1h, 1); };
    auto throwing = []() -> task<int> {
      co_await sleep(1s);
      throw std::runtime_error{"boom"};
    };
    std::vector<task<int>> two;
    two.push_back(late());
    two.push_back(throwing());
    auto all = gather_outcomes(std::move(two));
    auto end = co_await attempt(wait_for(std::move(all), 2s));
    EXPECT_EQ(end.error().code(), errc::timed_out);
    std::vector<task<int>> none_starts;
    none_starts.push_back(late());
    auto outcomes = gather_outcomes(std::move(none_starts));
    end = co_await attempt(wait_for(std::move(outcomes), duration::zero()));
    EXPECT_EQ(end.error().code(), errc::timed_out);
  });
  EXPECT_THAT(lines, IsEmpty());
}

TEST_F(LogTest, ASinkMayLogAndBeReplaced) {
  auto inner = [this](log_level, std::string_view, std::string_view text) {
    lines.emplace_back(text);
  };
  set_log_sink([&](log_level, std::string_view, std::string_view text) {
    lines.emplace_back("outer " + std::string{text});
    log(log_level::error, {}, "to stderr");
    set_log_sink(inner);
  });
  log(log_level::error, {}, "first");
  log(log_level::error, {}, "second");
  EXPECT_THAT(lines, ElementsAre("outer first", "second"));
}

TEST_F(LogTest, ASinkThatThrowsDoesNoHarm) {
  set_log_sink([](log_level, std::string_view, std::string_view) {
    throw std::runtime_error{"full"};
  });
  ::testing::internal::CaptureStderr();
  log(log_level::error, "a", "told all the same");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "troupe error: a: told all the same\n");
}

TEST_F(LogTest, WhatIsLessImportantIsDropped) {
  log(log_level::info, "a", "dropped by default");
  log(log_level::warning, "a", "kept");
  set_log_level(log_level::error);
  log(log_level::warning, "b", "dropped");
  log(log_level::error, "b", "kept");
  set_log_level(log_level::debug);
  log(log_level::debug, "c", "kept");
  set_log_level(log_level::none);
  log(log_level::error, "d", "dropped");
  EXPECT_THAT(lines, ElementsAre("a: kept", "b: kept", "c: kept"));
}

TEST_F(LogTest, WithoutASinkLinesGoToStderr) {
  set_log_sink(nullptr);
  ::testing::internal::CaptureStderr();
  log(log_level::warning, "worker", "is late");
  log(log_level::error, "", "of nobody");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "troupe warning: worker: is late\ntroupe error: of nobody\n");
}

} // namespace
} // namespace troupe
