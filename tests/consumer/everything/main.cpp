// A program that uses all of troupe: a download in a real system, and a group
// in a virtual one; it exits with 0 if both work.
#include "troupe/core/supervisor_actor.hpp"
#include "troupe/http/session_actor.hpp"
#include "troupe/msg/setup.hpp"
#include "troupe/testing/virtual_system.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

namespace {

/// What needs no network: that this is no URL.
bool downloads() {
  caf::actor_system_config config;
  troupe::configure(config);
  caf::actor_system system{config};
  auto session = troupe::http::spawn_session(system);
  troupe::v1::Download what;
  what.set_url("nonsense");
  what.mutable_memory();
  bool refused = false;
  caf::scoped_actor self{system};
  self->request(session.handle(), caf::infinite, what)
    .receive(
      [&](const troupe::v1::DownloadResult& result) {
        refused = troupe::from_proto(result.error()).code()
                  == troupe::errc::invalid_argument;
      },
      [](const caf::error&) {});
  return refused;
}

bool runs_virtually() {
  troupe::testing::virtual_system system;
  auto group = troupe::spawn_supervisor(system.get());
  caf::anon_send(group, troupe::v1::GroupClose{});
  auto waits = system.ready() > 0;
  system.run_ready();
  return waits && system.ready() == 0;
}

} // namespace

int main() {
  return downloads() && runs_virtually() ? 0 : 1;
}
