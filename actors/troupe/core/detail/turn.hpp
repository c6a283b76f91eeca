#pragma once

#include <chrono>
#include <cstddef>

namespace troupe::detail {

/// How much of this thread's time the actor that runs here may still use. A
/// turn is over after its 256th step, or about a millisecond, whatever the
/// actor does: then it lets others run. A step is a message that is handled, or
/// an await that need not wait.
///
/// Only workers look at the time: a schedule that a test plays again must end
/// its turns at the same steps.
class turn {
public:
  static constexpr std::size_t most_steps = 256;
  static constexpr auto longest = std::chrono::milliseconds{1};

  /// That of this thread.
  [[nodiscard]] static turn& here() noexcept { return of_this_thread; }

  /// Another actor has its turn.
  void begin() noexcept {
    steps_ = 0;
    next_look_ = first_look;
    over_ = false;
  }

  /// From now on turns end by time as well.
  void watch_time() noexcept { timed_ = true; }

  /// Counts steps.
  ///
  /// @return Whether the turn is over.
  bool steps(std::size_t count) noexcept {
    steps_ += count;
    return steps_ >= next_look_ && look();
  }
  bool step() noexcept { return steps(1); }

  [[nodiscard]] bool over() const noexcept { return over_; }

private:
  // The time is read at steps 4, 8, 16 and so on: rarely where steps are short,
  // and soon enough where they are long.
  static constexpr std::size_t first_look = 4;

  bool look() noexcept;

  static thread_local turn of_this_thread;

  std::size_t steps_ = 0;
  std::size_t next_look_ = first_look;
  bool over_ = false;
  bool timed_ = false;
  std::chrono::steady_clock::time_point began_; // at the first look
};

inline constinit thread_local turn turn::of_this_thread{};

} // namespace troupe::detail
