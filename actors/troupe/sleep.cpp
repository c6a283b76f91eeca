#include "troupe/sleep.hpp"

#include "troupe/detail/messaging.hpp"
#include "troupe/msg/failure.hpp"

#include <algorithm>

namespace troupe::detail {

void throw_no_duration() {
  throw failure{{errc::invalid_argument, "the duration is not a number"}};
}

sleep_op::~sleep_op() {
  if (slot() != 0)
    owner().clear_timer(slot());
}

void sleep_op::await_suspend(std::coroutine_handle<> coroutine) {
  suspend(coroutine, "sleep");
  auto now = owner().now();
  auto when =
    std::min(until_, length_ > duration::zero() ? after(now, length_) : now);
  if (when <= now)
    owner().answer_next_turn(slot());
  else // also for `never`: the timer keeps the task's actor alive
    owner().set_timer(slot(), when);
}

} // namespace troupe::detail
