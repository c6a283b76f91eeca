// usage: soak_sync SECONDS
//
// Random clients of all that they can wait for: locks, conditions, semaphores,
// events, barriers, rate limiters and queues. They act, are cancelled and die
// in random orders, while time passes. TROUPE_SEED=N plays one seed only.

#include "model/barrier_world.hpp"
#include "model/event_world.hpp"
#include "model/lock_world.hpp"
#include "model/permit_world.hpp"
#include "model/queue_world.hpp"
#include "model/rate_world.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>

using namespace troupe;
using namespace troupe::testing;

namespace {

void play_all(choices& way) {
  lock_world::play_any(way);
  permit_world::play_any(way);
  event_world::play_any(way);
  barrier_world::play_any(way);
  rate_world::play_any(way);
  queue_world::play_any(way);
}

/// @return The last seed; nothing if something was wrong.
std::optional<std::uint64_t> soak(std::chrono::seconds length) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it
  const auto* given = std::getenv("TROUPE_SEED");
  std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : 1;
  auto end = std::chrono::steady_clock::now() + length;
  for (;; ++seed) {
    choices way{seed};
    play_all(way);
    if (::testing::Test::HasFailure()) {
      std::fprintf(stderr, "TROUPE_SEED=%llu\n",
                   static_cast<unsigned long long>(seed));
      return std::nullopt;
    }
    if (given || std::chrono::steady_clock::now() >= end)
      return seed;
  }
}

} // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv); // it prints what fails
  if (argc != 2) {
    std::fputs("usage: soak_sync SECONDS\n", stderr);
    return 2;
  }
  try {
    auto last = soak(std::chrono::seconds{std::strtol(argv[1], nullptr, 10)});
    if (last)
      std::printf("seeds up to %llu\n", static_cast<unsigned long long>(*last));
    return last ? 0 : 1;
  } catch (const std::exception& what) {
    std::fputs(what.what(), stderr);
    return 1;
  }
}
