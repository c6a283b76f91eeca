// What tasks cost, one workload a run: see tests/bench/tasks.py.
//
//     tasks_bench WORKLOAD COUNT [THREADS]
#include "troupe/actor.hpp"
#include "troupe/core/scheduler.hpp"
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/run.hpp"
#include "troupe/sleep.hpp"
#include "troupe/this_task.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>

#include <google/protobuf/wrappers.pb.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

TROUPE_MESSAGES(bench, troupe::first_user_type_id, google::protobuf::Int64Value)

namespace {

using namespace std::chrono_literals;
using number = google::protobuf::Int64Value;
using doubler = troupe::actor<number(number)>;

doubler::behavior_type make_doubler(doubler::pointer) {
  return {[](const number& x) {
    number result;
    result.set_value(2 * x.value());
    return result;
  }};
}

number make_number(std::int64_t x) {
  number result;
  result.set_value(x);
  return result;
}

[[noreturn]] void wrong(const char* what) {
  std::fprintf(stderr, "wrong: %s\n", what);
  std::_Exit(1);
}

std::size_t resident_bytes() {
  std::size_t total = 0;
  std::size_t resident = 0;
  if (auto* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%zu %zu", &total, &resident) != 2)
      resident = 0;
    std::fclose(file);
  }
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// -- workloads ----------------------------------------------------------------

troupe::task<void> request(std::int64_t count) {
  auto target = troupe::this_task::system().spawn(make_doubler);
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i != count; ++i)
    sum += (co_await troupe::request(target, make_number(i))).value();
  if (sum != count * (count - 1))
    wrong("sum");
}

troupe::task<std::int64_t> trivial(std::int64_t i) {
  co_return i;
}

troupe::task<void> gather(std::int64_t count) {
  std::vector<troupe::task<std::int64_t>> jobs;
  jobs.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i != count; ++i)
    jobs.push_back(trivial(i));
  std::int64_t sum = 0;
  for (auto x : co_await troupe::gather(std::move(jobs)))
    sum += x;
  if (sum != count * (count - 1) / 2)
    wrong("sum");
}

troupe::task<void> nap() {
  co_await troupe::sleep(1s);
}

troupe::task<void> sleepers(std::int64_t count) {
  std::vector<troupe::task<void>> jobs;
  for (std::int64_t i = 0; i != count; ++i)
    jobs.push_back(nap());
  co_await troupe::gather(std::move(jobs));
}

troupe::task<void> wait_for_ever() {
  co_await troupe::sleep(1h);
}

/// Prints the bytes of each waiting task, and the seconds that cancelling
/// takes.
troupe::task<void> cancel(std::int64_t count) {
  auto before = resident_bytes();
  std::chrono::steady_clock::time_point start;
  co_await troupe::with_group([&](troupe::group& g) -> troupe::task<void> {
    for (std::int64_t i = 0; i != count; ++i)
      g.spawn(wait_for_ever());
    for (;;) {
      auto progress = co_await g.progress();
      if (progress.running == static_cast<std::uint64_t>(count))
        break;
      co_await troupe::sleep(10ms);
    }
    co_await troupe::sleep(100ms);
    auto each = (resident_bytes() - before) / static_cast<std::size_t>(count);
    std::printf("bytes %zu\n", each);
    start = std::chrono::steady_clock::now();
    g.cancel();
  });
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("cancel %.3f\n", took.count());
}

// -- the same by plain CAF ----------------------------------------------------

struct asker_state {
  doubler target;
  std::int64_t count = 0;
  std::int64_t i = 0;
  std::int64_t sum = 0;
};
using asker = caf::stateful_actor<asker_state>;

void ask(asker* self) {
  auto& state = self->state;
  self->request(state.target, caf::infinite, make_number(state.i))
    .then([self](const number& x) {
      auto& [target, count, i, sum] = self->state;
      sum += x.value();
      if (++i != count)
        return ask(self);
      if (sum != count * (count - 1))
        wrong("sum");
      self->quit();
    });
}

caf::behavior make_asker(asker* self, const doubler& target,
                         std::int64_t count) {
  self->state.target = target;
  self->state.count = count;
  return {[self](caf::ok_atom) { ask(self); }};
}

void plain_request(std::int64_t count, std::size_t threads, bool stock) {
  caf::actor_system_config config;
  troupe::configure(config);
  troupe::add_messages<caf::id_block::bench>(config);
  if (stock)
    config.set("scheduler.max-threads", threads);
  else
    troupe::use_scheduler(config, threads);
  caf::actor_system system{config};
  auto target = system.spawn(make_doubler);
  caf::anon_send(system.spawn(make_asker, target, count), caf::ok_atom_v);
}

int run_tasks(troupe::task<void> work, std::size_t threads) {
  return troupe::run(std::move(work),
                     troupe::run_options{}.threads(threads).configure(
                       troupe::add_messages<caf::id_block::bench>));
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: tasks_bench WORKLOAD COUNT [THREADS]\n");
    return 2;
  }
  std::string workload = argv[1];
  auto count = std::strtoll(argv[2], nullptr, 10);
  auto threads = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 2;
  if (workload == "plain-request" || workload == "stock-request") {
    plain_request(count, threads, workload == "stock-request");
    return 0;
  }
  const std::map<std::string, troupe::task<void> (*)(std::int64_t)> workloads{
    {"request", request},
    {"gather", gather},
    {"sleepers", sleepers},
    {"cancel", cancel},
  };
  auto found = workloads.find(workload);
  if (found == workloads.end()) {
    std::fprintf(stderr, "no such workload: %s\n", workload.c_str());
    return 2;
  }
  return run_tasks(found->second(count), threads);
}
