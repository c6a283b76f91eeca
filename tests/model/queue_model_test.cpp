// A queue's rules in every order of a few clients, and in random orders of
// more; its coroutine classes in every order of their actors.

#include "model/exploration.hpp"
#include "model/queue_world.hpp"
#include "troupe/handle.hpp"
#include "troupe/queue.hpp"
#include "troupe/spawn.hpp"
#include "troupe/testing/explore_tasks.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace troupe;
using namespace troupe::testing;

namespace {

using wishes = std::vector<queue_wish>;

const queue_wish get_one{{}, 1};

queue_wish get_up_to(std::size_t max) {
  return {{}, max};
}

void every_order(const queue_scenario& what) {
  explore_all([&](choices& way) { queue_world{what}.play(way); });
}

queue_options bounded(std::size_t max_size) {
  return queue_options{}.max_size(max_size);
}

// -- every order --------------------------------------------------------------

TEST(QueueModelTest, HoldsInEveryOrderOfAPutterAndACancelledGetter) {
  every_order({{}, {{{{1}}, {{2}}}, {get_one, get_one}}, {1}, {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfTwoGettersOfWhomOneIsCancelled) {
  every_order({{}, {{{{1}}, {{2}}}, {get_one}, {get_one}}, {1}, {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfTwoGettersWhoAreCancelled) {
  every_order({{}, {{{{1, 2}}}, {get_one}, {get_one}}, {1, 2}, {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfACancelledPutterOnOnePlace) {
  every_order({bounded(1), {{{{1}}, {{2}}}, {get_one, get_one}}, {0}, {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfTwoPuttersOfWhomOneIsCancelled) {
  every_order({bounded(1), {{{{1}}}, {{{2}}}, {get_one, get_one}}, {1}, {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfAPutterAndAGetterWhoAreCancelled) {
  every_order({bounded(1), {{{{1}}, {{2}}}, {get_one, get_one}}, {0, 1}, {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfBatchesAndACancelledPutter) {
  every_order({bounded(2), {{{{1, 2, 3}}}, {get_one, get_up_to(2)}}, {0}, {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfBatchesAndACancelledGetter) {
  every_order(
    {bounded(2), {{{{1, 2, 3}}}, {get_up_to(2), get_up_to(2)}}, {1}, {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfAGetterWhoDies) {
  every_order({{}, {{{{1}}, {{2}}}, {get_one}, {get_one}}, {}, {1}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfAPutterWhoDies) {
  every_order({bounded(1), {{{{1}}, {{2}}}, {{{3}}}, {get_one}}, {}, {0}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfALifoQueueAndACancel) {
  every_order({bounded(1).order(queue_order::lifo),
               {{{{1}}, {{2}}}, {get_one, get_one}},
               {1},
               {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfAPriorityQueueAndTwoCancels) {
  every_order({bounded(1).order(queue_order::priority),
               {{{{1}}, {{2}}}, {get_one, get_one}},
               {0, 1},
               {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfALifoQueueAndADeath) {
  auto options = bounded(1).order(queue_order::lifo);
  every_order({options, {{{{1}}, {{2}}}, {{{3}}}, {get_one}}, {}, {0}});
  every_order({options, {{{{1}}, {{2}}}, {get_one}, {get_one}}, {}, {1}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfAPriorityQueueAndADeath) {
  auto options = bounded(1).order(queue_order::priority);
  every_order({options, {{{{1}}, {{2}}}, {{{3}}}, {get_one}}, {}, {0}});
  every_order({options, {{{{1}}, {{2}}}, {get_one}, {get_one}}, {}, {1}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfATimeLimitAndACancel) {
  using namespace std::chrono_literals;
  queue_wish hasty{{}, 1, 1s};
  every_order({{}, {{{{1}}}, {hasty, get_one}}, {1}, {}, 1});
}

// -- random orders ------------------------------------------------------------

TEST(QueueModelTest, HoldsInRandomOrdersOfUpToFiveClients) {
  explore_random(20'000, queue_world::play_any);
}

// -- tasks, in every order of their actors ------------------------------------

task<std::vector<int>> take(queue<int> from, std::size_t count) {
  std::vector<int> result;
  while (result.size() != count)
    result.push_back(co_await from.get());
  co_return result;
}

/// Counts the puts that succeeded.
task<void> fill(queue<int> to, int count, std::shared_ptr<std::size_t> done) {
  for (int i = 1; i <= count; ++i) {
    co_await to.put(i);
    ++*done;
  }
}

template <class T>
task<void> cancel(handle<T> whom) {
  whom.cancel();
  co_return;
}

/// Nothing if it was cancelled.
task<std::vector<int>> taken_by(handle<std::vector<int>> whom) {
  try {
    co_return co_await whom;
  } catch (const cancelled&) {
    co_return {};
  }
}

task<void> end_of(handle<void> whom) {
  try {
    co_await whom;
  } catch (const cancelled&) {
  }
}

void require(bool holds, const char* what) {
  if (!holds)
    throw std::runtime_error{what};
}

task<void> cancel_a_getter() {
  queue<int> items;
  auto getter = spawn(take(items, 1));
  auto filler = spawn(fill(items, 2, std::make_shared<std::size_t>(0)));
  auto canceller = spawn(cancel(getter));
  co_await filler;
  co_await canceller;
  auto all = co_await taken_by(getter);
  auto rest = co_await take(items, 2 - all.size());
  all.insert(all.end(), rest.begin(), rest.end());
  require(all == std::vector{1, 2}, "an item was lost, or came late");
}

task<void> cancel_a_putter() {
  queue<int> items{queue_options{}.max_size(1)};
  auto done = std::make_shared<std::size_t>(0);
  auto filler = spawn(fill(items, 3, done));
  auto getter = spawn(take(items, 1));
  auto canceller = spawn(cancel(filler));
  co_await end_of(filler);
  co_await canceller;
  auto state = co_await items.state();
  require(state.unfinished == *done, "cancelled is not what was not put");
  getter.cancel();
  co_await taken_by(getter);
}

void every_order_of(task<void> (*program)()) {
  report(explore_tasks(program));
}

TEST(QueueTaskModelTest, ACancelledGetterLosesNothing) {
  every_order_of(cancel_a_getter);
}

TEST(QueueTaskModelTest, ACancelledPutterPutsNothing) {
  every_order_of(cancel_a_putter);
}

} // namespace
