// Uses an actor that lives in another process, as if it were here:
//
//     10_caf_node_client PORT [DEPOSITS [SECONDS]]
#include "10_caf_node.hpp"
#include <troupe/troupe.hpp>

#include <caf/io/remote_actor.hpp>
#include <caf/openssl/remote_actor.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

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

troupe::task<void> amain(std::uint16_t port, int deposits,
                         std::chrono::seconds limit) {
  auto bank =
    co_await troupe::to_thread(connect, &troupe::this_task::system(), port);
  bank::v1::Deposit deposit;
  deposit.set_cents(100);
  for (int i = 0; i != deposits; ++i) {
    // Always with a limit: the other process may be slow. That it is gone, its
    // missing heartbeats tell.
    auto balance = co_await troupe::request(bank, deposit, limit);
    std::printf("balance: %d\n", static_cast<int>(balance.cents()));
    std::fflush(stdout);
    co_await troupe::sleep(50ms);
  }
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
