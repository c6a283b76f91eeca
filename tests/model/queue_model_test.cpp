// A queue's rules in every order of a few clients, and in random orders of
// more; its coroutine classes in every order of their actors.

#include "model/exploration.hpp"
#include "model/queue_world.hpp"
#include "troupe/handle.hpp"
#include "troupe/queue.hpp"
#include "troupe/spawn.hpp"
#include "troupe/testing/explore_tasks.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

using wish = queue_wish;
using wishes = std::vector<wish>;

wish put(int value, duration limit = forever) {
  return {wish::put, {value}, 1, limit};
}

wish put_all(std::vector<int> values) {
  return {wish::put, std::move(values)};
}

wish get(std::size_t max = 1, duration limit = forever) {
  return {wish::get, {}, max, limit};
}

wish put_now(int value) {
  return put(value, duration::zero());
}

const wish get_now = get(1, duration::zero());
const wish join{wish::join};
const wish say_done{wish::task_done}; // with all that it has used
const wish say_done_too_often{wish::task_done, {}, 1, forever, false, true};
const wish shut_down{wish::shutdown};
const wish shut_down_at_once{wish::shutdown, {}, 1, forever, true};

void every_order(const queue_scenario& what) {
  explore_all([&](choices& way) { queue_world{what}.play(way); });
}

queue_options bounded(std::size_t max_size) {
  return queue_options{}.max_size(max_size);
}

// -- every order --------------------------------------------------------------

TEST(QueueModelTest, HoldsInEveryOrderOfAPutterAndACancelledGetter) {
  every_order({{}, {{put(1), put(2)}, {get(), get()}}, {1}, {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfTwoGettersOfWhomOneIsCancelled) {
  every_order(
    {{}, {{put(1), put(2), put(3)}, {get(), get()}, {get(), get()}}, {1}, {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfTwoGettersWhoAreCancelled) {
  every_order({{}, {{put(1), put(2)}, {get(), get()}, {get()}}, {1, 2}, {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfACancelledPutterOnOnePlace) {
  every_order({bounded(1), {{put(1), put(2)}, {get(), get()}}, {0}, {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfTwoPuttersOfWhomOneIsCancelled) {
  every_order({bounded(1),
               {{put(1), put(2)}, {put(3), put(4)}, {get(), get()}},
               {1},
               {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfAPutterAndAGetterWhoAreCancelled) {
  every_order(
    {bounded(1), {{put(1), put(2)}, {get(), get()}, {put(3)}}, {0, 1}, {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfBatchesAndACancelledPutter) {
  every_order({bounded(2),
               {{put_all({1, 2, 3}), put(4)}, {get(), get(2)}, {put(5)}},
               {0},
               {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfBatchesAndACancelledGetter) {
  every_order({bounded(2),
               {{put_all({1, 2, 3}), put(4)}, {get(2), get(2)}, {get()}},
               {1},
               {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfAGetterWhoDies) {
  every_order(
    {{}, {{put(1), put(2), put(3)}, {get(), get()}, {get(), get()}}, {}, {1}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfAPutterWhoDies) {
  every_order({bounded(1),
               {{put(1), put(2)}, {put(3), put(4)}, {get(), get()}},
               {},
               {0}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfATimeLimitAndACancel) {
  every_order({bounded(1),
               {{put(1), put(2, 1s)}, {get(1, 1s), get()}, {get(2)}},
               {1},
               {},
               1});
}

// -- every order, lifo and by priority ----------------------------------------

class QueueOrderModelTest : public ::testing::TestWithParam<queue_order> {
protected:
  const queue_options two_places = bounded(2).order(GetParam());
};

std::string name_of(const ::testing::TestParamInfo<queue_order>& x) {
  static constexpr std::array names{"Fifo", "Lifo", "Priority"};
  return names.at(static_cast<std::size_t>(x.param));
}

INSTANTIATE_TEST_SUITE_P(Order, QueueOrderModelTest,
                         ::testing::Values(queue_order::fifo, queue_order::lifo,
                                           queue_order::priority),
                         name_of);

TEST_P(QueueOrderModelTest, HoldsInEveryOrderOfACancelledGetter) {
  every_order({two_places,
               {{put(2), put(3), put(1)}, {get(), get(2)}, {get()}},
               {1},
               {}});
}

TEST_P(QueueOrderModelTest, HoldsInEveryOrderOfACancelledPutter) {
  every_order({two_places,
               {{put(2), put(3)}, {put(1), put(4)}, {get(), get()}},
               {0},
               {}});
}

TEST_P(QueueOrderModelTest, HoldsInEveryOrderOfTwoCancels) {
  every_order({two_places, {{put(2), put(3)}, {get(), get()}}, {0, 1}, {}});
}

TEST_P(QueueOrderModelTest, HoldsInEveryOrderOfADeath) {
  for (std::size_t who : {0, 1})
    every_order({two_places,
                 {{put(2), put(3)}, {get(), get()}, {put(1), put(4)}},
                 {},
                 {who}});
}

// -- every order, to the end --------------------------------------------------

// Each way to shut down a queue on which a putter and getters wait.
class QueueEndModelTest : public ::testing::TestWithParam<bool> {
protected:
  const wish end = GetParam() ? shut_down_at_once : shut_down;
};

INSTANTIATE_TEST_SUITE_P(Way, QueueEndModelTest, ::testing::Bool(),
                         [](const auto& x) {
                           return x.param ? "AtOnce" : "Gracefully";
                         });

TEST_P(QueueEndModelTest, HoldsInEveryOrderOfACancelledGetter) {
  every_order({bounded(1), {{put(1), put(2)}, {get(), get()}, {end}}, {1}, {}});
}

TEST_P(QueueEndModelTest, HoldsInEveryOrderOfACancelledPutter) {
  every_order({bounded(1), {{put(1), put(2)}, {get(), get()}, {end}}, {0}, {}});
}

TEST_P(QueueEndModelTest, HoldsInEveryOrderOfACancelledBatch) {
  every_order(
    {bounded(1), {{put_all({1, 2, 3})}, {get(), get(2)}, {end}}, {0}, {}});
}

TEST_P(QueueEndModelTest, HoldsInEveryOrderOfADeath) {
  for (std::size_t who : {0, 1})
    every_order(
      {bounded(1), {{put(1), put(2)}, {get(), get()}, {end}}, {}, {who}});
}

TEST_P(QueueEndModelTest, HoldsInEveryOrderOfASecondEnd) {
  every_order(
    {{}, {{put(1), end}, {get(), get()}, {shut_down_at_once, join}}, {1}, {}});
}

TEST_P(QueueEndModelTest, HoldsInEveryOrderOfAJoinAndACancel) {
  for (std::size_t who : {0, 1})
    every_order({{}, {{put(1), join}, {get(), say_done}, {end}}, {who}, {}});
}

// -- every order, of those who join and who do not wait -----------------------

TEST(QueueJoinModelTest, HoldsInEveryOrderOfACancel) {
  for (std::size_t who : {0, 1, 2})
    every_order(
      {{}, {{put(1), put(2)}, {get(2), say_done}, {join, join}}, {who}, {}});
}

TEST(QueueJoinModelTest, HoldsInEveryOrderOfADeath) {
  for (std::size_t who : {0, 1, 2})
    every_order(
      {{}, {{put(1), put(2)}, {get(2), say_done}, {join, join}}, {}, {who}});
}

TEST(QueueJoinModelTest, HoldsInEveryOrderOfTaskDoneSaidTooOften) {
  every_order(
    {{},
     {{put(1), put(2)}, {get(), say_done}, {say_done_too_often, join}},
     {1},
     {}});
}

TEST(QueueModelTest, HoldsInEveryOrderOfOneWhoDoesNotWait) {
  for (std::size_t who : {0, 1, 2})
    every_order({bounded(1),
                 {{put(1), put_now(2)}, {get_now, get()}, {get(), put_now(3)}},
                 {who},
                 {}});
}

// -- every order of any few clients -------------------------------------------

/// Explores all clients with so many of these wishes each, of whom any one is
/// cancelled or dies.
void every_order_of(const queue_options& options,
                    const std::vector<std::size_t>& counts,
                    const wishes& those) {
  explore_all([&](choices& way) {
    queue_scenario what;
    what.options = options;
    int value = 0;
    for (auto count : counts) {
      auto& client = what.clients.emplace_back();
      for (; count != 0; --count) {
        client.push_back(those[way.choose(those.size())]);
        for (auto& x : client.back().values)
          x = ++value;
      }
    }
    auto& whom = way.choose(2) == 0 ? what.cancels : what.deaths;
    whom.push_back(way.choose(counts.size()));
    queue_world{what}.play(way);
  });
}

TEST_P(QueueOrderModelTest, HoldsInEveryOrderOfTwoWhoDoAnyTwoThings) {
  every_order_of(bounded(1).order(GetParam()), {2, 2},
                 {put(1), put_all({1, 2}), put_now(1), get(), get(2), get_now,
                  join, say_done, shut_down, shut_down_at_once});
}

TEST_P(QueueOrderModelTest, HoldsInEveryOrderOfThreeWhoDoAnything) {
  every_order_of(two_places, {2, 1, 1},
                 {put(1), get(), join, say_done, shut_down, shut_down_at_once});
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
