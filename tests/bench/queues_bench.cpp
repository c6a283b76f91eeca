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
#include <caf/stateful_actor.hpp>

#include <google/protobuf/wrappers.pb.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <numeric>
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

// -- queues of plain CAF ------------------------------------------------------

using batch = std::vector<std::int64_t>;

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

struct plain_batches {
  std::deque<std::int64_t> items;
  std::deque<std::pair<std::size_t, caf::response_promise>> getters;
  std::deque<std::pair<batch, caf::response_promise>> putters;
};

/// Lets in whoever has room, and serves those that wait.
void serve(plain_batches& state) {
  auto& [items, getters, putters] = state;
  for (;;) {
    if (!putters.empty()
        && items.size() + putters.front().first.size() <= room) {
      auto& [values, putter] = putters.front();
      items.insert(items.end(), values.begin(), values.end());
      putter.deliver(caf::ok_atom_v);
      putters.pop_front();
    } else if (!getters.empty() && !items.empty()) {
      auto& [size, getter] = getters.front();
      auto end = items.begin()
                 + static_cast<std::ptrdiff_t>(std::min(size, items.size()));
      getter.deliver(batch(items.begin(), end));
      items.erase(items.begin(), end);
      getters.pop_front();
    } else {
      return;
    }
  }
}

caf::behavior make_batches(caf::stateful_actor<plain_batches>* self) {
  return {[self](caf::put_atom, batch& values) {
            auto promise = self->make_response_promise();
            self->state.putters.emplace_back(std::move(values), promise);
            serve(self->state);
            return promise;
          },
          [self](caf::get_atom, std::size_t size) {
            auto promise = self->make_response_promise();
            self->state.getters.emplace_back(size, promise);
            serve(self->state);
            return promise;
          }};
}

/// Puts into a queue, gets from a queue, or both.
struct plain_state {
  caf::actor to;
  caf::actor from;
  std::int64_t count = 0;
  std::int64_t size = 1; // of a batch
  std::int64_t done = 0;
};
using plain_client = caf::stateful_actor<plain_state>;

/// Does so many more, and goes on unless that is all.
void go_on(plain_client* self, std::int64_t more, void (*next)(plain_client*)) {
  if ((self->state.done += more) == self->state.count)
    self->quit();
  else
    next(self);
}

void check(const plain_client* self, std::int64_t value) {
  if (value != self->state.done)
    wrong("item");
}

void put_one(plain_client* self) {
  self
    ->request(self->state.to, caf::infinite, caf::put_atom_v, self->state.done)
    .then([self](caf::ok_atom) { go_on(self, 1, put_one); });
}

void get_one(plain_client* self) {
  self->request(self->state.from, caf::infinite, caf::get_atom_v)
    .then([self](std::int64_t value) {
      check(self, value);
      go_on(self, 1, get_one);
    });
}

void put_batch(plain_client* self) {
  auto& state = self->state;
  batch values(static_cast<std::size_t>(state.size));
  std::iota(values.begin(), values.end(), state.done);
  self->request(state.to, caf::infinite, caf::put_atom_v, std::move(values))
    .then([self](caf::ok_atom) { go_on(self, self->state.size, put_batch); });
}

void get_batch(plain_client* self) {
  self
    ->request(self->state.from, caf::infinite, caf::get_atom_v,
              static_cast<std::size_t>(self->state.size))
    .then([self](const batch& values) {
      for (std::size_t i = 0; i != values.size(); ++i)
        check(self, values[i] - static_cast<std::int64_t>(i));
      go_on(self, static_cast<std::int64_t>(values.size()), get_batch);
    });
}

void ping_one(plain_client* self) {
  auto& state = self->state;
  self->request(state.to, caf::infinite, caf::put_atom_v, state.done)
    .then([self](caf::ok_atom) {
      self->request(self->state.from, caf::infinite, caf::get_atom_v)
        .then([self](std::int64_t value) {
          check(self, value);
          go_on(self, 1, ping_one);
        });
    });
}

void echo_one(plain_client* self) {
  self->request(self->state.from, caf::infinite, caf::get_atom_v)
    .then([self](std::int64_t value) {
      self->request(self->state.to, caf::infinite, caf::put_atom_v, value)
        .then([self](caf::ok_atom) { go_on(self, 1, echo_one); });
    });
}

void spawn_client(caf::actor_system& system, const plain_state& what,
                  void (*first)(plain_client*)) {
  system.spawn([=](plain_client* self) {
    self->state = what;
    first(self);
    return caf::behavior{[](caf::ok_atom) {}};
  });
}

int plain(const std::string& workload, std::int64_t count, std::int64_t size) {
  caf::actor_system_config config;
  troupe::configure(config);
  troupe::use_scheduler(config, 2);
  caf::actor_system system{config};
  if (workload == "plain-queue") {
    auto items = system.spawn(make_queue);
    spawn_client(system, {items, {}, count}, put_one);
    spawn_client(system, {{}, items, count}, get_one);
  } else if (workload == "plain-batches") {
    auto items = system.spawn(make_batches);
    spawn_client(system, {items, {}, count / size * size, size}, put_batch);
    spawn_client(system, {{}, items, count / size * size, size}, get_batch);
  } else if (workload == "plain-pingpong") {
    auto there = system.spawn(make_queue);
    auto back = system.spawn(make_queue);
    spawn_client(system, {there, back, count}, ping_one);
    spawn_client(system, {back, there, count}, echo_one);
  } else {
    wrong("workload");
  }
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
  if (workload.starts_with("plain-"))
    return plain(workload, count, size);
  return troupe::run(run(workload, count, size),
                     troupe::run_options{}.threads(2));
}
