#include "troupe/tree.hpp"

#include "troupe/core/detail/nameplate.hpp"
#include "troupe/detail/fiber.hpp"
#include "troupe/detail/forest.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/log.hpp"
#include "troupe/request.hpp"
#include "troupe/sleep.hpp"

#include "troupe/v1/tree.pb.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace troupe {

namespace detail {

namespace {

std::string joined(const std::vector<std::string>& names,
                   const char* between = ", ") {
  std::string result;
  for (const auto& name : names)
    result += (result.empty() ? "" : between) + name;
  return result;
}

/// "task `b`", "a promise".
std::string named(const task_block& task) {
  return task.is_task() ? "task `" + task.name() + "`" : "a " + task.name();
}

/// "lock `a`", "an item of queue `jobs`".
std::string told_of(const char* what, const nameplate::copy& of) {
  auto result = nameplate::text_of(of.kind, of.name);
  return std::string_view{what} == waiting_for_an_answer
           ? result
           : what + (" " + result);
}

/// "lock `a` held by task `b` (paused)".
std::string told_with_holders(const char* what, const nameplate::copy& of,
                              const forest& all) {
  auto result = told_of(what, of);
  const auto* between = " held by ";
  for (const auto& one : of.holders) {
    auto task = all.holder(one);
    result += between + (task ? named(*task) : "an actor");
    if (task && !pausers_of(*task).empty())
      result += " (paused)";
    between = ", ";
  }
  if (of.more != 0)
    result += " and " + std::to_string(of.more) + " more";
  return result;
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
    else if (const auto* of = what ? all.plate(task) : nullptr)
      result.waits_for = told_with_holders(what, *of, all);
    else if (what)
      result.waits_for = what;
  }
  for (const auto& one : all.deadlock(task))
    result.deadlock.push_back(one->name());
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
  if (!task.deadlock.empty())
    out += ", a deadlock of `" + joined(task.deadlock, "`, `") + "`";
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
  for (const auto& name : task.deadlock)
    into.add_deadlock(name);
  for (const auto& child : task.children)
    convert(child, *into.add_children());
}

/// What a task that does not move is doing: "waits for lock `a` held by task
/// `b`, which waits for a promise, which nobody has fulfilled".
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
    if (const auto* of = all_.plate(task)) {
      if (auto other = all_.only_holder(task))
        return next("waits for " + told_of(what, *of) + " held by ", *other);
      return "waits for " + told_with_holders(what, *of, all_);
    }
    auto children = all_.children(&task);
    if (!forest::waits_for_group(task) || children.empty())
      return std::string{"waits for "} + what;
    auto count = std::to_string(children.size());
    return next("waits for its group (" + count + " left): ",
                *culprit(task, children));
  }

private:
  /// Of the tasks of a group the one to tell of: that of a deadlock, else one
  /// that does not sleep.
  [[nodiscard]] std::shared_ptr<task_block>
  culprit(const task_block& of, const task_list& children) const {
    if (auto circle = all_.deadlock(of); circle.size() > 1)
      if (std::find(children.begin(), children.end(), circle[1])
          != children.end())
        return circle[1];
    for (const auto& one : children)
      if (!all_.goes_on_by_itself(*one))
        return one;
    return children.front();
  }

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
      if (!seen.reported && now - seen.since >= limit
          && !all.goes_on_by_itself(*task)) {
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
