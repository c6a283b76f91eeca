// What queues cost, one workload a run: see tests/bench/sync.py.
//
//     queues_bench WORKLOAD COUNT SIZE
//
// SIZE is how many items a batch has, or fit in the queue.
#include "troupe/core/scheduler.hpp"
#include "troupe/gather.hpp"
#include "troupe/msg/setup.hpp"
#include "troupe/queue.hpp"
#include "troupe/run.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>

#include <google/protobuf/wrappers.pb.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace {

[[noreturn]] void wrong(const char* what) {
  std::fprintf(stderr, "wrong: %s\n", what);
  std::_Exit(1);
}

using number = google::protobuf::Int64Value;
using numbers = troupe::queue<number>;

constexpr std::size_t room = 1024;

number item(std::int64_t value) {
  number result;
  result.set_value(value);
  return result;
}

troupe::task<void> produce(numbers items, std::int64_t count) {
  for (std::int64_t i = 0; i != count; ++i)
    co_await items.put(item(i));
}

troupe::task<void> consume(numbers items, std::int64_t count) {
  for (std::int64_t i = 0; i != count; ++i) {
    auto next = co_await items.get();
    if (next.value() != i)
      wrong("item");
  }
}

troupe::task<void> produce_batches(numbers items, std::int64_t count,
                                   std::int64_t size) {
  for (std::int64_t i = 0; i != count; i += size) {
    std::vector<number> batch;
    for (std::int64_t j = 0; j != size; ++j)
      batch.push_back(item(i + j));
    co_await items.put_many(std::move(batch));
  }
}

troupe::task<void> consume_batches(numbers items, std::int64_t count,
                                   std::int64_t size) {
  for (std::int64_t i = 0; i != count;) {
    auto batch = co_await items.get_many(static_cast<std::size_t>(size));
    for (const auto& one : batch)
      if (one.value() != i++)
        wrong("item");
  }
}

troupe::task<void> echo(numbers from, numbers to, std::int64_t count) {
  for (std::int64_t i = 0; i != count; ++i) {
    auto next = co_await from.get();
    co_await to.put(std::move(next));
  }
}

troupe::task<void> ping(numbers to, numbers from, std::int64_t count) {
  for (std::int64_t i = 0; i != count; ++i) {
    co_await to.put(item(i));
    auto back = co_await from.get();
    if (back.value() != i)
      wrong("item");
  }
}

troupe::task<void> run(std::string workload, std::int64_t count,
                       std::int64_t size) {
  numbers items{troupe::queue_options{}.max_size(room)};
  std::vector<troupe::task<void>> jobs;
  if (workload == "queue") {
    jobs.push_back(produce(items, count));
    jobs.push_back(consume(items, count));
  } else if (workload == "batches") {
    jobs.push_back(produce_batches(items, count / size * size, size));
    jobs.push_back(consume_batches(items, count / size * size, size));
  } else if (workload == "pingpong") {
    numbers back{troupe::queue_options{}.max_size(room)};
    jobs.push_back(ping(items, back, count));
    jobs.push_back(echo(items, back, count));
  } else {
    wrong("workload");
  }
  co_await troupe::gather(std::move(jobs));
}

// -- a queue of plain CAF -----------------------------------------------------

struct plain_queue {
  std::deque<std::int64_t> items;
  std::deque<caf::response_promise> getters;
  std::deque<std::pair<std::int64_t, caf::response_promise>> putters;
};

caf::behavior make_queue(caf::stateful_actor<plain_queue>* self) {
  return {[self](caf::put_atom, std::int64_t value) {
            auto& [items, getters, putters] = self->state;
            auto promise = self->make_response_promise();
            if (!getters.empty()) {
              getters.front().deliver(value);
              getters.pop_front();
              promise.deliver(caf::ok_atom_v);
            } else if (items.size() < room) {
              items.push_back(value);
              promise.deliver(caf::ok_atom_v);
            } else {
              putters.emplace_back(value, promise);
            }
            return promise;
          },
          [self](caf::get_atom) {
            auto& [items, getters, putters] = self->state;
            auto promise = self->make_response_promise();
            if (items.empty()) {
              getters.push_back(promise);
              return promise;
            }
            promise.deliver(items.front());
            items.pop_front();
            if (!putters.empty()) {
              auto& [value, putter] = putters.front();
              items.push_back(value);
              putter.deliver(caf::ok_atom_v);
              putters.pop_front();
            }
            return promise;
          }};
}

struct plain_client {
  std::function<void()> next;
  std::int64_t done = 0;
};

caf::behavior make_putter(caf::stateful_actor<plain_client>* self,
                          const caf::actor& to, std::int64_t count) {
  self->state.next = [=] {
    self->request(to, caf::infinite, caf::put_atom_v, self->state.done)
      .then([=](caf::ok_atom) {
        if (++self->state.done == count)
          self->quit();
        else
          self->state.next();
      });
  };
  self->state.next();
  return {[](caf::ok_atom) {}};
}

caf::behavior make_getter(caf::stateful_actor<plain_client>* self,
                          const caf::actor& from, std::int64_t count) {
  self->state.next = [=] {
    self->request(from, caf::infinite, caf::get_atom_v)
      .then([=](std::int64_t value) {
        if (value != self->state.done)
          wrong("item");
        if (++self->state.done == count)
          self->quit();
        else
          self->state.next();
      });
  };
  self->state.next();
  return {[](caf::ok_atom) {}};
}

int plain(std::int64_t count) {
  caf::actor_system_config config;
  troupe::configure(config);
  troupe::use_scheduler(config, 2);
  caf::actor_system system{config};
  auto items = system.spawn(make_queue);
  system.spawn(make_putter, items, count);
  system.spawn(make_getter, items, count);
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: queues_bench WORKLOAD COUNT SIZE\n");
    return 2;
  }
  std::string workload = argv[1];
  auto count = std::strtoll(argv[2], nullptr, 10);
  auto size = std::strtoll(argv[3], nullptr, 10);
  if (workload == "plain-queue")
    return plain(count);
  return troupe::run(run(workload, count, size),
                     troupe::run_options{}.threads(2));
}
