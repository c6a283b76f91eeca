// An actor of one's own: protobuf messages, a typed interface, and requests
// from coroutines and from plain CAF.
#include "bank.pb.h"
#include <troupe/actor.hpp>
#include <troupe/troupe.hpp>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>

TROUPE_MESSAGES(bank, troupe::first_user_type_id, bank::v1::Deposit,
                bank::v1::Balance)

using namespace std::chrono_literals;

using teller = troupe::actor<bank::v1::Balance(bank::v1::Deposit)>;

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

// A handler that awaits: the actor serves others meanwhile.
// NOLINTNEXTLINE(performance-unnecessary-value-param): CAF passes values
teller::behavior_type make_branch(teller::pointer self, teller head_office) {
  auto forward =
    [head_office](bank::v1::Deposit d) -> troupe::task<bank::v1::Balance> {
    co_await troupe::sleep(1ms);
    co_return co_await troupe::request(head_office, d, 2s);
  };
  return {troupe::handler(self, forward)};
}

void show(const bank::v1::Balance& balance) {
  std::printf("balance: %d\n", static_cast<int>(balance.cents()));
}

void complain(const caf::error& why) {
  std::printf("refused: %s\n", to_string(troupe::from_caf(why)).c_str());
}

// Plain CAF: an actor that awaits nothing, but is called with the answer.
void make_customer(caf::event_based_actor* self, const teller& bank,
                   const bank::v1::Deposit& deposit) {
  self->request(bank, 2s, deposit).then(show, complain);
}

troupe::task<void> amain() {
  auto& system = troupe::this_task::system();
  auto bank = system.spawn(make_teller);
  auto branch = system.spawn(make_branch, bank);

  bank::v1::Deposit deposit;
  deposit.set_cents(500);
  show(co_await troupe::request(bank, deposit, 2s));
  show(co_await troupe::request(branch, deposit, 2s));

  deposit.set_cents(-1);
  auto refused = co_await troupe::attempt(troupe::request(bank, deposit, 2s));
  std::printf("refused: %s\n", to_string(refused.error()).c_str());

  deposit.set_cents(500);
  system.spawn(make_customer, bank, deposit); // `run` waits for its end
}

int main() {
  return troupe::run(amain(), troupe::run_options{}.configure(
                                troupe::add_messages<caf::id_block::bank>));
}
