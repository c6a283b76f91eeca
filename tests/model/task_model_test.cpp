#include "model/exploration.hpp"
#include "troupe/detail/fiber.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/error_group.hpp"
#include "troupe/group.hpp"
#include "troupe/handle.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/task.hpp"
#include "troupe/testing/explore_tasks.hpp"
#include "troupe/wait.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

// Small groups of tasks, in the first so many orders of their actors with at
// most two switches, and in random ones.
namespace troupe {
namespace {

using namespace std::chrono_literals;
using phase = detail::task_block::phase;

void many_orders(const std::function<task<void>()>& make) {
  auto frames = detail::frames_alive.value();
  auto result = testing::explore_tasks(
    make, testing::explore_tasks_options{}.limit(15'000));
  testing::report(result);
  EXPECT_EQ(detail::frames_alive.value(), frames) << "coroutines are left";
}

void require(bool holds, const char* what) {
  if (!holds)
    throw std::logic_error{what};
}

/// What the children of one run share: a group must be over only after them.
struct run_state {
  bool over = false;
  bool held = false; // the group stands still
  int running = 0;
  std::vector<handle<int>> children;
};
using run_ptr = std::shared_ptr<run_state>;

class presence {
public:
  explicit presence(run_ptr all) : all_(std::move(all)) { ++all_->running; }
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;
  ~presence() { --all_->running; }

private:
  run_ptr all_;
};

task<int> child(run_ptr all, int value) {
  presence here{all};
  for (int i = 0; i != 2; ++i) {
    require(!all->over, "it runs after its group");
    require(!all->held, "it runs in a pause");
    co_await yield();
  }
  require(!all->over, "it runs after its group");
  require(!all->held, "it runs in a pause");
  if (value < 0)
    throw std::runtime_error{"planned"};
  co_return value;
}

phase state_of(const handle<int>& work) {
  return detail::handle_access::block(work)->state();
}

/// Runs two children, `first` and 2, beside `meddle(group)`.
template <class Meddle>
task<run_ptr> two_children(int first, Meddle meddle) {
  auto all = std::make_shared<run_state>();
  auto body = [&](group& tasks) -> task<void> {
    all->children.push_back(tasks.spawn(child(all, first)));
    all->children.push_back(tasks.spawn(child(all, 2)));
    co_await meddle(tasks, *all);
  };
  try {
    co_await with_group(body);
    require(first >= 0, "the failure was lost");
  } catch (const error_group& what) {
    require(first < 0 && what.errors().size() == 1, "another failure");
  }
  all->over = true;
  require(all->running == 0, "a child outlives its group");
  for (const auto& one : all->children)
    require(one.done(), "a child has not ended");
  co_return all;
}

TEST(TaskModelTest, EachChildSucceedsInManyOrders) {
  many_orders([]() -> task<void> {
    auto nothing = [](group&, run_state&) -> task<void> { co_return; };
    auto all = co_await two_children(1, nothing);
    for (const auto& one : all->children)
      require(state_of(one) == phase::succeeded, "a child did not succeed");
  });
}

TEST(TaskModelTest, AFailureEndsTheGroupInManyOrders) {
  many_orders([]() -> task<void> {
    auto nothing = [](group&, run_state&) -> task<void> { co_return; };
    auto all = co_await two_children(-1, nothing);
    require(state_of(all->children[0]) == phase::failed, "it did not fail");
    require(state_of(all->children[1]) != phase::failed, "the other failed");
  });
}

TEST(TaskModelTest, ACancelOfTheGroupEndsItInManyOrders) {
  many_orders([]() -> task<void> {
    auto cancel = [](group& tasks, run_state&) -> task<void> {
      tasks.cancel();
      co_return;
    };
    auto all = co_await two_children(1, cancel);
    for (const auto& one : all->children)
      require(state_of(one) != phase::failed, "a cancelled child failed");
  });
}

TEST(TaskModelTest, ACancelOfAChildLeavesTheOtherAloneInManyOrders) {
  many_orders([]() -> task<void> {
    auto cancel = [](group&, run_state& all) -> task<void> {
      co_await yield(); // it may run by then, or have ended
      all.children[0].cancel();
    };
    auto all = co_await two_children(1, cancel);
    require(state_of(all->children[0]) != phase::failed, "it failed");
    require(state_of(all->children[1]) == phase::succeeded, "the other ended");
  });
}

TEST(TaskModelTest, NothingMovesInAPauseInManyOrders) {
  many_orders([]() -> task<void> {
    auto pause = [](group& tasks, run_state& all) -> task<void> {
      auto guard = co_await tasks.pause();
      all.held = true;
      co_await sleep(1s);
      all.held = false;
      guard.resume();
    };
    auto all = co_await two_children(1, pause);
    for (const auto& one : all->children)
      require(state_of(one) == phase::succeeded, "a child did not succeed");
  });
}

TEST(TaskModelTest, ACancelWinsOverAPauseInManyOrders) {
  many_orders([]() -> task<void> {
    auto both = [](group& tasks, run_state&) -> task<void> {
      auto guard = co_await tasks.pause();
      tasks.cancel();
      co_await sleep(1s); // the cancel ends it
    };
    auto all = co_await two_children(1, both);
    for (const auto& one : all->children)
      require(state_of(one) != phase::failed, "a cancelled child failed");
  });
}

/// Takes one end after the other, and writes down which.
task<void> take_ends(completions<handle<int>> ended,
                     std::shared_ptr<std::vector<int>> got) {
  while (auto one = co_await ended.next())
    got->push_back(co_await *one);
}

TEST(TaskModelTest, EachEndIsTakenOnceThoughATakerIsCancelledInManyOrders) {
  many_orders([]() -> task<void> {
    auto all = std::make_shared<run_state>();
    auto got = std::make_shared<std::vector<int>>();
    std::vector<handle<int>> work;
    for (int i = 0; i != 2; ++i)
      work.push_back(spawn(child(all, i)));
    auto ended = as_completed(work);
    auto first = spawn(take_ends(ended, got));
    auto second = spawn(take_ends(ended, got));
    co_await yield();
    first.cancel();
    co_await second;
    std::sort(got->begin(), got->end());
    require(*got == std::vector<int>{0, 1}, "an end was lost, or came twice");
  });
}

} // namespace
} // namespace troupe
