#include "troupe/tree.hpp"

#include "troupe/detail/fiber.hpp"
#include "troupe/detail/group_state.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/log.hpp"
#include "troupe/sleep.hpp"

#include "troupe/v1/tree.pb.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>

namespace troupe {

namespace detail {

namespace {

using children = std::multimap<const task_block*, std::shared_ptr<task_block>>;

const char* state_of(const task_block& task) {
  if (task.state() == task_block::phase::created)
    return "created";
  if (task.paused_by.load() != 0)
    return "paused";
  return task.waiting_for() ? "waiting" : "running";
}

task_info describe(const task_block& task, const children& all,
                   time_point now) {
  task_info result;
  result.name = task.name();
  result.state = state_of(task);
  if (const auto* what = task.waiting_for())
    result.waits_for = what;
  result.age = now - task.created_at;
  result.paused_by = task.paused_by.load();
  auto [first, last] = all.equal_range(&task);
  for (; first != last; ++first)
    result.children.push_back(describe(*first->second, all, now));
  return result;
}

void print(const task_info& task, std::size_t depth, std::string& out) {
  using std::chrono::milliseconds;
  out.append(2 * depth, ' ');
  out += task.name + "  " + task.state;
  if (!task.waits_for.empty())
    out += ", waits for " + task.waits_for;
  if (task.paused_by != 0)
    out += ", paused by " + std::to_string(task.paused_by);
  auto age = std::chrono::duration_cast<milliseconds>(task.age).count();
  out += ", " + std::to_string(age) + " ms old\n";
  for (const auto& child : task.children)
    print(child, depth + 1, out);
}

void convert(const task_info& task, v1::TaskInfo& into) {
  using std::chrono::milliseconds;
  into.set_name(task.name);
  into.set_state(task.state);
  into.set_waits_for(task.waits_for);
  auto age = std::chrono::duration_cast<milliseconds>(task.age).count();
  into.set_age_ms(static_cast<std::uint64_t>(std::max<std::int64_t>(age, 0)));
  into.set_paused_by(task.paused_by);
  for (const auto& child : task.children)
    convert(child, *into.add_children());
}

} // namespace

std::vector<task_info> tree(const runtime& system) {
  auto tasks = system.tasks();
  children all;
  std::map<const task_block*, bool> known;
  for (const auto& task : tasks)
    known[task.get()] = true;
  for (const auto& task : tasks) {
    auto group = task->group.lock();
    auto parent = group ? group->parent() : nullptr;
    all.emplace(known.contains(parent.get()) ? parent.get() : nullptr, task);
  }
  std::vector<task_info> result;
  auto [first, last] = all.equal_range(nullptr);
  for (; first != last; ++first)
    result.push_back(describe(*first->second, all, system.now()));
  return result;
}

} // namespace detail

std::vector<task_info> tree(caf::actor_system& system) {
  return detail::tree(*detail::runtime::of(system));
}

namespace {

/// "waits for task b, which waits for sleep".
std::string chain_of(const detail::task_block& task) {
  std::string result;
  std::vector<const detail::task_block*> seen{&task};
  auto other = task.waiting_for_task();
  for (; other; other = other->waiting_for_task()) {
    result += "task " + other->name();
    if (std::find(seen.begin(), seen.end(), other.get()) != seen.end())
      return result + ": a deadlock";
    seen.push_back(other.get());
    if (!other->waiting_for())
      return result + ", which runs";
    result += ", which waits for ";
    if (!other->waiting_for_task())
      return result + other->waiting_for();
  }
  const auto* what = task.waiting_for();
  return result + (what ? what : "nothing");
}

struct last_seen {
  std::uint32_t moves;
  time_point since;
  bool reported = false;
};

} // namespace

task<void> report_stuck(duration limit) {
  auto& self = detail::fiber::require();
  std::map<std::shared_ptr<detail::task_block>, last_seen> known;
  for (;;) {
    std::map<std::shared_ptr<detail::task_block>, last_seen> now_known;
    auto now = self.now();
    for (const auto& task : self.system()->tasks()) {
      if (task == self.block() || !task->waiting_for())
        continue;
      auto at = known.find(task);
      auto seen = at != known.end() && at->second.moves == task->moves()
                    ? at->second
                    : last_seen{task->moves(), now};
      if (!seen.reported && now - seen.since >= limit) {
        using std::chrono::milliseconds;
        auto waited =
          std::chrono::duration_cast<milliseconds>(now - seen.since);
        log(log_level::warning, task->name(),
            "has not moved for " + std::to_string(waited.count())
              + " ms: waits for " + chain_of(*task));
        seen.reported = true;
      }
      now_known.emplace(task, seen);
    }
    known = std::move(now_known);
    co_await sleep(limit / 2);
  }
}

std::string to_string(const std::vector<task_info>& tasks) {
  std::string result;
  for (const auto& task : tasks)
    detail::print(task, 0, result);
  return result;
}

v1::TaskTree to_proto(const std::vector<task_info>& tasks) {
  v1::TaskTree result;
  for (const auto& task : tasks)
    detail::convert(task, *result.add_tasks());
  return result;
}

} // namespace troupe
