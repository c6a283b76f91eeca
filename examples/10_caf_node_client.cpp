// Uses an actor that lives in another process, as if it were here:
//
//     10_caf_node_client PORT [DEPOSITS [SECONDS]]
#include "10_caf_node.hpp"
#include <troupe/troupe.hpp>

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/io/remote_actor.hpp>
#include <caf/openssl/remote_actor.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace {

using namespace std::chrono_literals;

/// Blocks until there is a connection.
teller connect(caf::actor_system* system, std::uint16_t port) {
  auto bank = tls_folder()
                ? caf::openssl::remote_actor<teller>(*system, "127.0.0.1", port)
                : caf::io::remote_actor<teller>(*system, "127.0.0.1", port);
  if (!bank)
    throw troupe::failure{troupe::from_caf(bank.error())};
  return *bank;
}

/// Fails when the other process is gone, or hangs: CAF tells those who watch an
/// actor of it, though not those who wait for an answer.
troupe::task<void> watch(teller bank) {
  auto gone = std::make_shared<troupe::promise<>>();
  caf::actor_cast<caf::actor>(bank)->attach_functor([gone] {
    gone->set_error({troupe::errc::lost, "the bank is gone"});
  });
  co_await gone->get_handle();
}

troupe::task<void> make_deposits(teller bank, int deposits,
                                 std::chrono::seconds limit) {
  bank::v1::Deposit deposit;
  deposit.set_cents(100);
  for (int i = 0; i != deposits; ++i) {
    // Always with a limit: the other process may be slow.
    auto balance = co_await troupe::request(bank, deposit, limit);
    std::printf("balance: %d\n", static_cast<int>(balance.cents()));
    std::fflush(stdout);
    co_await troupe::sleep(50ms);
  }
}

troupe::task<void> amain(std::uint16_t port, int deposits,
                         std::chrono::seconds limit) {
  auto bank =
    co_await troupe::to_thread(connect, &troupe::this_task::system(), port);
  co_await troupe::with_group([&](troupe::group& g) -> troupe::task<void> {
    auto watcher = g.spawn(watch(bank)); // its failure cancels the deposits
    co_await make_deposits(bank, deposits, limit);
    watcher.cancel();
  });
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr,
                 "usage: 10_caf_node_client PORT [DEPOSITS [SECONDS]]\n");
    return 2;
  }
  auto port = std::strtoul(argv[1], nullptr, 10);
  auto deposits = argc > 2 ? std::strtol(argv[2], nullptr, 10) : 3;
  std::chrono::seconds limit{argc > 3 ? std::strtol(argv[3], nullptr, 10) : 1};
  return troupe::run(
    amain(static_cast<std::uint16_t>(port), static_cast<int>(deposits), limit),
    troupe::run_options{}.configure(configure_node));
}
