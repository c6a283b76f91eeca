// Publishes an actor of one's own for other processes, by CAF's own network,
// until Ctrl-C:
//
//     10_caf_node_server [PORT]
#include "10_caf_node.hpp"
#include <troupe/troupe.hpp>

#include <caf/function_view.hpp>
#include <caf/io/publish.hpp>
#include <caf/openssl/publish.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

struct account {
  std::int64_t cents = 0;
};

teller::behavior_type make_teller(teller::stateful_pointer<account> self) {
  troupe::answer_clearly(self);
  return {[self](const bank::v1::Deposit& d) -> caf::result<bank::v1::Balance> {
    if (d.cents() <= 0)
      return troupe::errc::invalid_argument;
    bank::v1::Balance b;
    b.set_cents(self->state.cents += d.cents());
    return b;
  }};
}

troupe::task<int> amain(std::uint16_t wanted) {
  auto bank = troupe::this_task::system().spawn(make_teller);
  auto port = tls_folder() ? caf::openssl::publish(bank, wanted, "127.0.0.1")
                           : caf::io::publish(bank, wanted, "127.0.0.1");
  if (!port) {
    std::fprintf(stderr, "error: port %u: %s\n", wanted,
                 to_string(troupe::from_caf(port.error())).c_str());
    co_return 1;
  }
  std::printf("%u\n", *port);
  std::fflush(stdout);
  try {
    co_await troupe::sleep(troupe::forever);
  } catch (const troupe::cancelled&) { // Ctrl-C
  }
  // CAF holds an actor that was published, until it ends.
  auto& system = troupe::this_task::system();
  auto network = tls_folder() ? system.openssl_manager().actor_handle()
                              : system.middleman().actor_handle();
  auto unpublish = caf::make_function_view(network);
  unpublish(caf::unpublish_atom_v, bank.address(), *port);
  caf::anon_send_exit(bank, caf::exit_reason::user_shutdown);
  co_return 0;
}

} // namespace

int main(int argc, char** argv) {
  auto port = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
  return troupe::run(amain(static_cast<std::uint16_t>(port)),
                     troupe::run_options{}.configure(configure_node));
}
