#include "troupe/detail/own_cancel.hpp"

#include "troupe/detail/task_block.hpp"

#include <utility>

namespace troupe::detail {

time_point from_now(duration length) {
  return after(fiber::require().now(), length);
}

own_cancel::own_cancel(fiber& owner)
  : owner_(owner), before_(owner.block()->cancelling()) {}

void own_cancel::request(const cancelled& why) {
  if (std::exchange(requested_, true))
    return;
  owner_.block()->count_cancel();
  owner_.interrupt(why);
}

bool own_cancel::settle() {
  if (!std::exchange(requested_, false))
    return false;
  auto alone = owner_.block()->uncancel() <= before_;
  if (alone) {
    owner_.withdraw();
    // What was awaited may have left it to the next await.
    static_cast<void>(owner_.block()->take_cancel());
  }
  return alone;
}

} // namespace troupe::detail
