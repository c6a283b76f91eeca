#include "troupe/core/detail/in_place.hpp"

#include "troupe/core/detail/flags.hpp"
#include "troupe/core/detail/race_point.hpp"
#include "troupe/core/detail/worker.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/execution_unit.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <cassert>

namespace troupe::detail {

namespace {

constexpr auto when_it_has_a_message = true;
constexpr auto hidden = false;

/// Its turn is over.
void wait_again(caf::scheduled_actor& self, caf::execution_unit& unit) {
  race_point();
  if (self.mailbox().try_block())
    return;
  caf::intrusive_ptr_add_ref(self.ctrl());
  unit.exec_later(&self);
}

} // namespace

bool is_test_system(caf::actor_system& system) {
  const auto& scheduler = system.scheduler();
  return dynamic_cast<const caf::scheduler::test_coordinator*>(&scheduler);
}

void let_run_in_place(caf::scheduled_actor& self) {
  if (!is_test_system(self.home_system()))
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
  race_point();
  claimed.context(&unit);
  using result = caf::scheduled_actor::activation_result;
  auto ended = claimed.reactivate(message);
  assert(ended != result::skipped);
  if (ended != result::terminated)
    wait_again(claimed, unit);
}

void launch_in_order(caf::scheduled_actor& self, caf::execution_unit& unit) {
  if (auto* here = worker::here(&unit)) {
    launch_pad<&worker::exec_new> pad{*here};
    self.launch(&pad, !when_it_has_a_message, hidden);
  } else {
    self.launch(&unit, !when_it_has_a_message, hidden);
  }
}

void launch_in_place(caf::scheduled_actor& self, caf::execution_unit& unit) {
  self.launch(&unit, when_it_has_a_message, hidden);
  if (self.mailbox().try_unblock() && self.activate(&unit))
    wait_again(self, unit);
}

} // namespace troupe::detail
