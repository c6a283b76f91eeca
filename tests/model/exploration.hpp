#pragma once

#include "troupe/testing/explore.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

namespace troupe::testing {

/// Prints how far an exploration went, and adds that to the file
/// TROUPE_SCHEDULES, of which `./dev test` prints the sum.
inline void report(const explored& what) {
  std::printf("%s\n", what.to_string().c_str());
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it
  const auto* path = std::getenv("TROUPE_SCHEDULES");
  if (auto* file = path ? std::fopen(path, "a") : nullptr) {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    std::fprintf(file, "%s %zu %s\n", test->test_suite_name(), what.schedules,
                 test->name());
    std::fclose(file);
  }
}

inline explore_options until_it_fails() {
  explore_options result;
  result.limit(5'000'000).stop_when(
    [] { return ::testing::Test::HasFailure(); });
  return result;
}

/// Plays every order there is.
template <class Play>
void explore_all(Play play) {
  auto result = explore([&](choices& way) { play(way); }, until_it_fails());
  report(result);
  EXPECT_TRUE(result.complete);
}

/// Plays random orders of so many seeds, or the one in TROUPE_SEED.
template <class Play>
void explore_random(std::size_t count, Play play) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it
  const auto* seed = std::getenv("TROUPE_SEED");
  report(explore_seeds(
    seed ? std::strtoull(seed, nullptr, 10) : 1, seed ? 1 : count,
    [&](choices& way) { play(way); }, until_it_fails()));
}

/// Some of so many clients, at most `most`, who may be the same.
inline std::vector<std::size_t> any_clients(choices& way, std::size_t clients,
                                            std::size_t most) {
  std::vector<std::size_t> result;
  for (auto count = way.choose(most + 1); count != 0; --count)
    result.push_back(way.choose(clients));
  return result;
}

} // namespace troupe::testing
