// Finding out why a program stands still: two tasks that take two locks, each
// in its own order.
#include <troupe/troupe.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

troupe::task<void> eat(std::string name, troupe::lock first,
                       troupe::lock second, troupe::barrier both) {
  auto one = co_await first.acquire();
  co_await both.wait(); // each of them has one: now nobody gets the other
  auto other = co_await second.acquire();
  std::printf("%s eats\n", name.c_str());
}

troupe::task<void> amain() {
  troupe::lock fork{troupe::lock_options{}.name("fork")};
  troupe::lock knife{troupe::lock_options{}.name("knife")};
  troupe::barrier both{2};
  auto ann = troupe::spawn(eat("ann", fork, knife, both),
                           troupe::spawn_options{}.name("ann"));
  auto bob = troupe::spawn(eat("bob", knife, fork, both),
                           troupe::spawn_options{}.name("bob"));
  co_await troupe::sleep(500ms);

  auto tasks = troupe::tree(troupe::this_task::system());
  std::fputs(troupe::to_string(tasks).c_str(), stdout);

  ann.cancel(); // gives back what she holds
  co_await bob;
}

int main() {
  return troupe::run(
    amain(), troupe::run_options{}.report_stuck(100ms).dump_signal(SIGUSR1));
}
