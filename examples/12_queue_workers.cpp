// Queues: workers share the work of a producer, which waits while they are
// behind; the end of the work is a shutdown.
#include <troupe/troupe.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

using namespace std::chrono_literals;

troupe::task<int> worker(troupe::queue<std::string> jobs) {
  int done = 0;
  for (;;) {
    auto job = co_await troupe::attempt(jobs.get());
    if (!job) // it was shut down, and is empty
      co_return done;
    co_await troupe::sleep(1ms);
    co_await jobs.task_done();
    ++done;
  }
}

troupe::task<void> amain() {
  // Copies of a queue are the same queue.
  troupe::queue<std::string> jobs{troupe::queue_options{}.max_size(10)};
  std::vector<troupe::handle<int>> workers;
  for (int i = 0; i != 3; ++i)
    workers.push_back(troupe::spawn(worker(jobs)));

  for (int i = 0; i != 50; ++i)
    co_await jobs.put("job " + std::to_string(i)); // waits while it is full
  co_await jobs.join();                            // until all are done
  std::printf("left in the queue: %zu\n", co_await jobs.size());

  co_await jobs.shutdown();
  int done = 0;
  for (auto& one : workers)
    done += co_await one;
  std::printf("done: %d\n", done);

  // The smallest priority first, and of equals the oldest.
  troupe::priority_queue<std::string> calls;
  co_await calls.put("newsletter", 9);
  co_await calls.put("fire", 1);
  co_await calls.put("lunch", 5);
  for (auto& call : co_await calls.get_many(3))
    std::printf("%s\n", call.c_str());
}

int main() {
  return troupe::run(amain());
}
