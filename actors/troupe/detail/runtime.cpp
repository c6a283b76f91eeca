#include "troupe/detail/runtime.hpp"

#include "troupe/core/detail/race_point.hpp"
#include "troupe/detail/group_state.hpp"
#include "troupe/detail/messaging.hpp"
#include "troupe/detail/task_actor.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/detail/thread_pool.hpp"
#include "troupe/detail/timers.hpp"

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <thread>
#include <utility>

namespace troupe::detail {

namespace {

// As many as Python's default executor has.
std::size_t default_threads() {
  return std::min(32u, std::thread::hardware_concurrency() + 4);
}

struct all_runtimes {
  std::mutex mutex;
  std::map<const caf::actor_system*, std::weak_ptr<runtime>> by_system;
};

// Never destroyed: tasks may end after main.
all_runtimes& every_runtime() {
  static auto* instance = new all_runtimes;
  return *instance;
}

} // namespace

std::shared_ptr<runtime> runtime::of(caf::actor_system& system) {
  auto& all = every_runtime();
  std::lock_guard lock{all.mutex};
  auto& known = all.by_system[&system];
  auto result = known.lock();
  if (!result) {
    result = std::make_shared<runtime>(system);
    known = result;
  }
  return result;
}

std::shared_ptr<runtime> runtime::find(const caf::actor_system& system) {
  auto& all = every_runtime();
  std::lock_guard lock{all.mutex};
  auto known = all.by_system.find(&system);
  return known != all.by_system.end() ? known->second.lock() : nullptr;
}

std::shared_ptr<runtime> runtime::current() {
  return fiber::require().system();
}

runtime::runtime(caf::actor_system& system)
  : system_(system), timers_(std::make_unique<timer_service>(system)),
    threads_(std::make_shared<thread_pool>(default_threads())) {}

runtime::~runtime() {
  kept_.clear();
  auto& all = every_runtime();
  std::lock_guard lock{all.mutex};
  auto at = all.by_system.find(&system_);
  if (at != all.by_system.end() && at->second.expired())
    all.by_system.erase(at);
}

time_point runtime::now() const {
  return system_.clock().now();
}

void runtime::launch(std::shared_ptr<task_block> task, bool eager) {
  spawn_task(shared_from_this(), std::move(task), nullptr, eager);
}

runtime::shard& runtime::shard_of(const task_block& task) noexcept {
  return shards_[std::hash<const void*>{}(&task) / 64 % shards];
}

void runtime::add(task_block& task) {
  auto& mine = shard_of(task);
  std::lock_guard lock{mine.mutex};
  task.next = std::exchange(mine.first, &task);
  if (task.next)
    task.next->previous = &task;
}

void runtime::remove(task_block& task) {
  auto& mine = shard_of(task);
  std::lock_guard lock{mine.mutex};
  (task.previous ? task.previous->next : mine.first) = task.next;
  if (task.next)
    task.next->previous = task.previous;
}

std::vector<std::shared_ptr<task_block>> runtime::tasks() const {
  std::vector<std::shared_ptr<task_block>> result;
  for (const auto& one : shards_) {
    std::lock_guard lock{one.mutex};
    for (auto* task = one.first; task; task = task->next)
      result.push_back(task->shared_from_this());
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
    return a->created_at < b->created_at;
  });
  return result;
}

bool runtime::has_tasks() const {
  return std::any_of(shards_.begin(), shards_.end(), [](const shard& one) {
    std::lock_guard lock{one.mutex};
    return one.first != nullptr;
  });
}

void runtime::add(group_state& group) {
  std::lock_guard lock{groups_mutex_};
  groups_.insert(&group);
}

void runtime::remove(group_state& group) {
  std::lock_guard lock{groups_mutex_};
  groups_.erase(&group);
}

std::vector<std::shared_ptr<group_state>> runtime::groups() const {
  std::lock_guard lock{groups_mutex_};
  std::vector<std::shared_ptr<group_state>> result;
  for (auto* one : groups_)
    if (auto alive = one->weak_from_this().lock())
      result.push_back(std::move(alive));
  return result;
}

void runtime::shut_down() {
  closing_.store(true);
  race_point();
  for (const auto& task : tasks())
    task->cancel(cancelled{cancel_reason::shutdown, "the program ends"});
}

void runtime::keep(std::shared_ptr<void> what) {
  std::lock_guard lock{kept_mutex_};
  kept_.push_back(std::move(what));
}

void runtime::set_threads(std::size_t most) {
  threads_ = std::make_shared<thread_pool>(most);
}

} // namespace troupe::detail
