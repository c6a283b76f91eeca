// A program that uses the core alone: a group of one child, which is joined; it
// exits with 0 if that works.
#include "troupe/core/child_link.hpp"
#include "troupe/core/supervisor_actor.hpp"
#include "troupe/msg/setup.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace {

/// Succeeds as soon as it is started.
troupe::supervised_actor::behavior_type
child(troupe::supervised_actor::stateful_pointer<troupe::child_link> self) {
  return {
    [self](const troupe::v1::TaskStart& x) {
      self->state.start(*self, x);
      self->state.finished(troupe::succeeded());
      self->quit();
    },
    [](const troupe::v1::TaskCancel&) {},
    [](const troupe::v1::TaskPause&) {},
    [](const troupe::v1::TaskResume&) {},
  };
}

} // namespace

int main() {
  caf::actor_system_config config;
  troupe::configure(config);
  caf::actor_system system{config};
  auto group = troupe::spawn_supervisor(system);
  caf::anon_send(group, troupe::add_children{{[](caf::actor_system& where) {
                   return where.spawn(child);
                 }}});
  caf::anon_send(group, troupe::v1::GroupClose{});
  int exit_code = 1;
  caf::scoped_actor self{system};
  self->request(group, caf::infinite, troupe::v1::GroupJoin{})
    .receive(
      [&](const troupe::v1::GroupResult& all, const troupe::payloads&) {
        auto right =
          all.outcomes_size() == 1
          && all.outcomes(0).state() == troupe::v1::TASK_STATE_SUCCEEDED;
        exit_code = right ? 0 : 1;
      },
      [](const caf::error&) {});
  return exit_code;
}
