#pragma once

#include <cstdint>

namespace troupe {

/// What a resource that is protected by a lock remembers: the largest token it
/// has seen. A holder that is late, as its lock went to another one meanwhile,
/// is refused.
///
///     if (!fence.accept(token))
///       return errc::stale_token;
///
/// Threads: one at a time, as the resource.
class fence {
public:
  fence() = default;
  /// @param seen As it was stored with the data.
  explicit fence(std::uint64_t seen) noexcept : seen_(seen) {}

  /// Whether nobody with a larger token came before.
  [[nodiscard]] bool accept(std::uint64_t token) noexcept {
    if (token < seen_)
      return false;
    seen_ = token;
    return true;
  }

  /// The largest token; to be stored with the data, in the same write.
  [[nodiscard]] std::uint64_t seen() const noexcept { return seen_; }

private:
  std::uint64_t seen_ = 0;
};

} // namespace troupe
