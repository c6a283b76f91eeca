#pragma once

#include "troupe/core/supervisor_options.hpp"
#include "troupe/detail/children_options.hpp"
#include "troupe/detail/coroutine_block.hpp"
#include "troupe/detail/outcome.hpp"
#include "troupe/detail/run_children.hpp"
#include "troupe/handle.hpp"
#include "troupe/msg/expected.hpp"
#include "troupe/spawn.hpp"
#include "troupe/task.hpp"
#include "troupe/wait.hpp"

#include <cstddef>
#include <exception>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace troupe {

/// How `gather` treats its tasks, all of whose values it gives. Setters chain.
class gather_options : public detail::children_options<gather_options> {
public:
  gather_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// What the first task that fails means for the others. Default:
  /// `cancel_siblings`; `leave_running` is asyncio's rule.
  gather_options& on_error(troupe::on_error x) {
    return set(edit().on_error(x));
  }
};

/// How `gather_outcomes` treats its tasks. Setters chain.
class outcomes_options : public detail::children_options<outcomes_options> {
public:
  outcomes_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// How many successes are enough: then the others are cancelled, and those
  /// that have not started never are. Default: unlimited.
  outcomes_options& enough(std::size_t x) { return set(edit().enough(x)); }
};

namespace detail {

template <class T>
using typed_blocks = std::vector<std::shared_ptr<result_block<T>>>;

template <class T>
typed_blocks<T> make_blocks(std::vector<task<T>>& jobs) {
  typed_blocks<T> result;
  result.reserve(jobs.size());
  for (auto& job : jobs)
    result.push_back(make_block(std::move(job), name_or_number({})));
  jobs.clear();
  return result;
}

template <class T>
T take(result_block<T>& block) {
  if (block.thrown()) // failures are collected, and this is no outcome
    rethrow_to_others(block.thrown(), block.name());
  if constexpr (!std::is_void_v<T>) {
    if (!block.claim())
      throw_already_taken();
    return block.steal();
  }
}

template <class T>
expected<T> outcome(result_block<T>& block) {
  block.collect();
  if (block.thrown())
    return error_of(block.thrown());
  if constexpr (std::is_void_v<T>)
    return {};
  else
    return take(block);
}

/// What stands for a task's value in a tuple.
template <class T>
using value_or_unit = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
value_or_unit<T> take_or_unit(result_block<T>& block) {
  if constexpr (std::is_void_v<T>)
    return {};
  else
    return take(block);
}

} // namespace detail

/// Runs tasks side by side, each in an actor of its own, and gives their values
/// in the order of the arguments.
///
///     auto pages = co_await gather(std::move(jobs));
///     auto [a, b] = co_await gather(count(), name());
///
/// Fails:  throws what the first task to fail threw. By default the others are
///         cancelled before, and waited for.
/// Cancel: cancels the tasks, whose end is still waited for.
template <class T>
task<std::vector<T>> gather(std::vector<task<T>> jobs,
                            gather_options options = gather_options{}) {
  auto tasks = detail::make_blocks(jobs);
  co_await detail::run_children({tasks.begin(), tasks.end()}, options.rules());
  std::vector<T> result;
  result.reserve(tasks.size());
  for (auto& one : tasks)
    result.push_back(detail::take(*one));
  co_return result;
}

inline task<void> gather(std::vector<task<void>> jobs,
                         gather_options options = gather_options{}) {
  auto tasks = detail::make_blocks(jobs);
  co_await detail::run_children({tasks.begin(), tasks.end()}, options.rules());
}

/// @return A tuple; `std::monostate` stands for no value.
template <class... Ts>
requires(sizeof...(Ts) > 0)
  task<std::tuple<detail::value_or_unit<Ts>...>> gather(task<Ts>... jobs) {
  std::tuple tasks{
    detail::make_block(std::move(jobs), detail::name_or_number({}))...};
  auto all = std::apply(
    [](const auto&... one) { return detail::blocks{one...}; }, tasks);
  co_await detail::run_children(std::move(all), supervisor_options{});
  co_return std::apply(
    [](const auto&... one) {
      return std::tuple{detail::take_or_unit(*one)...};
    },
    tasks);
}

/// Waits for tasks that run already, and gives copies of their values in the
/// order of the arguments; a handle may stand there several times.
///
/// Fails:  throws at once what the first task to fail threw, or `cancelled` if
///         it was cancelled; the others run on (asyncio row G2).
///         `would_deadlock` for the task itself.
/// Cancel: cancels the tasks, whose end is still waited for.
template <class T>
task<std::vector<T>> gather(std::vector<handle<T>> tasks) {
  co_await detail::wait_for_successes(
    detail::blocks_of(detail::unique_handles(tasks)));
  std::vector<T> result;
  result.reserve(tasks.size());
  for (const auto& one : tasks)
    result.push_back(co_await one);
  co_return result;
}

inline task<void> gather(std::vector<handle<void>> tasks) {
  co_await detail::wait_for_successes(
    detail::blocks_of(detail::unique_handles(tasks)));
}

/// Runs tasks as `gather` does, where failures and cancels of tasks are
/// outcomes: it waits for all whatever happens. A task that was not started has
/// the error `cancelled`, or `timed_out` past the deadline.
///
/// Cancel: cancels the tasks, whose end is still waited for.
template <class T>
task<std::vector<expected<T>>>
gather_outcomes(std::vector<task<T>> jobs,
                outcomes_options options = outcomes_options{}) {
  auto tasks = detail::make_blocks(jobs);
  auto rules = options.rules();
  co_await detail::run_children({tasks.begin(), tasks.end()},
                                rules.on_error(on_error::collect));
  std::vector<expected<T>> result;
  result.reserve(tasks.size());
  for (auto& one : tasks)
    result.push_back(detail::outcome(*one));
  co_return result;
}

} // namespace troupe
