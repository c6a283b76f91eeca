#include "troupe/detail/forest.hpp"

#include "troupe/detail/group_state.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/detail/task_block.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace troupe::detail {

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

forest::forest(const runtime& system)
  : tasks_(system.tasks()), started_(tasks_.size()), plates_(nameplate::all()) {
  for (const auto& task : tasks_)
    known_.insert(task.get());
  for (const auto& group : system.groups())
    for (auto& task : group->not_started())
      if (known_.insert(task.get()).second)
        tasks_.push_back(std::move(task));
  for (const auto& task : tasks_) {
    auto group = task->group.lock();
    auto parent = group ? group->parent() : nullptr;
    children_.emplace(known_.contains(parent.get()) ? parent.get() : nullptr,
                      task);
  }
  for (const auto& task : started()) {
    auto [client, control] = task->id();
    by_id_.emplace(std::pair{client, control}, task);
  }
  find_deadlocks();
}

task_list forest::children(const task_block* task) const {
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

const nameplate::copy* forest::plate(const task_block& task) const {
  auto at = plates_.find(task.waiting_on());
  return at != plates_.end() ? &at->second : nullptr;
}

std::shared_ptr<task_block> forest::holder(const line::holder& who) const {
  auto at = by_id_.find(std::pair{who.client, who.task});
  return at != by_id_.end() ? at->second : nullptr;
}

std::shared_ptr<task_block> forest::only_holder(const task_block& task) const {
  const auto* what = plate(task);
  return what && what->holders.size() == 1 && what->more == 0
           ? holder(what->holders.front())
           : nullptr;
}

bool forest::waits_for_group(const task_block& task) {
  const auto* what = task.waiting_for();
  return what && std::string_view{what} == "group";
}

bool forest::goes_on_by_itself(const task_block& task) const {
  std::vector<std::shared_ptr<const task_block>> left{task.shared_from_this()};
  std::unordered_set<const task_block*> seen;
  while (!left.empty()) {
    auto one = std::move(left.back());
    left.pop_back();
    if (!seen.insert(one.get()).second)
      continue;
    if (circle_of_.contains(one.get()) || !pausers_of(*one).empty())
      return false;
    if (sleeps(*one))
      continue;
    if (one->is_task() && one->state() == task_block::phase::created)
      continue; // its turn comes when others have ended
    if (auto other = one->waiting_for_task()) {
      left.push_back(std::move(other));
      continue;
    }
    auto children =
      waits_for_group(*one) ? this->children(one.get()) : task_list{};
    if (children.empty())
      return false;
    left.insert(left.end(), children.begin(), children.end());
  }
  return true;
}

bool forest::sleeps(const task_block& task) const {
  const auto* what = task.waiting_for();
  if (what && std::string_view{what} == "sleep")
    return true;
  const auto* of = plate(task);
  return of && std::string_view{of->kind} == "rate limiter";
}

task_list forest::deadlock(const task_block& task) const {
  auto at = circle_of_.find(&task);
  if (at == circle_of_.end())
    return {};
  auto result = circles_[at->second];
  auto first = std::find_if(result.begin(), result.end(),
                            [&](const auto& x) { return x.get() == &task; });
  std::rotate(result.begin(), first, result.end());
  return result;
}

/// The tasks without which one does not go on.
task_list forest::waits_for(const task_block& task) const {
  if (auto other = task.waiting_for_task())
    return {std::move(other)};
  if (auto other = only_holder(task))
    return {std::move(other)};
  return waits_for_group(task) ? children(&task) : task_list{};
}

/// Walks along who waits for whom, once over each task; whoever is met again on
/// the way closes a circle.
void forest::find_deadlocks() {
  struct step {
    std::shared_ptr<task_block> task;
    task_list next;
    std::size_t done = 0;
  };
  std::vector<step> way;
  std::unordered_map<const task_block*, std::size_t> on_the_way;
  std::unordered_set<const task_block*> seen;
  auto enter = [&](const std::shared_ptr<task_block>& task) {
    seen.insert(task.get());
    on_the_way.emplace(task.get(), way.size());
    way.push_back({task, waits_for(*task)});
  };
  for (const auto& first : started()) {
    if (!seen.contains(first.get()))
      enter(first);
    while (!way.empty()) {
      auto& last = way.back();
      if (last.done == last.next.size()) {
        on_the_way.erase(last.task.get());
        way.pop_back();
        continue;
      }
      auto next = last.next[last.done++];
      if (auto at = on_the_way.find(next.get()); at != on_the_way.end()) {
        task_list circle;
        for (auto i = at->second; i != way.size(); ++i) {
          circle_of_.emplace(way[i].task.get(), circles_.size());
          circle.push_back(way[i].task);
        }
        circles_.push_back(std::move(circle));
      } else if (!seen.contains(next.get())) {
        enter(next);
      }
    }
  }
}

} // namespace troupe::detail
