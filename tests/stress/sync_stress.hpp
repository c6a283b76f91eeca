#pragma once

#include "troupe/cancelled.hpp"
#include "troupe/detail/fiber.hpp"
#include "troupe/handle.hpp"
#include "troupe/run.hpp"
#include "troupe/sleep.hpp"
#include "troupe/task.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
constexpr int slower = 20;
#else
constexpr bool sanitized = false;
constexpr int slower = 1;
#endif

/// Everything random has this seed, which TROUPE_SEED sets.
inline std::uint32_t seed() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it meanwhile
  const auto* given = std::getenv("TROUPE_SEED");
  return given ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
               : std::random_device{}();
}

/// Real threads, and cancels at any time.
class stress_fixture : public ::testing::Test {
protected:
  stress_fixture() { RecordProperty("seed", std::to_string(random_seed)); }

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

/// How much memory the process took in addition since this was made.
class memory_use {
public:
  memory_use() {
    std::ofstream{"/proc/self/clear_refs"} << "5"; // begins a new peak
    before_ = kibibytes("VmRSS:");
  }

  [[nodiscard]] std::size_t peak_bytes() const {
    auto peak = kibibytes("VmHWM:");
    return peak < before_ ? 0 : (peak - before_) * 1024;
  }

private:
  static std::size_t kibibytes(const std::string& name) {
    std::ifstream status{"/proc/self/status"};
    std::size_t result = 0;
    for (std::string word; status >> word;)
      if (word == name)
        status >> result;
    return result;
  }

  std::size_t before_;
};

/// The bounds are for what is built without sanitizers, which take more.
inline void expect_peak_below(const memory_use& memory, std::size_t bytes) {
  auto peak = memory.peak_bytes();
  std::printf("%zu KiB at most\n", peak / 1024);
  EXPECT_GT(peak, 0u) << "it was not measured";
  EXPECT_TRUE(sanitized || peak < bytes) << peak << " bytes";
}

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

/// How many tasks have come somewhere: one that is cancelled before it began
/// does not run.
using tally = std::shared_ptr<std::atomic<std::int64_t>>;

inline tally nobody() {
  return std::make_shared<std::atomic<std::int64_t>>(0);
}

inline task<void> until_all(tally all, std::int64_t count) {
  while (*all != count)
    co_await yield();
}

/// Until it is cancelled itself.
inline task<void> cancel_some(std::vector<any_handle> whom,
                              std::uint32_t seed) {
  std::mt19937 random{seed};
  for (;;) {
    co_await sleep(std::chrono::microseconds{100});
    whom[random() % whom.size()].cancel();
  }
}

/// Whether it ended otherwise than by a cancel.
inline task<bool> ended(handle<void> whom) {
  try {
    co_await whom;
    co_return true;
  } catch (const cancelled&) {
    co_return false;
  }
}

inline task<void> stop(handle<void> whom) {
  whom.cancel();
  co_await ended(whom);
}

} // namespace troupe
