// Select: whatever comes first of two queues, a stop sign and the end of
// patience. Nothing is taken from the others.
#include <troupe/troupe.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <variant>

using namespace std::chrono_literals;

troupe::task<void> serve(troupe::queue<std::string> urgent,
                         troupe::queue<std::string> normal,
                         troupe::event stop) {
  for (;;) {
    // Of those that are there already the first one is taken.
    auto first = co_await troupe::select(urgent.get(), normal.get(),
                                         stop.wait(), troupe::sleep(5s));
    if (auto* call = std::get_if<0>(&first)) {
      std::printf("urgent: %s\n", call->c_str());
    } else if (auto* letter = std::get_if<1>(&first)) {
      std::printf("normal: %s\n", letter->c_str());
    } else {
      std::puts(first.index() == 2 ? "stopped" : "nothing to do");
      co_return;
    }
  }
}

troupe::task<void> amain() {
  troupe::queue<std::string> urgent;
  troupe::queue<std::string> normal;
  troupe::event stop;
  for (auto* letter : {"a bill", "a postcard"})
    co_await normal.put(letter);
  co_await urgent.put("fire!");

  auto server = troupe::spawn(serve(urgent, normal, stop));
  while (!co_await normal.empty())
    co_await troupe::sleep(1ms);
  co_await stop.set();
  co_await server;
}

int main() {
  return troupe::run(amain());
}
