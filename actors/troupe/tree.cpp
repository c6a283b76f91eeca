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
#include <span>
#include <string_view>
#include <tuple>
#include <unordered_set>

namespace troupe {

namespace detail {

namespace {

/// The tasks of a system that have not ended, and whose groups they are in.
class forest {
public:
  explicit forest(const runtime& system)
    : tasks_(system.tasks()), started_(tasks_.size()) {
    for (const auto& task : tasks_)
      known_.insert(task.get());
    for (const auto& group : system.groups())
      for (auto& task : group->not_started())
        if (known_.insert(task.get()).second)
          tasks_.push_back(std::move(task));
    for (const auto& task : tasks_) {
      auto group = task->group.lock();
      auto parent = group ? group->parent() : nullptr;
      children_.emplace(knows(parent.get()) ? parent.get() : nullptr, task);
    }
  }

  using task_list = std::vector<std::shared_ptr<task_block>>;

  [[nodiscard]] std::span<const std::shared_ptr<task_block>> started() const {
    return {tasks_.data(), started_};
  }
  /// Those of its groups, the oldest first, else by name; of null, those of no
  /// group.
  [[nodiscard]] task_list children(const task_block* task) const {
    task_list result;
    auto [first, last] = children_.equal_range(task);
    for (; first != last; ++first)
      result.push_back(first->second);
    std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
      return std::tie(a->created_at, a->name())
             < std::tie(b->created_at, b->name());
    });
    return result;
  }
  [[nodiscard]] bool knows(const task_block* task) const {
    return known_.contains(task);
  }

private:
  task_list tasks_; // those that have started first
  std::size_t started_;
  std::unordered_set<const task_block*> known_;
  std::multimap<const task_block*, std::shared_ptr<task_block>> children_;
};

/// Who keeps it paused: tasks that hold it or its group, and what holds the
/// task around it.
std::vector<std::string> pausers_of(const task_block& task) {
  std::vector<std::string> result;
  for (const auto& one : task.pausers()) {
    if (!one.name.empty()) {
      result.push_back(one.name);
      continue;
    }
    std::vector<std::string> above;
    if (auto group = task.group.lock()) {
      above = group->held_by().names();
      if (auto parent = group->parent())
        for (auto& name : pausers_of(*parent))
          above.push_back(std::move(name));
    }
    if (above.empty())
      above.emplace_back("its group"); // by who has the group's actor
    result.insert(result.end(), above.begin(), above.end());
  }
  return result;
}

std::string joined(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& name : names)
    result += (result.empty() ? "" : ", ") + name;
  return result;
}

/// "task b", "a promise".
std::string named(const task_block& task) {
  return (task.is_task() ? "task " : "a ") + task.name();
}

task_info describe(const task_block& task, const forest& all, time_point now) {
  task_info result;
  result.name = task.name();
  result.paused_by = pausers_of(task);
  auto other = task.waiting_for_task();
  const auto* what = task.waiting_for();
  if (task.state() == task_block::phase::created) {
    result.state = "created";
    result.waits_for = "its turn";
  } else {
    result.state = !result.paused_by.empty() ? "paused"
                   : what                    ? "waiting"
                                             : "running";
    if (other)
      result.waits_for = named(*other);
    else if (what)
      result.waits_for = what;
  }
  result.age = now - task.created_at;
  for (const auto& child : all.children(&task))
    result.children.push_back(describe(*child, all, now));
  return result;
}

void print(const task_info& task, std::size_t depth, std::string& out) {
  using std::chrono::milliseconds;
  out.append(2 * depth, ' ');
  out += task.name + "  " + task.state;
  if (!task.waits_for.empty())
    out += ", waits for " + task.waits_for;
  if (!task.paused_by.empty())
    out += ", paused by " + joined(task.paused_by);
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
  into.set_paused_by(static_cast<std::uint32_t>(task.paused_by.size()));
  for (const auto& name : task.paused_by)
    into.add_pausers(name);
  for (const auto& child : task.children)
    convert(child, *into.add_children());
}

/// What a task that does not move is doing: "waits for task b, which waits for
/// sleep".
class chain {
public:
  explicit chain(const forest& all) : all_(all) {}

  std::string of(const task_block& task) {
    seen_.push_back(&task);
    if (task.state() == task_block::phase::created)
      return task.is_task() ? "waits for its turn" : "nobody has fulfilled";
    if (auto pausers = pausers_of(task); !pausers.empty())
      return "is paused by " + joined(pausers);
    const auto* what = task.waiting_for();
    if (!what)
      return "runs, or blocks its thread";
    if (auto other = task.waiting_for_task())
      return next("waits for ", *other);
    auto children = all_.children(&task);
    if (std::string_view{what} != "group" || children.empty())
      return std::string{"waits for "} + what;
    auto count = std::to_string(children.size());
    return next("waits for its group (" + count + " left): ",
                *children.front());
  }

private:
  std::string next(std::string begin, const task_block& other) {
    begin += named(other);
    if (std::find(seen_.begin(), seen_.end(), &other) != seen_.end())
      return begin + ": a deadlock";
    return begin + ", which " + of(other);
  }

  const forest& all_;
  std::vector<const task_block*> seen_;
};

struct last_seen {
  std::uint32_t moves;
  time_point since;
  bool reported = false;
};

} // namespace

std::vector<task_info> tree(const runtime& system) {
  forest all{system};
  std::vector<task_info> result;
  for (const auto& task : all.children(nullptr))
    result.push_back(describe(*task, all, system.now()));
  return result;
}

} // namespace detail

std::vector<task_info> tree(caf::actor_system& system) {
  auto known = detail::runtime::find(system);
  return known ? detail::tree(*known) : std::vector<task_info>{};
}

task<void> report_stuck(duration limit) {
  using seen_map =
    std::map<std::shared_ptr<detail::task_block>, detail::last_seen>;
  auto& self = detail::fiber::require();
  seen_map known;
  for (;;) {
    seen_map now_known;
    auto now = self.now();
    detail::forest all{*self.system()};
    for (const auto& task : all.started()) {
      if (task == self.block())
        continue;
      auto at = known.find(task);
      auto seen = at != known.end() && at->second.moves == task->moves()
                    ? at->second
                    : detail::last_seen{task->moves(), now};
      if (!seen.reported && now - seen.since >= limit) {
        using std::chrono::milliseconds;
        auto waited =
          std::chrono::duration_cast<milliseconds>(now - seen.since);
        log(log_level::warning, task->name(),
            "has not moved for " + std::to_string(waited.count())
              + " ms: " + detail::chain{all}.of(*task));
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
