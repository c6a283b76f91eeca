#include "troupe/to_thread.hpp"

#include "troupe/detail/messaging.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/detail/thread_pool.hpp"

namespace troupe::detail {

void post_work(fiber& from, slot_id slot, std::shared_ptr<any_work> work) {
  from.system()->threads().post(
    [who = actor_ref{from.host().self().ctrl()}, slot, work = std::move(work)] {
      if (!work->claim())
        return;
      work->run();
      answer_slot(who, slot);
    },
    from.block()->name());
}

} // namespace troupe::detail
