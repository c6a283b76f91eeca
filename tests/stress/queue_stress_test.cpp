#include "stress/sync_stress.hpp"
#include "troupe/attempt.hpp"
#include "troupe/queue.hpp"
#include "troupe/select.hpp"
#include "troupe/spawn.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;

class QueueStressTest : public stress_fixture {};

/// How often each item came out.
using counts = std::shared_ptr<std::vector<std::atomic<std::uint8_t>>>;

/// Puts each of its items once, whatever is cancelled.
task<void> produce(queue<std::int64_t> items, std::int64_t from,
                   std::int64_t to, tally all) {
  ++*all;
  for (auto next = from; next != to;) {
    try {
      co_await items.put(next);
      ++next;
    } catch (const cancelled&) {
    }
  }
}

/// Until the queue is shut down.
///
/// @param chooses Whether it gets by `select`.
task<std::int64_t> consume(queue<std::int64_t> items, counts seen, bool chooses,
                           tally all) {
  ++*all;
  for (std::int64_t count = 0;;) {
    try {
      std::int64_t item = 0;
      if (chooses) {
        auto first = co_await select(items.get(), sleep(1h));
        item = std::get<0>(first);
      } else {
        item = co_await items.get();
      }
      (*seen)[static_cast<std::size_t>(item)].fetch_add(1);
      ++count;
    } catch (const cancelled&) {
    } catch (const failure& why) {
      if (why.code() != errc::closed)
        throw;
      co_return count;
    }
  }
}

/// Until it holds producers back, or has not done so.
task<void> until_full(queue<std::int64_t> items, std::size_t count) {
  for (;;) {
    auto state = co_await items.state();
    if (state.putters != 0 || state.size == count)
      co_return;
    co_await yield();
  }
}

task<void> many_items(std::int64_t count, std::uint32_t seed) {
  constexpr std::int64_t each = 100; // producers and consumers
  queue<std::int64_t> items{queue_options{}.max_size(1024)};
  auto seen = std::make_shared<std::vector<std::atomic<std::uint8_t>>>(
    static_cast<std::size_t>(count));
  auto begun = nobody();
  std::vector<handle<void>> producers;
  std::vector<handle<std::int64_t>> consumers;
  std::vector<any_handle> all;
  for (std::int64_t i = 0; i != each; ++i)
    all.push_back(producers.emplace_back(
      spawn(produce(items, count / each * i, count / each * (i + 1), begun))));
  co_await until_full(items, static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i != each; ++i)
    all.push_back(
      consumers.emplace_back(spawn(consume(items, seen, i % 4 == 0, begun))));
  co_await until_all(begun, 2 * each);
  auto canceller = spawn(cancel_some(all, seed));
  for (auto& one : producers)
    co_await one;
  auto state = co_await items.state();
  EXPECT_LE(state.size, 1024u + each) << "but for what came back";
  co_await stop(canceller);
  while (!co_await items.empty())
    co_await yield();
  co_await items.shutdown();
  std::int64_t got = 0;
  for (auto& one : consumers)
    got += co_await one;
  // What a cancelled consumer gave back after the shutdown is still there.
  for (;;) {
    auto left = co_await attempt(items.get_nowait());
    if (!left)
      break;
    (*seen)[static_cast<std::size_t>(*left)].fetch_add(1);
    ++got;
  }
  EXPECT_EQ(got, count);
  std::int64_t wrong = 0;
  for (const auto& times : *seen)
    wrong += times != 1 ? 1 : 0;
  EXPECT_EQ(wrong, 0) << "items that came out twice, or never";
}

TEST_F(QueueStressTest, NothingIsLostWhileClientsAreCancelled) {
  memory_use memory;
  run(many_items(1'000'000 / slower, random_seed));
  expect_peak_below(memory, 16 << 20); // a million items take 130 MiB
}

} // namespace
} // namespace troupe
