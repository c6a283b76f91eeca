#pragma once

#include "troupe/core/time.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

namespace troupe::detail {

/// A deadline that may be moved, and those around it.
///
/// Threads: any.
class time_limit {
public:
  explicit time_limit(time_point when,
                      std::shared_ptr<const time_limit> outer = nullptr)
    : when_(when), outer_(std::move(outer)) {}

  void move(time_point when) noexcept { when_ = when; }

  /// Its own.
  [[nodiscard]] time_point when() const noexcept { return when_; }

  /// The nearest of all.
  [[nodiscard]] time_point nearest() const noexcept {
    auto result = never;
    for (const auto* at = this; at; at = at->outer_.get())
      result = std::min(result, at->when());
    return result;
  }

private:
  std::atomic<time_point> when_;
  std::shared_ptr<const time_limit> outer_;
};

using time_limit_ptr = std::shared_ptr<const time_limit>;

} // namespace troupe::detail
