#include "troupe/http/detail/throttle.hpp"

#include <algorithm>

namespace troupe::http::detail {

throttle::throttle(std::uint64_t rate) noexcept
  : rate_(static_cast<double>(rate)) {}

bool throttle::take(std::uint64_t bytes, time_point now) {
  if (!limited())
    return true;
  std::lock_guard lock{mutex_};
  fill(now);
  if (tokens_ <= 0)
    return false;
  tokens_ -= static_cast<double>(bytes);
  return true;
}

bool throttle::used_up(time_point now) {
  if (!limited())
    return false;
  std::lock_guard lock{mutex_};
  fill(now);
  return tokens_ <= 0;
}

void throttle::fill(time_point now) {
  if (filled_ == time_point::min())
    filled_ = now;
  auto passed = std::chrono::duration<double>(now - filled_).count();
  filled_ = now;
  tokens_ = std::min(tokens_ + passed * rate_, rate_ / 10);
}

} // namespace troupe::http::detail
