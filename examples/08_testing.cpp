// Testing one's own tasks: time that only the test moves, and every order in
// which actors can run.
#include <troupe/testing/explore_tasks.hpp>
#include <troupe/testing/virtual_system.hpp>
#include <troupe/troupe.hpp>

#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>

using namespace std::chrono_literals;

// What is tested: somebody who asks a colleague, and does not wait for ever.
troupe::task<int> ask(troupe::handle<int> answer) {
  auto result = co_await troupe::attempt(troupe::wait_for(answer, 1h));
  co_return result ? *result : -1;
}

troupe::task<int> slow_answer() {
  co_await troupe::sleep(2h);
  co_return 42;
}

troupe::task<int> too_late() {
  co_return co_await ask(troupe::spawn(slow_answer()));
}

// A program with a race: what it reads may be changed before it writes.
using account = std::shared_ptr<int>;

troupe::task<void> deposit(account money) {
  int before = *money;
  co_await troupe::yield(); // another task may run here
  *money = before + 1;
}

troupe::task<void> two_deposits() {
  auto money = std::make_shared<int>(0);
  co_await troupe::gather(deposit(money), deposit(money));
  if (*money != 2)
    throw std::logic_error{"a deposit was lost"};
}

// The same with a lock.
troupe::task<void> locked_deposit(account money, troupe::lock mutex) {
  auto held = co_await mutex.acquire();
  co_await deposit(money);
}

troupe::task<void> two_locked_deposits() {
  auto money = std::make_shared<int>(0);
  troupe::lock mutex;
  co_await troupe::gather(locked_deposit(money, mutex),
                          locked_deposit(money, mutex));
  if (*money != 2)
    throw std::logic_error{"a deposit was lost"};
}

int main() {
  troupe::testing::virtual_system system;
  auto start = system.now();
  auto answer = system.run(too_late());
  auto passed = std::chrono::floor<std::chrono::minutes>(system.now() - start);
  std::printf("answer %d after %d minutes, at once\n", answer,
              static_cast<int>(passed.count()));

  try {
    troupe::testing::explore_tasks([] { return two_deposits(); });
    std::puts("no race found");
  } catch (const std::logic_error& found) { // the order is on stderr
    std::printf("in some order: %s\n", found.what());
  }

  auto options = troupe::testing::explore_tasks_options{}.limit(2'000);
  auto covered = troupe::testing::explore_tasks(
    [] { return two_locked_deposits(); }, options);
  std::printf("with a lock: %s\n", covered.to_string().c_str());
}
