// A program whose end run_test looks at: run_program MODE.
#include "troupe/cancelled.hpp"
#include "troupe/finally.hpp"
#include "troupe/group.hpp"
#include "troupe/run.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/to_thread.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>

namespace {

using namespace std::chrono_literals;

void say(const char* line) {
  std::puts(line);
  std::fflush(stdout);
}

troupe::task<int> seven() {
  co_await troupe::yield();
  co_return 7;
}

troupe::task<void> succeed() {
  co_return;
}

troupe::task<void> fail() {
  co_await troupe::yield();
  throw std::runtime_error{"boom"};
}

troupe::task<void> wait_for_ever() {
  say("waiting");
  auto cleanup = []() -> troupe::task<void> {
    co_await troupe::yield();
    say("clean");
  };
  co_await troupe::finally(troupe::sleep(troupe::forever), cleanup);
}

/// Does not end when it is cancelled.
troupe::task<void> ignore_cancels() {
  say("waiting");
  for (;;) {
    try {
      co_await troupe::sleep(troupe::forever);
    } catch (const troupe::cancelled&) {
      say("ignored");
    }
  }
}

bool wait_for(int gate) {
  pollfd open{gate, POLLIN, 0};
  return ::poll(&open, 1, -1) == 1;
}

/// Outlives the main task, until the test says so.
troupe::task<void> end_late(int gate) {
  auto cleanup = [&]() -> troupe::task<void> {
    say("waiting");
    co_await troupe::to_thread(wait_for, gate);
    say("clean");
  };
  co_await troupe::finally(troupe::sleep(troupe::forever), cleanup);
}

troupe::task<void> leave_one_behind(int gate) {
  troupe::spawn(end_late(gate), troupe::spawn_options{}.name("late"));
  co_await troupe::yield();
}

troupe::task<void> child() {
  say("waiting");
  co_await troupe::sleep(troupe::forever);
}

troupe::task<void> make_group() {
  co_await troupe::with_group([](troupe::group& g) -> troupe::task<void> {
    g.spawn(child(), troupe::spawn_options{}.name("child"));
    co_return;
  });
}

/// Waits for a task that somebody else cancels.
troupe::task<void> wait_for_a_cancelled_one() {
  auto other = troupe::spawn(child(), troupe::spawn_options{}.name("child"));
  other.cancel(troupe::cancel_reason::requested, "not needed");
  co_await other;
}

} // namespace

int main(int argc, char** argv) {
  std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "value")
    return troupe::run(seven());
  if (mode == "success")
    return troupe::run(succeed());
  if (mode == "failure")
    return troupe::run(fail());
  if (mode == "wait")
    return troupe::run(wait_for_ever());
  if (mode == "ignore")
    return troupe::run(ignore_cancels());
  if (mode == "late")
    return troupe::run(leave_one_behind(std::stoi(argv[2])),
                       troupe::run_options{}.grace(troupe::forever));
  if (mode == "group")
    return troupe::run(make_group());
  if (mode == "cancelled-other")
    return troupe::run(wait_for_a_cancelled_one());
  if (mode == "moved") {
    auto main = succeed();
    auto other = std::move(main);
    return troupe::run(std::move(main)); // NOLINT(bugprone-use-after-move)
  }
  if (mode == "own-signal") { // the program has a use for SIGUSR2 itself
    std::signal(SIGUSR2,
                [](int) { static_cast<void>(::write(1, "mine\n", 5)); });
    return troupe::run(wait_for_ever());
  }
  return 2;
}
