// A program whose main task ends while something is left, or that is told to
// end by a signal: ends_program MODE. ends_test looks at how it ends.
#include "troupe/cancelled.hpp"
#include "troupe/event.hpp"
#include "troupe/finally.hpp"
#include "troupe/lock.hpp"
#include "troupe/queue.hpp"
#include "troupe/rate_limiter.hpp"
#include "troupe/run.hpp"
#include "troupe/semaphore.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/this_task.hpp"
#include "troupe/to_thread.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using troupe::run_options;
using troupe::spawn;
using troupe::spawn_options;
using troupe::task;

void say(const char* line) {
  std::puts(line);
  std::fflush(stdout);
}

run_options quick() {
  return run_options{}.grace(50ms);
}

// -- left in globals ----------------------------------------------------------

std::optional<troupe::lock> global_lock;
std::optional<troupe::queue<int>> global_queue;
std::optional<troupe::event> global_event;
std::optional<troupe::semaphore> global_semaphore;
std::optional<troupe::rate_limiter> global_limiter;
std::optional<troupe::held> global_hold;
troupe::any_handle global_handle;

task<void> leave_a_lock() {
  global_lock.emplace();
  co_return;
}

task<void> leave_some_with_names() {
  global_lock.emplace(troupe::lock_options{}.name("migration"));
  global_limiter.emplace(1, 1h,
                         troupe::rate_limiter_options{}.name("per host"));
  co_return;
}

task<void> leave_others() {
  global_queue.emplace();
  co_await global_queue->put(1);
  global_event.emplace();
  global_semaphore.emplace(3);
  global_limiter.emplace(1, 1h);
  co_await global_limiter->acquire();
}

task<void> leave_a_hold() {
  troupe::lock mutex;
  global_hold.emplace(co_await mutex.acquire());
}

task<troupe::lock> give_a_lock() {
  co_return troupe::lock{};
}

// -- tasks --------------------------------------------------------------------

task<void> ignores_cancels() {
  for (;;) {
    try {
      co_await troupe::sleep(troupe::forever);
    } catch (const troupe::cancelled&) {
      say("ignored");
    }
  }
}

task<void> leave_one_that_ignores_cancels() {
  global_handle = spawn(ignores_cancels(), spawn_options{}.name("stubborn"));
  co_await troupe::yield();
}

task<void> get_for_ever(troupe::queue<int> from) {
  co_await from.get();
}

task<void> leave_a_getter() {
  troupe::queue<int> jobs;
  spawn(get_for_ever(jobs), spawn_options{}.name("getter"));
  co_await troupe::yield();
}

/// What is to be left has begun.
std::atomic<bool> begun = false;

task<void> until_it_has_begun() {
  while (!begun)
    co_await troupe::sleep(1ms);
}

task<void> never_awaits() {
  begun = true;
  for (;;)
    std::this_thread::sleep_for(1ms);
  co_return;
}

task<void> leave_one_that_never_awaits() {
  spawn(never_awaits(), spawn_options{}.name("busy"));
  co_await until_it_has_begun();
}

// -- blocking calls -----------------------------------------------------------

char read_one() {
  begun = true;
  char result = 0;
  static_cast<void>(::read(0, &result, 1));
  return result;
}

task<void> reader() {
  co_await troupe::to_thread(read_one);
}

task<void> leave_a_call() {
  auto h = spawn(reader(), spawn_options{}.name("reader"));
  co_await until_it_has_begun();
  h.cancel();
}

// -- actors of the program's own ----------------------------------------------

struct own_state {
  caf::actor me;
};

caf::behavior holds_itself(caf::stateful_actor<own_state>* self) {
  self->state.me = self;
  return {[](int) {}};
}

caf::behavior ticks(caf::event_based_actor* self) {
  self->delayed_send(self, 1ms, 1);
  return {[self](int) { self->delayed_send(self, 1ms, 1); }};
}

std::function<void(caf::actor_system_config&)> no_config;

task<void> leave_an_actor(bool ticking) {
  auto& system = troupe::this_task::system();
  if (ticking)
    system.spawn(ticks);
  else
    system.spawn(holds_itself);
  co_await troupe::sleep(5ms);
}

// -- signals ------------------------------------------------------------------

task<void> wait_for_ever() {
  say("waiting");
  auto cleanup = []() -> task<void> {
    co_await troupe::yield();
    say("clean");
  };
  co_await troupe::finally(troupe::sleep(troupe::forever), cleanup);
}

task<void> ignore_while_waiting() {
  say("waiting");
  co_await ignores_cancels();
}

/// Starts processes that send themselves what `run` takes.
task<void> start_children() {
  co_await troupe::yield();
  for (const char* signal : {"INT", "TERM", "USR1"}) {
    std::string child = "kill -";
    child += signal;
    child += " $$; echo survived ";
    child += signal;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else starts any
    static_cast<void>(std::system(child.c_str()));
  }
}

task<void> cancels_itself() {
  troupe::this_task::handle().cancel(troupe::cancel_reason::requested,
                                     "enough for today");
  co_await troupe::yield();
}

int on_hangup() {
  auto say_it = [] { say("hangup"); };
  return troupe::run(wait_for_ever(), run_options{}.on_signal(SIGHUP, say_it));
}

/// Others are told to the process while the handler of the first one sleeps.
int slow_handler() {
  auto slow = [] {
    say("slow");
    std::this_thread::sleep_for(300ms);
    throw std::runtime_error{"as planned"};
  };
  return troupe::run(wait_for_ever(), run_options{}.on_signal(SIGHUP, slow));
}

int with_a_thread_made_before() {
  std::thread{[] { ::pause(); }}.detach();
  return troupe::run(wait_for_ever());
}

int block() {
  troupe::block_on(wait_for_ever(), run_options{}.dump_signal(SIGUSR2));
  return 0;
}

int main_program(const std::string& mode) {
  using troupe::run;
  std::map<std::string, std::function<int()>> modes{
    {"lock", [] { return run(leave_a_lock()); }},
    {"named", [] { return run(leave_some_with_names()); }},
    {"others", [] { return run(leave_others()); }},
    {"hold", [] { return run(leave_a_hold()); }},
    {"block_on",
     [] {
       auto left = troupe::block_on(give_a_lock());
       return 0;
     }},
    {"stubborn",
     [] {
       auto code = run(leave_one_that_ignores_cancels(), quick());
       say(global_handle.done() ? "ended" : "runs");
       return code;
     }},
    {"getter", [] { return run(leave_a_getter()); }},
    {"busy", [] { return run(leave_one_that_never_awaits(), quick()); }},
    {"call", [] { return run(leave_a_call(), quick()); }},
    {"own", [] { return run(leave_an_actor(false), quick()); }},
    {"ticks", [] { return run(leave_an_actor(true), quick()); }},
    {"wait", [] { return run(wait_for_ever()); }},
    {"ignore", [] { return run(ignore_while_waiting()); }},
    {"child", [] { return run(start_children()); }},
    {"cancelled", [] { return run(cancels_itself()); }},
    {"hangup", on_hangup},
    {"slow", slow_handler},
    {"thread", with_a_thread_made_before},
    {"block", block},
  };
  return modes.at(mode)();
}

} // namespace

int main(int argc, char** argv) {
  auto code = main_program(argc > 1 ? argv[1] : "");
  say("main returns");
  return code;
}
