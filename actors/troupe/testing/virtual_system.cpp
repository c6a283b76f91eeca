#include "troupe/testing/virtual_system.hpp"

#include "troupe/core/detail/turn.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/detail/task_actor.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/msg/setup.hpp"
#include "troupe/testing/explore.hpp"
#include "troupe/tree.hpp"

#include <caf/scheduler/test_coordinator.hpp>

#include <algorithm>
#include <cstddef>

namespace troupe::testing {

namespace {

caf::actor_system_config& prepared(caf::actor_system_config& config) {
  configure(config);
  config.set("scheduler.policy", caf::atom("testing"));
  return config;
}

/// That of all systems that have none of their own: to make one takes longer
/// than most schedules. Nothing changes it, and it is never destroyed.
caf::actor_system_config& common_config() {
  static auto* instance = &prepared(*new caf::actor_system_config);
  return *instance;
}

} // namespace

virtual_system::virtual_system()
  : system_(std::make_unique<caf::actor_system>(common_config())),
    scheduler_(
      dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler())) {}

virtual_system::virtual_system(caf::actor_system_config& config)
  : system_(std::make_unique<caf::actor_system>(prepared(config))),
    scheduler_(
      dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler())) {}

virtual_system::~virtual_system() {
  end_tasks();
  run_ready();
}

/// Else the system would wait for them.
void virtual_system::end_tasks() {
  auto tasks = detail::runtime::find(get());
  if (!tasks)
    return;
  tasks->shut_down();
  run_ready();
  while (!tasks->tasks().empty() && fire_next_timer()) {
  }
}

/// Each turn begins alike, so that a schedule can be played again.
bool virtual_system::run_first() {
  detail::turn::here().begin();
  return scheduler_.try_run_once();
}

void virtual_system::run_ready() {
  while (run_first()) {
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
  return run_first();
}

bool virtual_system::step(choices& way, std::size_t& preemptions) {
  auto& jobs = scheduler_.jobs;
  auto timers = scheduler_.clock().schedule().empty() ? 0u : 1u;
  if (jobs.empty()) {
    if (timers != 0)
      way.note("time passes");
    return timers != 0 && fire_timer();
  }
  // The one that ran last comes first: to go on with it costs nothing.
  auto last = std::find(jobs.begin(), jobs.end(), last_);
  auto can_go_on = last != jobs.end();
  if (can_go_on)
    std::rotate(jobs.begin(), last, last + 1);
  auto ways = jobs.size() + timers;
  auto chosen = can_go_on && preemptions == 0 ? 0
                : ways == 1                   ? 0
                                              : way.choose(ways);
  if (chosen != 0 && can_go_on)
    --preemptions;
  if (chosen == jobs.size()) {
    if (!can_go_on && preemptions != 0)
      --preemptions; // time passes though somebody could run
    way.note("time passes");
    return fire_timer();
  }
  auto next = jobs.begin() + static_cast<std::ptrdiff_t>(chosen);
  std::rotate(jobs.begin(), next, next + 1);
  last_ = jobs.front();
  way.note(detail::describe(*jobs.front()));
  return run_first();
}

std::size_t virtual_system::ready() const {
  return scheduler_.jobs.size();
}

void virtual_system::advance(duration length) {
  auto end = after(now(), length);
  auto& clock = scheduler_.clock();
  run_ready();
  while (!clock.schedule().empty() && clock.schedule().begin()->first <= end)
    fire_next_timer();
  if (end != never)
    clock.advance_time(end - now());
}

bool virtual_system::fire_timer() {
  auto& clock = scheduler_.clock();
  const auto& timers = clock.schedule();
  if (timers.empty())
    return false;
  clock.advance_time(std::max(timers.begin()->first, now()) - now());
  return true;
}

bool virtual_system::fire_next_timer() {
  if (!fire_timer())
    return false;
  run_ready();
  return true;
}

void virtual_system::rethrow(const any_handle& ended) {
  const auto& block = detail::handle_access::block(ended);
  block->collect();
  if (block->thrown())
    std::rethrow_exception(block->thrown());
}

void virtual_system::run_until_done(const any_handle& work) {
  run_ready();
  while (!work.done())
    if (!fire_next_timer())
      throw failure{{errc::would_deadlock,
                     "no task can go on:\n" + to_string(tree(get()))}};
}

time_point virtual_system::now() const {
  return scheduler_.clock().now();
}

} // namespace troupe::testing
