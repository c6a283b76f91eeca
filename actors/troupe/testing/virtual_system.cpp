#include "troupe/testing/virtual_system.hpp"

#include "troupe/msg/setup.hpp"
#include "troupe/testing/explore.hpp"

#include <caf/scheduler/test_coordinator.hpp>

#include <algorithm>
#include <cstddef>

namespace troupe::testing {

namespace {

std::unique_ptr<caf::actor_system>
make_system(caf::actor_system_config& config) {
  configure(config);
  config.set("scheduler.policy", caf::atom("testing"));
  return std::make_unique<caf::actor_system>(config);
}

} // namespace

virtual_system::virtual_system()
  : own_config_(std::make_unique<caf::actor_system_config>()),
    system_(make_system(*own_config_)),
    scheduler_(
      dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler())) {}

virtual_system::virtual_system(caf::actor_system_config& config)
  : system_(make_system(config)),
    scheduler_(
      dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler())) {}

virtual_system::~virtual_system() {
  run_ready();
}

void virtual_system::run_ready() {
  while (scheduler_.try_run_once()) {
  }
}

void virtual_system::run_ready(choices& way) {
  while (run_one(way)) {
  }
}

bool virtual_system::run_one(choices& way) {
  auto& jobs = scheduler_.jobs;
  if (jobs.empty())
    return false;
  auto next = jobs.begin();
  if (jobs.size() > 1)
    next += static_cast<std::ptrdiff_t>(way.choose(jobs.size()));
  std::rotate(jobs.begin(), next, next + 1);
  return scheduler_.try_run_once();
}

std::size_t virtual_system::ready() const {
  return scheduler_.jobs.size();
}

void virtual_system::advance(duration length) {
  auto end = after(now(), length);
  auto& clock = scheduler_.clock();
  run_ready();
  for (;;) {
    const auto& timers = clock.schedule();
    if (timers.empty() || timers.begin()->first > end)
      break;
    auto next = std::max(timers.begin()->first, now());
    clock.advance_time(next - now());
    run_ready();
  }
  if (end != never)
    clock.advance_time(end - now());
}

time_point virtual_system::now() const {
  return scheduler_.clock().now();
}

} // namespace troupe::testing
