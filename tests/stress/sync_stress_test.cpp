#include "troupe/attempt.hpp"
#include "troupe/cancelled.hpp"
#include "troupe/detail/fiber.hpp"
#include "troupe/gather.hpp"
#include "troupe/handle.hpp"
#include "troupe/lock.hpp"
#include "troupe/queue.hpp"
#include "troupe/run.hpp"
#include "troupe/select.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

// Real threads, and cancels at any time. Everything random has one seed, which
// TROUPE_SEED sets.
namespace troupe {
namespace {

using namespace std::chrono_literals;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int slower = 20;
#else
constexpr int slower = 1;
#endif

std::uint32_t seed() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it meanwhile
  const auto* given = std::getenv("TROUPE_SEED");
  return given ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
               : std::random_device{}();
}

class SyncStressTest : public ::testing::Test {
protected:
  SyncStressTest() { RecordProperty("seed", std::to_string(random_seed)); }

  /// Runs it on two threads, after which no coroutine is left.
  template <class T>
  static T run(task<T> work) {
    return block_on(std::move(work), run_options{}.threads(2));
  }

  void TearDown() override {
    EXPECT_EQ(detail::frames_alive.value(), 0);
    if (HasFailure())
      std::printf("TROUPE_SEED=%u\n", random_seed);
  }

  std::uint32_t random_seed = seed();
};

/// What a lock protects: no atomics, so that TSan sees who has it without.
class protected_state {
public:
  std::uint64_t last_token = 0;
  std::int64_t uses = 0;
  bool in_use = false;
  int wrong = 0;

  void enter(std::uint64_t token) {
    wrong += in_use || token <= last_token ? 1 : 0;
    in_use = true;
    last_token = token;
    ++uses;
  }
  void leave() { in_use = false; }
};

task<int> use_once(lock mutex, std::shared_ptr<protected_state> what) {
  auto mine = co_await mutex.acquire();
  what->enter(mine.token());
  what->leave();
  co_return 1;
}

task<void> many_clients(int count, std::uint32_t seed) {
  std::mt19937 random{seed};
  lock mutex;
  auto what = std::make_shared<protected_state>();
  std::vector<handle<int>> clients;
  clients.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i != count; ++i) {
    clients.push_back(spawn(use_once(mutex, what)));
    if (random() % 8 == 0) {
      auto whom = random() % clients.size();
      clients[whom].cancel();
    }
  }
  int used = 0;
  for (auto& one : clients) {
    try {
      used += co_await one;
    } catch (const cancelled&) {
    }
  }
  auto mine = co_await mutex.acquire();
  EXPECT_EQ(what->uses, used);
  EXPECT_EQ(what->wrong, 0);
  EXPECT_GT(mine.token(), what->last_token);
}

TEST_F(SyncStressTest, ALockServesAHundredThousandClients) {
  run(many_clients(100'000 / slower, random_seed));
}

task<void> again_and_again(lock mutex, std::shared_ptr<protected_state> what,
                           int count) {
  for (int i = 0; i != count; ++i) {
    auto mine = co_await mutex.acquire();
    what->enter(mine.token());
    what->leave();
  }
}

task<void> few_clients(int count) {
  lock mutex;
  auto what = std::make_shared<protected_state>();
  std::vector<task<void>> jobs;
  for (int i = 0; i != 4; ++i)
    jobs.push_back(again_and_again(mutex, what, count));
  co_await gather(std::move(jobs));
  auto mine = co_await mutex.acquire();
  EXPECT_EQ(what->uses, 4 * count);
  EXPECT_EQ(what->wrong, 0);
}

// Its lease goes from one to the other.
TEST_F(SyncStressTest, AFewClientsTakeALockAgainAndAgain) {
  run(few_clients(500'000 / slower));
}

/// How often each item came out.
using counts = std::shared_ptr<std::vector<std::atomic<std::uint8_t>>>;

/// How many tasks have begun: one that is cancelled before does not run.
using started = std::shared_ptr<std::atomic<std::int64_t>>;

/// Puts each of its items once, whatever is cancelled.
task<void> produce(queue<std::int64_t> items, std::int64_t from,
                   std::int64_t to, started all) {
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
                           started all) {
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

task<void> cancel_some(std::vector<any_handle> whom, std::uint32_t seed) {
  std::mt19937 random{seed};
  for (;;) {
    co_await sleep(std::chrono::microseconds{100});
    whom[random() % whom.size()].cancel();
  }
}

task<void> many_items(std::int64_t count, std::uint32_t seed) {
  constexpr std::int64_t each = 100; // producers and consumers
  queue<std::int64_t> items{queue_options{}.max_size(1024)};
  auto seen = std::make_shared<std::vector<std::atomic<std::uint8_t>>>(
    static_cast<std::size_t>(count));
  auto begun = std::make_shared<std::atomic<std::int64_t>>(0);
  std::vector<handle<void>> producers;
  std::vector<handle<std::int64_t>> consumers;
  std::vector<any_handle> all;
  for (std::int64_t i = 0; i != each; ++i) {
    producers.push_back(
      spawn(produce(items, count / each * i, count / each * (i + 1), begun)));
    consumers.push_back(spawn(consume(items, seen, i % 4 == 0, begun)));
    all.push_back(producers.back());
    all.push_back(consumers.back());
  }
  while (*begun != 2 * each)
    co_await yield();
  auto canceller = spawn(cancel_some(all, seed));
  for (auto& one : producers)
    co_await one;
  auto state = co_await items.state();
  EXPECT_LE(state.size, 1024u + each) << "but for what came back";
  canceller.cancel();
  try {
    co_await canceller;
  } catch (const cancelled&) {
  }
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

TEST_F(SyncStressTest, AQueueLosesNothingWhileClientsAreCancelled) {
  run(many_items(1'000'000 / slower, random_seed));
}

} // namespace
} // namespace troupe
