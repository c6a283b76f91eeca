// Timeouts and cancels: both throw where a task awaits, and are waited for.
#include <troupe/troupe.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

troupe::task<std::string> slow() {
  co_await troupe::sleep(1h);
  co_return "late";
}

troupe::task<void> careful() {
  auto work = slow();
  auto goodbye = []() -> troupe::task<void> {
    co_await troupe::sleep(1ms); // cleaning up may wait
    std::puts("careful: cleaned up");
  };
  co_await troupe::finally(std::move(work), goodbye);
}

troupe::task<void> amain() {
  try {
    co_await troupe::wait_for(slow(), 10ms);
  } catch (const troupe::failure& why) {
    std::printf("wait_for: %s\n", why.what());
  }

  auto in_time = co_await troupe::with_timeout(
    10ms, [&](troupe::timeout_scope& limit) -> troupe::task<std::string> {
      limit.reschedule(10s); // it is going well
      co_await troupe::sleep(20ms);
      co_return "in time";
    });
  std::printf("with_timeout: %s\n", in_time.c_str());

  auto task = troupe::spawn(careful());
  co_await troupe::sleep(5ms);
  task.cancel();
  try {
    co_await task;
  } catch (const troupe::cancelled& why) {
    std::puts(to_string(why).c_str());
  }

  // An error as a value; a cancel still throws.
  auto outcome = co_await troupe::attempt(troupe::wait_for(slow(), 1ms));
  std::printf("attempt: %s\n", outcome ? "a value" : "no value");
}

int main() {
  return troupe::run(amain());
}
