// Supervision: what fails is started again, but not for ever.
#include <troupe/troupe.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>

using namespace std::chrono_literals;

using counter = std::shared_ptr<std::atomic<int>>;

troupe::task<void> flaky(counter runs) {
  co_await troupe::sleep(1ms);
  if (++*runs < 3)
    throw std::runtime_error{"it does not work yet"};
}

troupe::task<void> hopeless() {
  co_await troupe::sleep(1ms);
  throw std::runtime_error{"it never works"};
}

troupe::task<void> amain() {
  auto policy = troupe::group_options{}
                  .restart(troupe::restart::transient)
                  .intensity(3, 5s);
  auto runs = std::make_shared<std::atomic<int>>(0);
  co_await troupe::with_group(
    [&](troupe::group& g) -> troupe::task<void> {
      g.supervise([runs] { return flaky(runs); });
      co_return;
    },
    policy);
  std::printf("flaky: succeeded in run %d\n", runs->load());

  try {
    co_await troupe::with_group(
      [&](troupe::group& g) -> troupe::task<void> {
        g.supervise(hopeless, troupe::spawn_options{}.name("hopeless"));
        co_return;
      },
      policy);
  } catch (const troupe::failure& why) {
    std::printf("hopeless: %s\n", why.what());
  }
}

int main() {
  return troupe::run(amain());
}
