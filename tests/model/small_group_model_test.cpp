#include "model/exploration.hpp"
#include "troupe/cancelled.hpp"
#include "troupe/detail/fiber.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/error_group.hpp"
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/handle.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/task.hpp"
#include "troupe/testing/explore_tasks.hpp"
#include "troupe/this_task.hpp"
#include "troupe/timeout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// Groups so small that every order of their actors is tried, with at most two
// switches unless a test says one; and every way in which they may end.
namespace troupe {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

using outcomes = std::set<std::string>;
using outcomes_ptr = std::shared_ptr<outcomes>;

/// @param make Gives the main task of a run, which notes how that ended.
/// @return How the runs ended.
outcomes every_order(const std::function<task<void>(outcomes_ptr)>& make,
                     std::size_t preemptions = 2) {
  auto frames = detail::frames_alive.value();
  auto seen = std::make_shared<outcomes>();
  auto result = testing::explore_tasks(
    [&] { return make(seen); },
    testing::explore_tasks_options{}.preemptions(preemptions).limit(100'000));
  testing::report(result);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(detail::frames_alive.value(), frames) << "coroutines are left";
  return *seen;
}

void require(bool holds, const char* what) {
  if (!holds)
    throw std::logic_error{what};
}

/// What the tasks of one run share.
struct run_state {
  bool over = false;      // their group has ended
  bool cancelled = false; // somebody has cancelled it
  bool held = false;      // a child, there or to come, stands still
  bool was_held = false;
  int running = 0;
  std::vector<handle<void>> children;
  std::vector<pause_guard> guards;
};
using run_ptr = std::shared_ptr<run_state>;

run_ptr new_run() {
  return std::make_shared<run_state>();
}

/// A child while it runs.
class presence {
public:
  explicit presence(run_ptr run) : run_(std::move(run)) {
    ++run_->running;
    check();
  }
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;
  ~presence() { --run_->running; }

  void check() const {
    require(!run_->over, "it runs after its group");
    require(!run_->held, "it runs in a pause");
  }

private:
  run_ptr run_;
};

enum class plan { succeeds, yields, waits, fails };

struct planned_failure : std::exception {};

task<void> child(run_ptr run, plan what) {
  presence here{run};
  if (what == plan::fails)
    throw planned_failure{};
  if (what == plan::yields)
    co_await yield();
  if (what == plan::waits)
    co_await sleep(forever);
  here.check();
}

void add(const run_ptr& run, group& tasks, plan what) {
  run->children.push_back(tasks.spawn(child(run, what)));
}

/// Adds one child, if the group takes it.
void try_to_add(const run_ptr& run, group& tasks, plan what) {
  try {
    add(run, tasks, what);
    require(!run->cancelled, "a cancelled group takes a task");
  } catch (const failure& why) {
    require(why.code() == errc::closed && run->cancelled, "it takes no task");
  }
}

std::string how(const any_handle& one) {
  require(one.done(), "it has not ended");
  auto failed = detail::handle_access::block(one)->state()
                == detail::task_block::phase::failed;
  return one.was_cancelled() ? "cancelled" : failed ? "failed" : "succeeded";
}

/// Its children have ended, or should have.
///
/// @return How each of them ended.
std::string end_of(run_state& run) {
  run.over = true;
  require(run.running == 0, "a child outlives its group");
  require(!run.held, "the group ends in a pause");
  std::string result;
  for (const auto& one : run.children)
    result += " " + how(one);
  return result;
}

/// Anything but one planned failure is thrown.
void require_planned(const error_group& what) {
  require(what.errors().size() == 1, "it failed more than once");
  try {
    std::rethrow_exception(what.errors().front());
  } catch (const planned_failure&) {
  }
}

/// @return How the group, and then each of its children, ended.
template <class Body>
task<std::string> run_group(run_ptr run, Body body) {
  std::string result = "ended:";
  try {
    co_await with_group(body);
  } catch (const cancelled&) {
    result = "cancelled:";
  } catch (const error_group& what) {
    require_planned(what);
    result = "failed:";
  }
  co_return result + end_of(*run);
}

/// A group of these children.
task<void> children(std::vector<plan> plans, outcomes_ptr seen) {
  auto run = new_run();
  auto body = [&](group& tasks) -> task<void> {
    for (auto what : plans)
      add(run, tasks, what);
    co_return;
  };
  seen->insert(co_await run_group(run, body));
}

TEST(SmallGroupModelTest, AChildSucceeds) {
  auto program = [](outcomes_ptr seen) {
    return children({plan::yields}, seen);
  };
  EXPECT_THAT(every_order(program), ElementsAre("ended: succeeded"));
}

TEST(SmallGroupModelTest, TwoChildrenSucceed) {
  auto program = [](outcomes_ptr seen) {
    return children({plan::yields, plan::yields}, seen);
  };
  EXPECT_THAT(every_order(program), ElementsAre("ended: succeeded succeeded"));
}

TEST(SmallGroupModelTest, AFailureCancelsAChildThatWaits) {
  auto program = [](outcomes_ptr seen) {
    return children({plan::fails, plan::waits}, seen);
  };
  EXPECT_THAT(every_order(program), ElementsAre("failed: failed cancelled"));
}

// -- cancels from outside -----------------------------------------------------

task<void> cancel_task(any_handle whom) {
  whom.cancel();
  co_return;
}

/// A group with one child, whose owner is cancelled.
task<void> cancelled_owner(plan what, outcomes_ptr seen) {
  auto stranger = spawn(cancel_task(this_task::handle()));
  std::vector plans{what};
  co_await children(plans, seen);
}

TEST(SmallGroupModelTest, ACancelOfTheOwnerEndsAChildThatWaits) {
  auto program = [](outcomes_ptr seen) {
    return cancelled_owner(plan::waits, seen);
  };
  EXPECT_THAT(every_order(program), ElementsAre("cancelled: cancelled"));
}

TEST(SmallGroupModelTest, ACancelOfTheOwnerMayComeTooLate) {
  auto program = [](outcomes_ptr seen) {
    return cancelled_owner(plan::succeeds, seen);
  };
  EXPECT_THAT(every_order(program),
              ElementsAre("cancelled: succeeded", "ended: succeeded"));
}

/// A group with one child, and a task that is a stranger to it.
template <auto Stranger>
task<void> child_and(plan what, outcomes_ptr seen) {
  auto run = new_run();
  handle<void> other;
  auto body = [&](group& tasks) -> task<void> {
    add(run, tasks, what);
    other = spawn(Stranger(run, tasks));
    co_return;
  };
  auto end = co_await run_group(run, body);
  co_await other;
  seen->insert(run->was_held ? "paused, " + end : end);
}

/// The same where the child comes after the stranger, if the group takes it.
template <auto Stranger>
task<void> late_child_and(plan what, outcomes_ptr seen) {
  auto run = new_run();
  handle<void> other;
  auto body = [&](group& tasks) -> task<void> {
    other = spawn(Stranger(run, tasks));
    try {
      co_await yield();
    } catch (const cancelled&) {
      require(run->cancelled, "nobody cancelled it");
    }
    try_to_add(run, tasks, what);
  };
  auto end = co_await run_group(run, body);
  co_await other;
  seen->insert(run->was_held ? "paused, " + end : end);
}

task<void> cancel_group(run_ptr run, group tasks) {
  run->cancelled = true;
  tasks.cancel();
  co_return;
}

TEST(SmallGroupModelTest, ACancelOfTheGroupEndsAChildThatWaits) {
  auto program = [](outcomes_ptr seen) {
    return child_and<cancel_group>(plan::waits, seen);
  };
  EXPECT_THAT(every_order(program), ElementsAre("ended: cancelled"));
}

TEST(SmallGroupModelTest, ACancelOfTheGroupMayComeTooLate) {
  auto program = [](outcomes_ptr seen) {
    return child_and<cancel_group>(plan::yields, seen);
  };
  EXPECT_THAT(every_order(program),
              ElementsAre("ended: cancelled", "ended: succeeded"));
}

TEST(SmallGroupModelTest, ACancelledGroupTakesNoTask) {
  auto program = [](outcomes_ptr seen) {
    return late_child_and<cancel_group>(plan::succeeds, seen);
  };
  EXPECT_THAT(every_order(program), ElementsAre("ended:", "ended: succeeded"));
}

task<void> parent(run_ptr run, group tasks) {
  presence here{run};
  try_to_add(run, tasks, plan::waits);
  co_return;
}

TEST(SmallGroupModelTest, AChildOfACancelledGroupSpawnsNoOther) {
  auto program = [](outcomes_ptr seen) -> task<void> {
    auto run = new_run();
    handle<void> other;
    auto body = [&](group& tasks) -> task<void> {
      tasks.spawn(parent(run, tasks));
      other = spawn(cancel_group(run, tasks));
      co_return;
    };
    seen->insert(co_await run_group(run, body));
    co_await other;
  };
  EXPECT_THAT(every_order(program), ElementsAre("ended:", "ended: cancelled"));
}

// -- pauses -------------------------------------------------------------------

/// Others run meanwhile, but no child of the group.
task<void> hold_for_a_turn(run_ptr run) {
  run->held = run->children.empty() || !run->children.front().done();
  run->was_held = run->held;
  co_await yield();
  run->held = false;
}

task<void> pause_group(run_ptr run, group tasks) {
  auto guard = co_await tasks.pause();
  co_await hold_for_a_turn(run);
  guard.resume();
}

TEST(SmallGroupModelTest, NothingMovesInAPauseOfTheGroup) {
  auto program = [](outcomes_ptr seen) {
    return child_and<pause_group>(plan::yields, seen);
  };
  EXPECT_THAT(every_order(program),
              ElementsAre("ended: succeeded", "paused, ended: succeeded"));
}

TEST(SmallGroupModelTest, NothingStartsInAPauseOfTheGroup) {
  auto program = [](outcomes_ptr seen) {
    return late_child_and<pause_group>(plan::fails, seen);
  };
  EXPECT_THAT(every_order(program),
              ElementsAre("failed: failed", "paused, failed: failed"));
}

task<void> pause_child(run_ptr run, group) {
  auto guard = co_await run->children.front().pause();
  co_await hold_for_a_turn(run);
  guard.resume();
}

// With two it has 46,109 schedules.
TEST(SmallGroupModelTest, NothingMovesInAPauseOfTheChildWithOneSwitch) {
  auto program = [](outcomes_ptr seen) {
    return child_and<pause_child>(plan::yields, seen);
  };
  EXPECT_THAT(every_order(program, 1),
              ElementsAre("ended: succeeded", "paused, ended: succeeded"));
}

task<void> pause_and_cancel(run_ptr run, group tasks) {
  auto guard = co_await tasks.pause();
  run->guards.push_back(std::move(guard));
  tasks.cancel();
}

TEST(SmallGroupModelTest, ACancelWinsOverAPause) {
  auto program = [](outcomes_ptr seen) {
    return child_and<pause_and_cancel>(plan::waits, seen);
  };
  EXPECT_THAT(every_order(program), ElementsAre("ended: cancelled"));
}

// -- gather -------------------------------------------------------------------

task<void> gather_both(plan one, plan other, outcomes_ptr seen) {
  auto run = new_run();
  std::string result = "succeeded";
  try {
    co_await gather(child(run, one), child(run, other));
  } catch (const planned_failure&) {
    result = "failed";
  } catch (const cancelled&) {
    result = "cancelled";
  }
  seen->insert(result + end_of(*run));
}

TEST(SmallGroupModelTest, AGatherFailsOnceNothingOfItRuns) {
  auto program = [](outcomes_ptr seen) {
    return gather_both(plan::yields, plan::fails, seen);
  };
  EXPECT_THAT(every_order(program), ElementsAre("failed"));
}

TEST(SmallGroupModelTest, AFailureOfAGatherCancelsATaskThatWaits) {
  auto program = [](outcomes_ptr seen) {
    return gather_both(plan::waits, plan::fails, seen);
  };
  EXPECT_THAT(every_order(program), ElementsAre("failed"));
}

TEST(SmallGroupModelTest, ACancelOfAGatherMayComeTooLate) {
  auto program = [](outcomes_ptr seen) -> task<void> {
    auto stranger = spawn(cancel_task(this_task::handle()));
    co_await gather_both(plan::succeeds, plan::succeeds, seen);
  };
  EXPECT_THAT(every_order(program), ElementsAre("cancelled", "succeeded"));
}

// -- timeouts -----------------------------------------------------------------

/// @return Whether `body` ended in time, and how each child ended.
template <class Body>
task<std::string> run_for_a_second(run_ptr run, Body body) {
  std::string result = "in time:";
  try {
    co_await with_timeout(1s, body);
  } catch (const failure& why) {
    require(why.code() == errc::timed_out, "it does not time out");
    result = "late:";
  }
  co_return result + end_of(*run);
}

TEST(SmallGroupModelTest, ATaskEndsInTimeOrItsTimeoutCancelsIt) {
  auto program = [](outcomes_ptr seen) -> task<void> {
    auto run = new_run();
    auto body = [&](timeout_scope&) -> task<void> {
      run->children.push_back(spawn(child(run, plan::yields)));
      co_await run->children.front();
    };
    seen->insert(co_await run_for_a_second(run, body));
  };
  EXPECT_THAT(every_order(program),
              ElementsAre("in time: succeeded", "late: cancelled"));
}

TEST(SmallGroupModelTest, AGroupEndsInTimeOrItsTimeoutEndsIt) {
  auto program = [](outcomes_ptr seen) -> task<void> {
    auto run = new_run();
    auto add_child = [&](group& tasks) -> task<void> {
      add(run, tasks, plan::succeeds);
      co_return;
    };
    auto body = [&](timeout_scope&) -> task<void> {
      co_await with_group(add_child);
    };
    seen->insert(co_await run_for_a_second(run, body));
  };
  // The deadline is the child's own as well: it fails as `timed_out`.
  EXPECT_THAT(
    every_order(program),
    ElementsAre("in time: succeeded", "late: failed", "late: succeeded"));
}

} // namespace
} // namespace troupe
