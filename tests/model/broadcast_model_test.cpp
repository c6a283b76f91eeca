// A broadcast's rules in every order of a few clients, and in random orders of
// more; its coroutine classes in every order of their actors.

#include "model/broadcast_world.hpp"
#include "model/exploration.hpp"
#include "troupe/attempt.hpp"
#include "troupe/broadcast.hpp"
#include "troupe/handle.hpp"
#include "troupe/spawn.hpp"
#include "troupe/testing/explore_tasks.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

using wish = broadcast_wish;
using wishes = std::vector<wish>;

void every_order(const broadcast_scenario& what) {
  explore_all([&](choices& way) { broadcast_world{what}.play(way); });
}

wish publish(int value, duration limit = forever) {
  return {wish::publish, value, 1, limit};
}

wish subscribe(std::size_t max_size, on_full policy) {
  wish result;
  result.what = wish::subscribe;
  result.options.max_size(max_size).on_full(policy);
  return result;
}

wish get(std::size_t max = 1, duration limit = forever) {
  return {wish::get, 0, max, limit};
}

const wish unsubscribe{wish::unsubscribe};
const wish shut_down{wish::shutdown};

// -- every order --------------------------------------------------------------

// Each policy, with a publisher and a reader who is cancelled or dies.
class BroadcastModelTest : public ::testing::TestWithParam<on_full> {
protected:
  static wish reader(std::size_t max_size = 1) {
    return subscribe(max_size, GetParam());
  }
};

std::string name_of(const ::testing::TestParamInfo<on_full>& x) {
  static const std::map<on_full, std::string> names{
    {on_full::block, "Block"},
    {on_full::drop_oldest, "DropOldest"},
    {on_full::drop_newest, "DropNewest"},
    {on_full::disconnect, "Disconnect"}};
  return names.at(x.param);
}

INSTANTIATE_TEST_SUITE_P(Policy, BroadcastModelTest,
                         ::testing::Values(on_full::block, on_full::drop_oldest,
                                           on_full::drop_newest,
                                           on_full::disconnect),
                         name_of);

TEST_P(BroadcastModelTest, HoldsInEveryOrderOfACancelledReader) {
  every_order({{{publish(1), publish(2)}, {reader(), get(), get()}}, {1}, {}});
}

TEST_P(BroadcastModelTest, HoldsInEveryOrderOfACancelledReaderOfMany) {
  every_order(
    {{{publish(1), publish(2), publish(3)}, {reader(2), get(2), get(2)}},
     {1},
     {}});
}

TEST_P(BroadcastModelTest, HoldsInEveryOrderOfACancelledPublisher) {
  every_order({{{publish(1), publish(2)}, {reader(), get(), get()}}, {0}, {}});
}

TEST_P(BroadcastModelTest, HoldsInEveryOrderOfADeadReader) {
  every_order({{{publish(1), publish(2)}, {reader(), get(), get()}}, {}, {1}});
}

TEST_P(BroadcastModelTest, HoldsInEveryOrderOfADeadPublisher) {
  every_order(
    {{{publish(1), publish(2)}, {publish(3)}, {reader(), get()}}, {}, {0}});
}

TEST_P(BroadcastModelTest, HoldsInEveryOrderOfTwoReadersAndACancel) {
  every_order({{{publish(1), publish(2), publish(3)},
                {reader(), get(), get()},
                {subscribe(1, on_full::block), get(), get()}},
               {1},
               {}});
}

TEST_P(BroadcastModelTest, HoldsInEveryOrderOfTwoPublishersAndACancel) {
  every_order(
    {{{publish(1)}, {publish(2)}, {reader(), get(), get()}}, {0}, {}});
}

TEST_P(BroadcastModelTest, HoldsInEveryOrderOfOneWhoLeavesAndACancel) {
  every_order(
    {{{publish(1), publish(2)}, {reader(), get(), unsubscribe, reader()}},
     {1},
     {}});
}

TEST_P(BroadcastModelTest, HoldsInEveryOrderOfAShutdownAndACancel) {
  auto at_once = shut_down;
  at_once.immediate = true;
  for (const auto& end : {shut_down, at_once})
    every_order(
      {{{publish(1), publish(2), publish(3)}, {reader(), get(), get()}, {end}},
       {1},
       {}});
}

TEST_P(BroadcastModelTest, HoldsInEveryOrderOfTimeLimitsAndACancel) {
  every_order(
    {{{publish(1), publish(2, 1s)}, {reader(), get(1, 1s)}}, {1}, {}, 1});
}

// -- random orders ------------------------------------------------------------

TEST(BroadcastRandomTest, HoldsInRandomOrdersOfUpToFourClients) {
  explore_random(20'000, broadcast_world::play_any);
}

// -- tasks, in every order of their actors ------------------------------------

void require(bool holds, const char* what) {
  if (!holds)
    throw std::runtime_error{what};
}

/// Counts the publishes that succeeded.
task<void> fill(broadcast<int> to, int count,
                std::shared_ptr<std::size_t> done) {
  for (int i = 1; i <= count; ++i) {
    co_await to.publish(i);
    ++*done;
  }
}

template <class T>
task<void> cancel(handle<T> whom) {
  whom.cancel();
  co_return;
}

task<void> end_of(handle<void> whom) {
  try {
    co_await whom;
  } catch (const cancelled&) {
  }
}

/// Takes what there is, though it is cancelled once.
task<std::vector<int>> read(subscription<int> from) {
  std::vector<int> result;
  auto ended = false;
  while (!ended) {
    try {
      while (auto next = co_await attempt(from.get()))
        result.push_back(*next);
      ended = true;
    } catch (const cancelled&) {
    }
  }
  co_return result;
}

task<void> cancel_a_reader() {
  broadcast<int> news{broadcast_options{}.max_size(1)};
  auto reader = spawn(read(co_await news.subscribe()));
  auto done = std::make_shared<std::size_t>(0);
  auto filler = spawn(fill(news, 2, done));
  auto canceller = spawn(cancel(reader));
  co_await filler;
  co_await canceller;
  co_await news.shutdown();
  try {
    auto all = co_await reader;
    require(all == std::vector{1, 2}, "an item was lost, or came late");
  } catch (const cancelled&) { // before it began
  }
}

task<void> cancel_a_publisher() {
  broadcast<int> news{broadcast_options{}.max_size(1)};
  auto reader = spawn(read(co_await news.subscribe()));
  auto done = std::make_shared<std::size_t>(0);
  auto filler = spawn(fill(news, 3, done));
  auto canceller = spawn(cancel(filler));
  co_await end_of(filler);
  co_await canceller;
  auto state = co_await news.state();
  require(state.published == *done, "cancelled is not what nobody gets");
  co_await news.shutdown();
  auto all = co_await reader;
  require(all.size() == *done, "an item was lost");
}

void every_order_of(task<void> (*program)()) {
  report(explore_tasks(program));
}

TEST(BroadcastTaskModelTest, ACancelledReaderLosesNothing) {
  every_order_of(cancel_a_reader);
}

TEST(BroadcastTaskModelTest, ACancelledPublisherPublishesNothing) {
  every_order_of(cancel_a_publisher);
}

} // namespace
