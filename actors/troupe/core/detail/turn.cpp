#include "troupe/core/detail/turn.hpp"

#include <algorithm>

namespace troupe::detail {

bool turn::look() noexcept {
  if (over_)
    return true;
  over_ = steps_ >= most_steps;
  if (timed_ && !over_) {
    auto now = std::chrono::steady_clock::now();
    if (next_look_ == first_look)
      began_ = now;
    over_ = now - began_ >= longest;
  }
  next_look_ = over_ ? 0 : std::min(next_look_ * 2, most_steps);
  return over_;
}

} // namespace troupe::detail
