#include "troupe/queue.hpp"

#include "troupe/core/queue_actor.hpp"
#include "troupe/detail/runtime.hpp"

#include <caf/actor_cast.hpp>

namespace troupe::detail {

actor_ref spawn_queue_here(const queue_options& options) {
  return spawn_queue_in(runtime::current()->system(), options);
}

actor_ref spawn_queue_in(caf::actor_system& system,
                         const queue_options& options) {
  auto actor = spawn_queue(system, options);
  return actor_ref{caf::actor_cast<caf::strong_actor_ptr>(actor).get()};
}

} // namespace troupe::detail
