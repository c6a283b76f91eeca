// asyncio's rows K10 to K17: a cancel and what is awaited; sleeping; starting.

#include "conformance/fixture.hpp"
#include "troupe/attempt.hpp"
#include "troupe/gather.hpp"
#include "troupe/map.hpp"
#include "troupe/promise.hpp"
#include "troupe/shield.hpp"
#include "troupe/timeout.hpp"

#include <caf/send.hpp>

#include <cmath>
#include <limits>

namespace troupe {
namespace {

TEST_F(TaskConformanceTest,
       K10_ACancelOfARunningTaskGoesToTheTaskItAwaitsNext) {
  auto work = start([](journal log) -> task<void> {
    auto inner = spawn(wait_for_ever(log));
    co_await yield(); // it waits now
    this_task::handle().cancel();
    co_await inner;
  }(notes));
  EXPECT_TRUE(work.was_cancelled());
  EXPECT_THAT(notes.lines(), ElementsAre("cancelled"));
}

TEST_F(TaskConformanceTest,
       K10_ACancelOfARunningTaskGoesToTheFutureItAwaitsNext) {
  promise<int> future;
  auto work = start([](handle<int> answer) -> task<int> {
    this_task::handle().cancel();
    co_return co_await answer;
  }(future.get_handle()));
  EXPECT_TRUE(work.was_cancelled());
  EXPECT_TRUE(future.get_handle().was_cancelled());
}

TEST_F(TaskConformanceTest, K11_ACancelGoesThroughAllThatIsAwaited) {
  promise<int> future;
  auto inner = start(result_of(future.get_handle()));
  auto outer = start(result_of(inner));
  outer.cancel();
  system.run_ready();
  EXPECT_TRUE(future.get_handle().was_cancelled());
  EXPECT_TRUE(inner.was_cancelled());
  EXPECT_TRUE(outer.was_cancelled());
}

// -- whose cancel it was ------------------------------------------------------

/// What a cancel says that an operation ends by.
template <class Op>
task<std::string> cancel_of(Op op) {
  try {
    if constexpr (std::is_base_of_v<any_handle, Op>)
      static_cast<void>(co_await op);
    else
      static_cast<void>(co_await std::move(op));
  } catch (const cancelled& what) {
    co_return to_string(what);
  }
  co_return "no cancel";
}

task<void> attempted(handle<std::string> work) {
  static_cast<void>(co_await attempt(work));
}

task<std::string> named_for_ever() {
  co_await sleep(forever);
  co_return "";
}

handle<std::string> start_w() {
  auto w = spawn(named_for_ever(), spawn_options{}.name("w"));
  w.cancel(cancel_reason::requested, "not needed");
  return w;
}

TEST_F(TaskConformanceTest, K11_ACancelOfAnotherTaskSaysWhoseItWas) {
  run([]() -> task<void> {
    const auto* text = "task `w` was cancelled (requested): not needed";
    EXPECT_EQ(co_await cancel_of(start_w()), text);
    EXPECT_EQ(co_await cancel_of(shield(start_w())), text);
    EXPECT_EQ(co_await cancel_of(wait_for(start_w(), 1h)), text);
    EXPECT_EQ(co_await cancel_of(attempted(start_w())), text);
    std::vector<handle<std::string>> all(1, start_w());
    EXPECT_EQ(co_await cancel_of(gather(all)), text);
    // Through others that waited for it.
    EXPECT_EQ(co_await cancel_of(spawn(result_of(start_w()))), text);
    promise<int> answer;
    answer.get_handle().cancel();
    EXPECT_EQ(co_await cancel_of(answer.get_handle()),
              "task `promise` was cancelled (requested)");
    EXPECT_EQ(this_task::cancelling(), 0u);
  }());
}

TEST_F(TaskConformanceTest, K11_AGatheredTaskThatIsCancelledIsNamed) {
  run([]() -> task<void> {
    auto cancels_itself = []() -> task<int> {
      this_task::handle().cancel(cancel_reason::requested, "by itself");
      co_await sleep(forever);
      co_return 0;
    };
    std::vector<task<int>> jobs;
    jobs.push_back(cancels_itself());
    EXPECT_THAT(co_await cancel_of(gather(std::move(jobs))),
                ::testing::MatchesRegex(
                  "task `task-.*` was cancelled .requested.: by itself"));
    auto make = [cancels_itself](int) { return cancels_itself(); };
    EXPECT_THAT(co_await cancel_of(map(std::vector<int>(1), make)),
                ::testing::MatchesRegex(
                  "task `task-.*` was cancelled .requested.: by itself"));
  }());
}

TEST_F(TaskConformanceTest, K11_OnesOwnCancelIsNobodyElses) {
  auto inner = start(wait_for_ever(notes));
  auto outer = start(cancel_of(inner));
  outer.cancel(cancel_reason::requested, "mine");
  EXPECT_EQ(run(result_of(outer)), "cancelled (requested): mine");
}

TEST_F(TaskConformanceTest, K11_WhoAwaitsWaitsForTheCancelledTaskToEnd) {
  auto inner = start(clean_up_for(5s, notes));
  auto outer = start(result_of(inner));
  outer.cancel();
  system.advance(4s);
  EXPECT_FALSE(outer.done());
  system.advance(1s);
  EXPECT_TRUE(outer.was_cancelled());
  EXPECT_THAT(notes.lines(), ElementsAre("clean"));
}

TEST_F(TaskConformanceTest, K12_ACancelledSleepTakesBackItsTimer) {
  promise<> gate; // a task that waits keeps the system's timers alive
  auto other = start(ending_of(gate.get_handle()));
  auto work = start(value_after(10s, 1));
  work.cancel();
  system.run_ready();
  EXPECT_TRUE(work.was_cancelled());
  EXPECT_FALSE(system.fire_next_timer());
  gate.set_value();
  system.run_ready();
}

TEST_F(TaskConformanceTest, K13_ASleepGivesTheValueThatItWasGiven) {
  run([]() -> task<void> {
    auto begin = this_task::now();
    EXPECT_EQ(co_await sleep(1s, 42), 42);
    EXPECT_EQ(this_task::now() - begin, 1s);
    auto moved = std::make_unique<int>(43);
    EXPECT_EQ(*co_await sleep(0s, std::move(moved)), 43);
  }());
}

TEST_F(TaskConformanceTest, K13_ASleepEndsWhenItsTimeIsOver) {
  run([]() -> task<void> {
    auto begin = this_task::now();
    co_await sleep(1500ms);
    EXPECT_EQ(this_task::now() - begin, 1500ms);
  }());
}

TEST_F(TaskConformanceTest, K13_ASleepWithoutLengthYieldsOnce) {
  auto count = [](std::string name, journal log) -> task<void> {
    for (int i = 1; i != 4; ++i) {
      log.add(name + std::to_string(i));
      co_await sleep(0s);
    }
  };
  auto a = spawn(system.get(), count("a", notes));
  auto b = spawn(system.get(), count("b", notes));
  system.run_ready();
  EXPECT_THAT(notes.lines(), ElementsAre("a1", "b1", "a2", "b2", "a3", "b3"));
  EXPECT_TRUE(a.done() && b.done());
}

TEST_F(TaskConformanceTest, K13_ALengthThatIsNoNumberIsRefused) {
  run([]() -> task<void> {
    std::chrono::duration<double> nan{std::nan("")};
    auto wait = [&]() -> task<void> { co_await sleep(nan); };
    EXPECT_EQ(co_await ending_of(wait()), "invalid_argument");
  }());
}

task<void> wait_for_it(std::shared_ptr<handle<void>> work, journal log) {
  log.add(co_await ending_of(*work));
}

TEST_F(TaskConformanceTest, K14_ATaskThatAwaitsItselfIsRefused) {
  auto self = std::make_shared<handle<void>>();
  *self = spawn(system.get(), wait_for_it(self, notes));
  system.run_ready();
  EXPECT_TRUE(self->done());
  EXPECT_THAT(notes.lines(), ElementsAre("would_deadlock"));
  *self = {};
}

// Adapted: Python lets a fatal error out of its loop; here it is the task's
// failure as any other, and whoever runs the task gets it.
TEST_F(TaskConformanceTest, K15_AnErrorWhileCancelledIsTheTasksError) {
  auto work = start([]() -> task<void> {
    try {
      co_await sleep(1h);
    } catch (const cancelled&) {
      throw std::runtime_error{"fatal"};
    }
  }());
  work.cancel();
  system.run_ready();
  EXPECT_FALSE(work.was_cancelled());
  EXPECT_THROW(run(result_of(work)), std::runtime_error);
}

TEST_F(TaskConformanceTest, K16_ASpawnedTaskDoesNotRunInsideSpawn) {
  run([](journal log) -> task<void> {
    auto child = spawn(write(log, "child"));
    log.add("spawned");
    co_await child;
  }(notes));
  EXPECT_THAT(notes.lines(), ElementsAre("spawned", "child"));
}

task<void> write_who_runs(journal log) {
  log.add(this_task::name());
  co_await yield();
  log.add(this_task::name());
}

TEST_F(TaskConformanceTest, K16_AnEagerTaskRunsToItsFirstAwaitInsideSpawn) {
  run([](journal log) -> task<void> {
    auto eager = spawn_options{}.name("child").eager_start();
    auto child = spawn(write_who_runs(log), eager);
    log.add("spawned");
    EXPECT_FALSE(child.done());
    EXPECT_NE(this_task::name(), "child");
    co_await child;
  }(notes));
  EXPECT_THAT(notes.lines(), ElementsAre("child", "spawned", "child"));
}

TEST_F(TaskConformanceTest, K16_AnEagerTaskThatDoesNotWaitIsDoneAfterSpawn) {
  run([](journal log) -> task<void> {
    auto eager = spawn_options{}.eager_start();
    auto child = spawn(write(log, "child"), eager);
    EXPECT_TRUE(child.done());
    auto bad = spawn(
      []() -> task<void> {
        throw std::runtime_error{"boom"};
        co_return;
      }(),
      eager);
    EXPECT_EQ(co_await ending_of(bad), "boom");
  }(notes));
  EXPECT_THAT(notes.lines(), ElementsAre("child"));
}

task<int> count_down(int from) {
  if (from == 0)
    co_return 0;
  auto next = spawn(count_down(from - 1), spawn_options{}.eager_start());
  co_return 1 + co_await next;
}

TEST_F(TaskConformanceTest, K16_EagerTasksMaySpawnEagerTasks) {
  EXPECT_EQ(run(count_down(100)), 100);
}

TEST_F(TaskConformanceTest, K16_AnEagerTaskIsCancelledWhereItWaits) {
  run([](journal log) -> task<void> {
    auto child = spawn(wait_for_ever(log), spawn_options{}.eager_start());
    child.cancel();
    EXPECT_EQ(co_await ending_of(child), "cancelled");
  }(notes));
  EXPECT_THAT(notes.lines(), ElementsAre("cancelled"));
}

TEST_F(TaskConformanceTest, K16_OnlyATaskStartsAnotherEagerly) {
  try {
    spawn(system.get(), write(notes, "child"), spawn_options{}.eager_start());
    FAIL() << "in which thread?";
  } catch (const failure& what) {
    EXPECT_EQ(what.code(), errc::no_running_system);
  }
}

TEST_F(TaskConformanceTest, K17_ATaskThatIsDestroyedWhileItWaitsIsReported) {
  {
    auto work = start(value_after(1h, 1));
    auto actor = detail::handle_access::block(work)->where();
    caf::anon_send_exit(
      caf::actor_cast<caf::actor>(caf::strong_actor_ptr{actor.get()}),
      caf::exit_reason::kill);
    actor = {};
    system.run_ready();
    EXPECT_TRUE(work.done());
    EXPECT_THAT(reports, IsEmpty()); // somebody may still ask
  }
  EXPECT_THAT(reports, ElementsAre(HasSubstr("lost")));
}

} // namespace
} // namespace troupe
