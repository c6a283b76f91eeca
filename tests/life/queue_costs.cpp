#include "life/cost.hpp"
#include "troupe/cancelled.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/queue.hpp"

#include <chrono>
#include <string>
#include <vector>

// Queues.
namespace troupe {

namespace {

template <class Queue>
task<void> get_one(Queue from) {
  try {
    co_await from.get();
  } catch (const failure&) { // closed
  }
}

task<void> get_some(queue<int> from) {
  co_await from.get_many(64);
}

task<void> put_one(queue<int> to) {
  co_await to.put(1);
}

task<void> put_often(queue<int> to, std::size_t times) {
  for (; times != 0; --times)
    co_await to.put(1);
}

task<void> wait_for_all_done(queue<int> what) {
  co_await what.join();
}

} // namespace

cost_table queue_costs() {
  return {
    {"PuttingAndGetting", "queue::put queue::get", 100'000,
     [](std::size_t n) -> task<void> {
       queue<int> items;
       for (; n != 0; --n) {
         co_await items.put(1);
         static_cast<void>(co_await items.get());
       }
     }},
    {"PuttingAndGettingWithoutWaiting",
     "queue::put_nowait queue::get_nowait queue::task_done queue::join", 20'000,
     [](std::size_t n) -> task<void> {
       queue<std::string> items;
       for (; n != 0; --n) {
         co_await items.put_nowait("item");
         static_cast<void>(co_await items.get_nowait());
         co_await items.task_done();
         co_await items.join();
       }
     }},
    {"LookingAtAQueue", "queue::state queue::size queue::empty queue::full",
     20'000,
     [](std::size_t n) -> task<void> {
       queue<int> items;
       for (; n != 0; --n) {
         static_cast<void>(co_await items.state());
         static_cast<void>(co_await items.size());
         static_cast<void>(co_await items.empty());
         static_cast<void>(co_await items.full());
       }
     }},
    {"FillingAndEmptyingAQueue", "queue::put_many queue::get_many", 50'000,
     [](std::size_t n) -> task<void> {
       queue<int> items;
       for (auto left = n; left != 0; --left)
         co_await items.put(1);
       for (std::size_t got = 0; got != n;)
         got += (co_await items.get_many(64)).size();
       co_await items.put_many(std::vector<int>(n));
       for (std::size_t got = 0; got != n;)
         got += (co_await items.get_many(n)).size();
     }},
    {"FillingAndEmptyingAStack", "lifo_queue::put lifo_queue::get", 50'000,
     [](std::size_t n) -> task<void> {
       lifo_queue<int> items;
       for (auto left = n; left != 0; --left)
         co_await items.put(1);
       for (auto left = n; left != 0; --left)
         co_await items.get();
     }},
    {"FillingAndEmptyingAPriorityQueue",
     "priority_queue::put priority_queue::put_nowait priority_queue::put_many "
     "priority_queue::get",
     20'000,
     [](std::size_t n) -> task<void> {
       priority_queue<int> items;
       for (std::size_t i = 0; i != n; ++i)
         co_await items.put(1, static_cast<std::int64_t>(i * 7'919 % 1'009));
       co_await items.put_nowait(1, 1);
       co_await items.put_many(std::vector<int>(1), 1);
       for (auto left = n; left != 0; --left)
         co_await items.get();
     }},
    {"ACrowdThatPutsOneItem", "queue::put", 10'000,
     [](std::size_t n) -> task<void> {
       queue<int> items{queue_options{}.max_size(1)};
       auto all = co_await crowd(n, [&] { return put_one(items); });
       for (; n != 0; --n)
         co_await items.get();
       co_await wait(all);
     }},
    {"OneThatPutsAndOneThatGets", "queue::put", 10'000,
     [](std::size_t n) -> task<void> {
       queue<int> items{queue_options{}.max_size(1)};
       auto other = co_await crowd(1, [&] { return put_often(items, n); });
       for (; n != 0; --n)
         co_await items.get();
       co_await wait(other);
     }},
    {"CancellingACrowdThatPuts", "queue::put", 10'000,
     [](std::size_t n) -> task<void> {
       queue<int> items{queue_options{}.max_size(1)};
       co_await cancel_all(co_await crowd(n, [&] { return put_one(items); }));
     }},
    {"ACrowdThatGetsOneItem", "queue::get", 10'000,
     [](std::size_t n) -> task<void> {
       queue<int> items;
       auto all = co_await crowd(n, [&] { return get_one(items); });
       for (; n != 0; --n)
         co_await items.put(1);
       co_await wait(all);
     }},
    {"CancellingACrowdThatGets", "queue::get queue::get_many", 10'000,
     [](std::size_t n) -> task<void> {
       queue<int> items;
       auto all = co_await crowd(n, [&] { return get_one(items); });
       auto others = co_await crowd(n, [&] { return get_some(items); });
       co_await cancel_all(all);
       co_await cancel_all(others);
     }},
    {"ItemsThatAreGivenBack", "queue::get", 10'000,
     [](std::size_t n) -> task<void> {
       queue<int> items;
       auto all = co_await crowd(n, [&] { return get_one(items); });
       co_await items.put_many(std::vector<int>(n)); // on their way
       co_await cancel_all(all);
       co_await items.shutdown(true);
     }},
    {"ItemsThatAreGivenBackByPriority", "priority_queue::get", 10'000,
     [](std::size_t n) -> task<void> {
       priority_queue<int> items;
       auto all = co_await crowd(n, [&] { return get_one(items); });
       for (std::size_t i = 0; i != n; ++i)
         co_await items.put(1, static_cast<std::int64_t>(i * 7'919 % 1'009));
       co_await cancel_all(all);
       co_await items.shutdown(true);
     }},
    {"ItemsThatAreGivenBackToAStack", "lifo_queue::get", 10'000,
     [](std::size_t n) -> task<void> {
       lifo_queue<int> items;
       auto all = co_await crowd(n, [&] { return get_one(items); });
       co_await items.put_many(std::vector<int>(n));
       co_await cancel_all(all);
       co_await items.shutdown(true);
     }},
    {"ShuttingDownAQueueThatACrowdGetsFrom", "queue::shutdown", 10'000,
     [](std::size_t n) -> task<void> {
       queue<int> items;
       auto all = co_await crowd(n, [&] { return get_one(items); });
       co_await items.shutdown();
       co_await wait(all);
     }},
    {"ACrowdThatJoins", "queue::join queue::task_done", 10'000,
     [](std::size_t n) -> task<void> {
       queue<int> items;
       co_await items.put(1);
       auto all = co_await crowd(n, [&] { return wait_for_all_done(items); });
       co_await items.task_done();
       co_await wait(all);
     }},
    {"CancellingACrowdThatJoins", "queue::join", 10'000,
     [](std::size_t n) -> task<void> {
       queue<int> items;
       co_await items.put(1);
       co_await cancel_all(
         co_await crowd(n, [&] { return wait_for_all_done(items); }));
     }},
    {"MakingAndDroppingQueues", "queue", 20'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n)
         co_await queue<int>{}.put(1);
     }},
    {"DroppingAQueueOfManyItems", "queue", 50'000,
     [](std::size_t n) -> task<void> {
       queue<std::string> items;
       co_await items.put_many(std::vector<std::string>(n, "an item"));
     }},
  };
}

} // namespace troupe
