// Tasks: awaited here, or spawned to run in actors of their own, side by side.
#include <troupe/troupe.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

troupe::task<std::string> brew(std::string what,
                               std::chrono::milliseconds time) {
  co_await troupe::sleep(time);
  co_return what;
}

troupe::task<void> amain() {
  // Inline: one after the other, in this actor.
  auto tea = co_await brew("tea", 20ms);
  std::printf("%s, inline\n", tea.c_str());

  // Spawned: the task runs from now on, whoever waits.
  auto coffee = troupe::spawn(brew("coffee", 20ms));
  auto water = troupe::spawn(brew("water", 10ms));
  std::printf("%s, spawned\n", (co_await coffee).c_str());
  std::printf("%s, spawned\n", (co_await water).c_str());

  // Together, with results in the order of the arguments.
  auto [a, b] =
    co_await troupe::gather(brew("soup", 20ms), brew("salad", 10ms));
  std::printf("%s and %s, gathered\n", a.c_str(), b.c_str());

  // A value that somebody else gives.
  troupe::promise<int> promise;
  auto price = promise.get_handle();
  promise.set_value(7);
  std::printf("%d euros, promised\n", co_await price);

  // Work that blocks has threads of its own.
  auto sum =
    co_await troupe::to_thread([](int x, int y) { return x + y; }, 3, 4);
  std::printf("%d, from a thread\n", sum);
}

int main() {
  return troupe::run(amain());
}
