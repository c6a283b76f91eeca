#include "conformance/fixture.hpp"
#include "troupe/this_task.hpp"
#include "troupe/timeout.hpp"

namespace troupe {
namespace {

using ThisTaskTest = TaskConformanceTest;

TEST_F(ThisTaskTest, TellsItsName) {
  auto work = spawn(
    system.get(), []() -> task<std::string> { co_return this_task::name(); }(),
    spawn_options{}.name("worker"));
  EXPECT_EQ(run(result_of(work)), "worker");
  EXPECT_EQ(work.name(), "worker");
}

TEST_F(ThisTaskTest, AnAwaitedTaskIsItsAwaitersTask) {
  run([]() -> task<void> {
    auto inner = []() -> task<any_handle> { co_return this_task::handle(); };
    EXPECT_EQ(co_await inner(), this_task::handle());
  }());
}

TEST_F(ThisTaskTest, TheHandleIsThatOfSpawn) {
  auto work =
    start([]() -> task<any_handle> { co_return this_task::handle(); }());
  // Taken out: a task whose value is its own handle would keep itself.
  auto take = [](handle<any_handle> from) -> task<any_handle> {
    co_return co_await std::move(from);
  };
  any_handle inside = run(take(work));
  EXPECT_EQ(inside, work);
}

TEST_F(ThisTaskTest, CountsItsCancels) {
  run([]() -> task<void> {
    EXPECT_EQ(this_task::cancelling(), 0u);
    this_task::handle().cancel();
    this_task::handle().cancel();
    EXPECT_EQ(this_task::cancelling(), 2u);
    EXPECT_EQ(this_task::uncancel(), 1u);
    EXPECT_EQ(this_task::uncancel(), 0u);
    EXPECT_EQ(this_task::uncancel(), 0u);
    co_return;
  }());
}

TEST_F(ThisTaskTest, WithoutALimitItHasNoDeadline) {
  run([]() -> task<void> {
    EXPECT_EQ(this_task::deadline(), never);
    co_return;
  }());
}

TEST_F(ThisTaskTest, ItsDeadlineIsTheNearestOfTheLimitsAroundIt) {
  run([]() -> task<void> {
    auto begin = this_task::now();
    auto inner = [&](timeout_scope& scope) -> task<void> {
      EXPECT_EQ(this_task::deadline(), begin + 5s);
      scope.reschedule(1h);
      EXPECT_EQ(this_task::deadline(), begin + 10s);
      co_return;
    };
    auto outer = [&](timeout_scope&) -> task<void> {
      EXPECT_EQ(this_task::deadline(), begin + 10s);
      co_await with_timeout(5s, inner);
      EXPECT_EQ(this_task::deadline(), begin + 10s);
    };
    co_await with_timeout(10s, outer);
    EXPECT_EQ(this_task::deadline(), never);
  }());
}

TEST_F(ThisTaskTest, PastItsOwnDeadlineItTimesOut) {
  auto when = system.now() + 5s;
  auto work =
    spawn(system.get(), value_after(1h, 1), spawn_options{}.deadline(when));
  EXPECT_EQ(run(ending_of(work)), "timed_out");
  EXPECT_EQ(system.now(), when);
  EXPECT_FALSE(work.was_cancelled());
}

TEST_F(ThisTaskTest, CancelledBeforeItsDeadlineItIsCancelled) {
  auto work = spawn(system.get(), value_after(1h, 1),
                    spawn_options{}.deadline(system.now() + 5s));
  system.run_ready();
  work.cancel(cancel_reason::deadline, "somebody else's");
  system.run_ready();
  EXPECT_TRUE(work.was_cancelled());
}

TEST_F(ThisTaskTest, TellsTheTimeOfItsSystem) {
  auto now = system.now();
  EXPECT_EQ(run([]() -> task<time_point> { co_return this_task::now(); }()),
            now);
}

template <class F>
errc code_of(F f) {
  try {
    f();
  } catch (const failure& what) {
    return what.code();
  }
  return errc::ok;
}

TEST_F(ThisTaskTest, OutsideOfAnyTaskItIsAnError) {
  auto refused = errc::no_running_system;
  EXPECT_EQ(code_of([] { static_cast<void>(this_task::name()); }), refused);
  EXPECT_EQ(code_of([] { static_cast<void>(this_task::handle()); }), refused);
  EXPECT_EQ(code_of([] { static_cast<void>(this_task::now()); }), refused);
  EXPECT_EQ(code_of([] { static_cast<void>(this_task::deadline()); }), refused);
  EXPECT_EQ(code_of([] { static_cast<void>(this_task::cancelling()); }),
            refused);
  EXPECT_EQ(code_of([] { this_task::uncancel(); }), refused);
  EXPECT_EQ(code_of([] { spawn(value_after(1s, 1)); }), refused);
}

} // namespace
} // namespace troupe
