// Shutting down: on SIGTERM take no more jobs, do those in the queue within a
// time limit, and cancel the rest.
#include <troupe/troupe.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <unistd.h>

using namespace std::chrono_literals;

using job_queue = troupe::queue<std::string>;

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

troupe::task<void> work_on(std::string job) {
  try {
    co_await troupe::sleep(job == "a novel" ? 1h : 10ms);
    say(job + ": done");
  } catch (const troupe::cancelled&) {
    say(job + ": given up");
    throw;
  }
}

troupe::task<void> worker(job_queue jobs) {
  for (;;) {
    auto job = co_await troupe::attempt(jobs.get());
    if (!job) // it was shut down, and is empty
      co_return;
    co_await work_on(*job);
    co_await jobs.task_done();
  }
}

// Here a server takes connections, until it is cancelled.
troupe::task<void> take_jobs(job_queue jobs) {
  for (const char* job : {"a novel", "a letter", "a note", "a list"})
    co_await jobs.put(job);
  say("taking jobs");
  co_await troupe::sleep(troupe::forever);
}

troupe::task<void> amain() {
  job_queue jobs;
  co_await troupe::with_group([&](troupe::group& g) -> troupe::task<void> {
    for (int i = 0; i != 2; ++i)
      g.spawn(worker(jobs));
    try {
      co_await take_jobs(jobs);
    } catch (const troupe::cancelled&) { // SIGTERM, or Ctrl-C
    }
    say("taking no more");
    co_await jobs.shutdown();
    auto drained = co_await troupe::attempt(troupe::wait_for(jobs.join(), 1s));
    if (!drained)
      g.cancel();
  });
  say("all workers have ended");
}

int main() {
  auto hang_up = [] { ::kill(::getpid(), SIGTERM); };
  return troupe::run(
    amain(), troupe::run_options{}.grace(5s).on_signal(SIGHUP, hang_up));
}
