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

time_point sleep_op::end(time_point now) const {
  return std::min(until_,
                  length_ > duration::zero() ? after(now, length_) : now);
}

void sleep_op::await_suspend(std::coroutine_handle<> coroutine) {
  suspend(coroutine, "sleep");
  auto now = owner().now();
  auto when = end(now);
  if (when <= now)
    owner().answer_next_turn(slot());
  else // also for `never`: the timer keeps the task's actor alive
    owner().set_timer(slot(), when);
}

task<bool> sleep_choice::poll() {
  auto now = fiber::require().now();
  co_return op_.end(now) <= now;
}

void sleep_choice::ask(fiber& from, slot_id slot) {
  from.set_timer(slot, op_.end(from.now()));
}

void sleep_choice::decline(fiber& from, slot_id slot) noexcept {
  from.clear_timer(slot);
}

} // namespace troupe::detail
