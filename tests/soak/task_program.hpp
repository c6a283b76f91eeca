#pragma once

#include "troupe/core/time.hpp"
#include "troupe/task.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace troupe::testing {

/// What the tasks of one random program share, and what they found wrong.
///
/// Threads: any.
class program {
public:
  /// @param x Its seed.
  /// @param unit Of all its times.
  program(std::uint64_t x, duration unit) : seed(x), tick(unit) {}

  void wrong(std::string what);
  void expect(bool holds, const char* what) {
    if (!holds)
      wrong(what);
  }
  [[nodiscard]] std::vector<std::string> complaints() const;

  const std::uint64_t seed;
  const duration tick;
  std::atomic<int> left{120}; // tasks that it may still make
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};

private:
  mutable std::mutex mutex_;
  std::vector<std::string> complaints_;
};

/// The program's main task. It uses all that tasks can do, in ways and for
/// times that follow from the seed, and catches what it throws.
task<void> play(std::shared_ptr<program> all);

} // namespace troupe::testing
