// A program that uses all of troupe: tasks, of which one awaits Asio, a
// download in a real system, and a group in a virtual one; it exits with 0 if
// all work.
#include "troupe/core/supervisor_actor.hpp"
#include "troupe/http/session_actor.hpp"
#include "troupe/io/loop.hpp"
#include "troupe/io/use_await.hpp"
#include "troupe/msg/setup.hpp"
#include "troupe/testing/virtual_system.hpp"
#include "troupe/troupe.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <asio/steady_timer.hpp>

#include <chrono>

namespace {

troupe::task<int> later(int value) {
  co_await troupe::sleep(std::chrono::milliseconds{1});
  co_return value;
}

troupe::task<int> sum() {
  troupe::io::loop loop;
  asio::steady_timer timer{loop.context(), std::chrono::milliseconds{1}};
  co_await timer.async_wait(troupe::use_await);
  auto [a, b] = co_await troupe::gather(later(1), later(2));
  co_return a + b;
}

bool runs_tasks() {
  return troupe::block_on(sum()) == 3;
}

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
  return runs_tasks() && downloads() && runs_virtually() ? 0 : 1;
}
