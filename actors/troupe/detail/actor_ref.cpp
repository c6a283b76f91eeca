#include "troupe/detail/actor_ref.hpp"

#include <caf/actor_control_block.hpp>

namespace troupe::detail {

actor_ref::actor_ref(caf::actor_control_block* actor) : actor_(actor) {
  if (actor_)
    caf::intrusive_ptr_add_ref(actor_);
}

actor_ref::~actor_ref() {
  if (actor_)
    caf::intrusive_ptr_release(actor_);
}

weak_actor_ref::weak_actor_ref(caf::actor_control_block* actor)
  : actor_(actor) {
  if (actor_)
    caf::intrusive_ptr_add_weak_ref(actor_);
}

weak_actor_ref::~weak_actor_ref() {
  if (actor_)
    caf::intrusive_ptr_release_weak(actor_);
}

actor_ref weak_actor_ref::lock() const {
  actor_ref result;
  if (actor_ && caf::intrusive_ptr_upgrade_weak(actor_)) {
    result = actor_ref{actor_};
    caf::intrusive_ptr_release(actor_); // the reference that was upgraded to
  }
  return result;
}

} // namespace troupe::detail
