#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace troupe {

/// What happens to an item for which a subscriber has no room. The numbers are
/// those of `troupe.v1.BroadcastOnFull`.
enum class on_full {
  /// It is published, to everybody, when there is room: who publishes waits.
  block = 1,
  /// The subscriber misses the oldest of those that it has not taken.
  drop_oldest = 2,
  /// The subscriber misses it.
  drop_newest = 3,
  /// The subscriber misses it, and all that follow.
  disconnect = 4,
};

/// What the subscribers of a broadcast are like, or one of them. Setters chain.
class broadcast_options {
public:
  broadcast_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// Of the broadcast, for people who look at what waits for it; see `tree`.
  /// Default: none.
  broadcast_options& name(std::string x) {
    name_ = std::move(x);
    return *this;
  }
  /// Items that a subscriber may be behind; 0 is not set. Default: as the
  /// broadcast was made, and there 64.
  broadcast_options& max_size(std::size_t x) {
    max_size_ = x;
    return *this;
  }
  /// Default: as the broadcast was made, and there `block`.
  broadcast_options& on_full(troupe::on_full x) {
    on_full_ = x;
    return *this;
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::size_t max_size() const { return max_size_; }
  [[nodiscard]] std::optional<troupe::on_full> on_full() const {
    return on_full_;
  }

  /// The same, with what is not set as `x` has it.
  [[nodiscard]] broadcast_options or_else(const broadcast_options& x) const {
    auto result = *this;
    if (max_size_ == 0)
      result.max_size_ = x.max_size_;
    if (!on_full_)
      result.on_full_ = x.on_full_;
    return result;
  }

private:
  std::string name_;
  std::size_t max_size_ = 0;
  std::optional<troupe::on_full> on_full_;
};

} // namespace troupe
