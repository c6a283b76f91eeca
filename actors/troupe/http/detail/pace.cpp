#include "troupe/http/detail/pace.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace troupe::http::detail {

namespace {

std::string in_ms(duration x) {
  auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(x);
  return std::to_string(ms.count()) + " ms";
}

} // namespace

pace::pace(const session_options& limits, time_point now, duration spent)
  : limits_(&limits), began_(now - spent), window_(now) {}

void pace::pause(time_point now) {
  paused_ = now;
}

void pace::resume(time_point now, std::uint64_t bytes) {
  began_ += now - std::exchange(paused_, never);
  restart(now, bytes);
}

void pace::restart(time_point now, std::uint64_t bytes) {
  window_ = now;
  window_bytes_ = bytes;
}

duration pace::spent(time_point now) const noexcept {
  return std::min(now, paused_) - began_;
}

error pace::check(time_point now, std::uint64_t bytes, bool held_up) {
  if (paused_ != never)
    return {};
  if (now - began_ >= limits_->timeout())
    return {errc::timed_out, "not complete after " + in_ms(limits_->timeout())};
  auto slowest = limits_->low_speed();
  if (slowest == 0 || held_up || now - window_ < limits_->low_speed_time())
    return {};
  auto seconds = std::chrono::duration<double>(now - window_).count();
  auto speed = static_cast<double>(bytes - window_bytes_) / seconds;
  restart(now, bytes);
  if (speed >= static_cast<double>(slowest))
    return {};
  return {errc::timed_out, "slower than " + std::to_string(slowest)
                             + " bytes per second for "
                             + in_ms(limits_->low_speed_time())};
}

} // namespace troupe::http::detail
