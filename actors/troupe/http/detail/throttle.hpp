#pragma once

#include "troupe/core/time.hpp"

#include <cstdint>
#include <mutex>

namespace troupe::http::detail {

/// A token bucket for the bytes of all transfers of a session. It fills to a
/// tenth of a second's worth, and may be overdrawn by one piece.
///
/// Threads: any.
class throttle {
public:
  /// @param rate Bytes per second; 0 is unlimited.
  explicit throttle(std::uint64_t rate) noexcept;

  [[nodiscard]] bool limited() const noexcept { return rate_ > 0; }

  /// Takes the bytes of a piece, unless the bucket is empty.
  bool take(std::uint64_t bytes, time_point now);

  /// Whether the bucket is empty.
  bool used_up(time_point now);

private:
  void fill(time_point now);

  double rate_;
  std::mutex mutex_;
  double tokens_ = 0;
  time_point filled_ = time_point::min();
};

} // namespace troupe::http::detail
