#include "troupe/detail/own_cancel.hpp"

#include "troupe/core/detail/race_point.hpp"
#include "troupe/detail/task_block.hpp"

#include <utility>

namespace troupe::detail {

time_point from_now(duration length) {
  return after(fiber::require().now(), length);
}

own_cancel::own_cancel(fiber& owner)
  : owner_(owner), before_(owner.cancels_thrown()) {
  race_point();
}

void own_cancel::request(const cancelled& why) {
  if (std::exchange(requested_, true))
    return;
  owner_.block()->count_cancel();
  race_point();
  owner_.interrupt(why);
}

bool own_cancel::settle(bool leaves) {
  if (!std::exchange(requested_, false))
    return false;
  race_point();
  auto alone = owner_.block()->settle_cancel(before_, leaves, other_);
  race_point();
  if (alone || leaves)
    owner_.withdraw();
  return alone;
}

} // namespace troupe::detail
