#include "troupe/core/detail/in_place.hpp"

#include "troupe/core/detail/flags.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/execution_unit.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <cassert>

namespace troupe::detail {

void let_run_in_place(caf::scheduled_actor& self) {
  const auto& scheduler = self.home_system().scheduler();
  if (!dynamic_cast<const caf::scheduler::test_coordinator*>(&scheduler))
    self.setf(runs_in_place_flag);
}

caf::scheduled_actor* claim(caf::actor_control_block& who) {
  auto* actor = who.get();
  if (!actor->getf(runs_in_place_flag))
    return nullptr;
  auto* result = static_cast<caf::scheduled_actor*>(actor);
  // A sender that finds the mailbox blocked schedules the actor; whoever
  // unblocks it first, and nobody else, runs it.
  return result->mailbox().try_unblock() ? result : nullptr;
}

void run_in_place(caf::scheduled_actor& claimed, caf::mailbox_element& message,
                  caf::execution_unit& unit) {
  claimed.context(&unit);
  using result = caf::scheduled_actor::activation_result;
  auto ended = claimed.reactivate(message);
  assert(ended != result::skipped);
  if (ended == result::terminated)
    return;
  if (claimed.mailbox().try_block())
    return;
  caf::intrusive_ptr_add_ref(claimed.ctrl());
  unit.exec_later(&claimed);
}

} // namespace troupe::detail
