// What locks cost, one workload a run: see tests/bench/sync.py.
//
//     sync_bench WORKLOAD COUNT CLIENTS
#include "troupe/core/scheduler.hpp"
#include "troupe/gather.hpp"
#include "troupe/lock.hpp"
#include "troupe/msg/setup.hpp"
#include "troupe/run.hpp"
#include "troupe/sleep.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

[[noreturn]] void wrong(const char* what) {
  std::fprintf(stderr, "wrong: %s\n", what);
  std::_Exit(1);
}

/// What the lock protects.
using total = std::shared_ptr<std::int64_t>;

/// @param lets_wait Whether the others run while it is held, and wait.
troupe::task<void> use(troupe::lock mutex, total sum, std::int64_t count,
                       bool lets_wait) {
  for (std::int64_t i = 0; i != count; ++i) {
    auto held = co_await mutex.acquire();
    ++*sum;
    if (lets_wait)
      co_await troupe::yield();
  }
}

troupe::task<void> handoff(std::int64_t count, std::int64_t clients,
                           bool cached) {
  troupe::lock mutex{troupe::lock_options{}.cached(cached)};
  auto sum = std::make_shared<std::int64_t>(0);
  std::vector<troupe::task<void>> jobs;
  for (std::int64_t i = 0; i != clients; ++i)
    jobs.push_back(use(mutex, sum, count / clients, clients != 1));
  co_await troupe::gather(std::move(jobs));
  if (*sum != count / clients * clients)
    wrong("sum");
}

// -- a lock of plain CAF ------------------------------------------------------

struct plain_lock {
  std::deque<caf::response_promise> line;
  bool held = false;
};

caf::behavior make_lock(caf::stateful_actor<plain_lock>* self) {
  return {[self](caf::get_atom) {
            auto& state = self->state;
            auto promise = self->make_response_promise();
            if (std::exchange(state.held, true))
              state.line.push_back(promise);
            else
              promise.deliver(caf::ok_atom_v);
            return promise;
          },
          [self](caf::put_atom) {
            auto& [line, held] = self->state;
            held = !line.empty();
            if (!held)
              return;
            line.front().deliver(caf::ok_atom_v);
            line.pop_front();
          }};
}

struct plain_client {
  std::function<void()> next;
  std::int64_t left;
};

caf::behavior make_client(caf::stateful_actor<plain_client>* self,
                          const caf::actor& lock, const total& sum,
                          std::int64_t count) {
  self->state.left = count;
  self->state.next = [=] {
    self->request(lock, caf::infinite, caf::get_atom_v).then([=](caf::ok_atom) {
      ++*sum;
      self->send(lock, caf::put_atom_v);
      if (--self->state.left == 0)
        self->quit();
      else
        self->state.next();
    });
  };
  self->state.next();
  return {[](caf::ok_atom) {}};
}

int plain_handoff(std::int64_t count, std::int64_t clients) {
  auto sum = std::make_shared<std::int64_t>(0);
  {
    caf::actor_system_config config;
    troupe::configure(config);
    troupe::use_scheduler(config, 2);
    caf::actor_system system{config};
    auto lock = system.spawn(make_lock);
    for (std::int64_t i = 0; i != clients; ++i)
      system.spawn(make_client, lock, sum, count / clients);
  }
  if (*sum != count / clients * clients)
    wrong("sum");
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: sync_bench WORKLOAD COUNT CLIENTS\n");
    return 2;
  }
  std::string workload = argv[1];
  auto count = std::strtoll(argv[2], nullptr, 10);
  auto clients = std::strtoll(argv[3], nullptr, 10);
  if (workload == "plain-handoff")
    return plain_handoff(count, clients);
  bool cached = workload != "handoff-not-cached";
  if (cached && workload != "handoff" && workload != "uncontended") {
    std::fprintf(stderr, "no such workload: %s\n", workload.c_str());
    return 2;
  }
  return troupe::run(handoff(count, clients, cached),
                     troupe::run_options{}.threads(2));
}
