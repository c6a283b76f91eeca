// A group: no task outlives it, and all of it can be paused and resumed.
#include <troupe/troupe.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>

using namespace std::chrono_literals;

using counter = std::shared_ptr<std::atomic<int>>;

troupe::task<void> count(counter steps) {
  for (;;) {
    ++*steps;
    co_await troupe::sleep(1ms);
  }
}

troupe::task<void> amain() {
  auto steps = std::make_shared<std::atomic<int>>(0);
  co_await troupe::with_group([&](troupe::group& g) -> troupe::task<void> {
    for (int i = 0; i != 3; ++i)
      g.spawn(count(steps));
    co_await troupe::sleep(20ms);
    {
      auto pause = co_await g.pause(); // every task stands still
      int before = *steps;
      co_await troupe::sleep(20ms);
      std::printf("while paused: %d steps\n", *steps - before);
      auto progress = co_await g.progress();
      std::printf("paused tasks: %d\n", static_cast<int>(progress.paused));
    } // they go on
    int before = *steps;
    co_await troupe::sleep(50ms);
    std::printf("after that: %s\n", *steps > before ? "more steps" : "nothing");
    g.cancel(); // they would count for ever
  });
  std::puts("all ended");
}

int main() {
  return troupe::run(amain());
}
