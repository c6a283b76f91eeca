#include "troupe/io/detail/operation.hpp"

#include "troupe/detail/messaging.hpp"
#include "troupe/detail/task_block.hpp"

namespace troupe::io::detail {

void operation_core::begin(troupe::detail::fiber& owner,
                           troupe::detail::slot_id slot) {
  who_ = troupe::detail::actor_ref{owner.host().self().ctrl()};
  slot_ = slot;
}

void operation_core::tell_end() {
  troupe::detail::answer_slot(who_, slot_);
}

void cancellable::check_cancel(bool aborted) {
  if (!told)
    return;
  if (aborted)
    throw cancelled{*told};
  owner().block()->deliver_again(*told);
}

} // namespace troupe::io::detail
