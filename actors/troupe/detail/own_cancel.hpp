#pragma once

#include "troupe/cancelled.hpp"
#include "troupe/detail/fiber.hpp"

#include <cstdint>
#include <optional>

namespace troupe::detail {

/// `length` from now, by the clock of the running task's system.
[[nodiscard]] time_point from_now(duration length);

/// A cancel of the running task that a scope asks for; tells in the end whether
/// it was the only one: asyncio's rule of five steps (row K5).
///
/// Threads: from the fiber's actor.
class own_cancel {
public:
  explicit own_cancel(fiber& owner);
  own_cancel(const own_cancel&) = delete;
  own_cancel& operator=(const own_cancel&) = delete;
  ~own_cancel() = default;

  void request(const cancelled& why);
  [[nodiscard]] bool requested() const noexcept { return requested_; }

  /// At the end of the scope.
  ///
  /// @param leaves Whether a `cancelled` gets out of it.
  /// @return Whether that was asked for by this scope alone.
  bool settle(bool leaves);

  /// After that: another cancel, of which the task had not heard yet. It is the
  /// one that leaves.
  [[nodiscard]] const std::optional<cancelled>& other() const noexcept {
    return other_;
  }

private:
  fiber& owner_;
  std::uint32_t before_;
  bool requested_ = false;
  std::optional<cancelled> other_;
};

} // namespace troupe::detail
