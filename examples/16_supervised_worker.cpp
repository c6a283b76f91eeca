// A worker that is started again when it fails, and does not lose the job that
// it had in its hand: it gives it back to the queue.
#include <troupe/troupe.hpp>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;

using job_queue = troupe::queue<std::string>;

troupe::task<void> cook(std::string job) {
  co_await troupe::sleep(1ms);
  if (job == "soup")
    throw std::runtime_error{"the stove went out"};
  std::printf("%s: done\n", job.c_str());
}

troupe::task<void> cook_next(job_queue jobs) {
  auto job = co_await jobs.get();
  bool done = false;
  auto work = [&]() -> troupe::task<void> {
    co_await cook(job);
    done = true;
  };
  // Runs after a failure and a cancel as well.
  auto settle = [&]() -> troupe::task<void> {
    if (!done) {
      std::printf("%s: given back\n", job.c_str());
      co_await jobs.put("warm " + job);
    }
    co_await jobs.task_done(); // not before: else `join` may miss the job
  };
  co_await troupe::finally(work(), settle);
}

troupe::task<void> worker(job_queue jobs) {
  std::puts("a worker starts");
  for (;;)
    co_await cook_next(jobs);
}

troupe::task<void> amain() {
  job_queue jobs;
  for (const char* job : {"bread", "soup", "tea"})
    co_await jobs.put(job);

  auto policy = troupe::group_options{}
                  .restart(troupe::restart::transient)
                  .intensity(5, 1s)
                  .backoff(1ms, 10ms);
  co_await troupe::with_group(
    [&](troupe::group& g) -> troupe::task<void> {
      g.supervise([jobs] { return worker(jobs); });
      co_await jobs.join(); // every job is done, whoever did it
      g.cancel();           // the worker waits for another one
    },
    policy);
  std::printf("left in the queue: %zu\n", co_await jobs.size());
}

int main() {
  return troupe::run(amain());
}
