// A lock: tasks take turns, and a fencing token tells who is late.
#include <troupe/troupe.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

troupe::task<void> work(troupe::lock mutex, std::string name) {
  auto held = co_await mutex.acquire(); // first come, first served
  std::printf("%s works with token %d\n", name.c_str(),
              static_cast<int>(held.token()));
  co_await troupe::sleep(10ms);
} // released when `held` goes

troupe::task<void> amain() {
  troupe::lock mutex; // a handle: copies mean the same lock
  auto first = co_await mutex.acquire();
  auto late_token = first.token();
  auto ann = troupe::spawn(work(mutex, "ann"));
  std::printf("free for others: %s\n", co_await mutex.locked() ? "no" : "yes");
  co_await first.release();
  co_await ann;

  troupe::fence fence; // what the protected resource remembers
  auto held = co_await mutex.acquire();
  std::printf("token %d: %s\n", static_cast<int>(held.token()),
              fence.accept(held.token()) ? "accepted" : "refused");
  std::printf("token %d: %s\n", static_cast<int>(late_token),
              fence.accept(late_token) ? "accepted" : "refused");
}

int main() {
  return troupe::run(amain());
}
