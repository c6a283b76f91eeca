// usage: soak_sync SECONDS
//
// Random clients of all that they can wait for: locks, leases, conditions,
// semaphores, events, barriers, rate limiters, queues and broadcasts. They act,
// are cancelled and die in random orders, while time passes. It plays as many
// seeds at once as there are cores. TROUPE_SEED=N plays one seed only.

#include "model/barrier_world.hpp"
#include "model/broadcast_world.hpp"
#include "model/event_world.hpp"
#include "model/lease_world.hpp"
#include "model/lock_world.hpp"
#include "model/offer_world.hpp"
#include "model/permit_world.hpp"
#include "model/queue_world.hpp"
#include "model/rate_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>
#include <vector>

using namespace troupe;
using namespace troupe::testing;

namespace {

void play_all(choices& way) {
  lock_world::play_any(way);
  lease_world::play_any(way);
  permit_world::play_any(way);
  event_world::play_any(way);
  barrier_world::play_any(way);
  rate_world::play_any(way);
  queue_world::play_any(way);
  offer_world::play_any(way);
  broadcast_world::play_any(way);
}

/// Whether an expectation of this thread failed.
thread_local bool failed_here = false;

class failure_listener final : public ::testing::EmptyTestEventListener {
  void OnTestPartResult(const ::testing::TestPartResult& what) override {
    failed_here |= what.failed();
  }
};

bool holds(std::uint64_t seed) {
  try {
    choices way{seed};
    play_all(way);
  } catch (const std::exception& what) {
    ADD_FAILURE() << what.what();
  }
  if (failed_here)
    std::fprintf(stderr, "TROUPE_SEED=%" PRIu64 "\n", seed);
  return !failed_here;
}

/// Plays one seed after the other, each in one of the threads.
class soak {
public:
  explicit soak(std::chrono::seconds length)
    : length_(length), end_(clock::now() + length) {}

  bool run() {
    std::vector<std::thread> threads;
    for (auto i = std::max(1u, std::thread::hardware_concurrency()); i != 0;
         --i)
      threads.emplace_back([this] { play_until_the_end(); });
    for (auto& one : threads)
      one.join();
    if (failed_)
      return false;
    auto seconds = std::max<std::int64_t>(1, length_.count());
    std::printf("%" PRId64 " seeds, %" PRId64 " in a second\n", played_.load(),
                played_ / seconds);
    return true;
  }

private:
  using clock = std::chrono::steady_clock;

  void play_until_the_end() {
    do {
      if (!holds(static_cast<std::uint64_t>(++played_)))
        failed_ = true;
    } while (!failed_ && clock::now() < end_);
  }

  std::chrono::seconds length_;
  clock::time_point end_;
  std::atomic<std::int64_t> played_ = 0;
  std::atomic<bool> failed_ = false;
};

} // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv); // it prints what fails
  if (argc != 2) {
    std::fputs("usage: soak_sync SECONDS\n", stderr);
    return 2;
  }
  ::testing::UnitTest::GetInstance()->listeners().Append(new failure_listener);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it
  if (const auto* seed = std::getenv("TROUPE_SEED"))
    return holds(std::strtoull(seed, nullptr, 10)) ? 0 : 1;
  soak all{std::chrono::seconds{std::strtol(argv[1], nullptr, 10)}};
  return all.run() ? 0 : 1;
}
