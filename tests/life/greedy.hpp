#pragma once

#include "troupe/task.hpp"

#include <atomic>
#include <cstdint>
#include <ostream>
#include <string_view>
#include <vector>

namespace troupe {

/// How far greedy tasks came, and whether they have to stop.
class greed {
public:
  /// What a greedy task does in each turn: some microseconds of work.
  ///
  /// @return Whether it goes on.
  bool turn() noexcept;

  /// How many turns all took so far.
  [[nodiscard]] std::int64_t turns() const noexcept { return turns_; }

  /// Ends them all, for a test that has failed; or not any more.
  void stop(bool x = true) noexcept { stopped_ = x; }
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }

private:
  std::atomic<std::int64_t> turns_ = 0;
  std::atomic<bool> stopped_ = false;
};

/// What all greedy tasks of a process share.
greed& all_greed() noexcept;

/// Where a cancel reaches a greedy task.
enum class cancelled_at {
  /// One of its awaits.
  await,
  /// Nowhere: all its awaits are of inline tasks that wait for nothing.
  nothing,
};

/// A loop that never has to wait: it takes what it needs, does some work, gives
/// it back, and begins again, until it is cancelled.
struct greedy_way {
  /// Of its test.
  std::string_view name;
  task<void> (*loop)();
  cancelled_at where = cancelled_at::await;
};

std::vector<greedy_way> greedy_ways();

inline void PrintTo(const greedy_way& way, std::ostream* out) {
  *out << way.name;
}

} // namespace troupe
