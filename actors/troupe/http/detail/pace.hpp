#pragma once

#include "troupe/core/time.hpp"
#include "troupe/http/session_options.hpp"
#include "troupe/msg/error.hpp"

#include <cstdint>

namespace troupe::http::detail {

/// The time and the speed of one transfer, held against its session's limits.
/// The time in which it is paused does not count.
///
/// Threads: one.
class pace {
public:
  /// @param limits Have to outlive it.
  /// @param spent What the same try has spent already.
  pace(const session_options& limits, time_point now,
       duration spent = duration::zero());

  void pause(time_point now);
  void resume(time_point now, std::uint64_t bytes);

  /// Measures the speed anew, from here on: something else held it up.
  void restart(time_point now, std::uint64_t bytes);

  /// @param bytes That came so far.
  /// @param held_up Whether its speed is not the server's fault.
  /// @return Why it has to end, or nothing.
  error check(time_point now, std::uint64_t bytes, bool held_up);

  /// The time that the try has spent.
  [[nodiscard]] duration spent(time_point now) const noexcept;

private:
  const session_options* limits_;
  time_point began_;
  time_point paused_ = never; // since then
  time_point window_;         // over which the speed is measured
  std::uint64_t window_bytes_ = 0;
};

} // namespace troupe::http::detail
