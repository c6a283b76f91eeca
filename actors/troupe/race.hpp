#pragma once

#include "troupe/core/supervisor_options.hpp"
#include "troupe/detail/children_options.hpp"
#include "troupe/gather.hpp"
#include "troupe/task.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace troupe {

/// How `first_success` runs its tasks: `stagger` starts one after the other.
class race_options : public detail::children_options<race_options> {
public:
  race_options() {} // NOLINT(modernize-use-equals-default): no aggregate
};

namespace detail {

/// The first of them that succeeded.
///
/// Fails: throws `error_group` with what they threw, or `failure`
///        (`invalid_argument`) if there was none.
std::size_t winner_of(const blocks& tasks);

template <class T>
task<T> run_race(std::vector<task<T>> jobs, supervisor_options options) {
  auto tasks = make_blocks(jobs);
  blocks all{tasks.begin(), tasks.end()};
  co_await run_children(all, options.enough(1));
  co_return take(*tasks[winner_of(all)]);
}

} // namespace detail

/// Runs tasks side by side until the first has ended, and gives its value; the
/// others are cancelled, and waited for.
///
/// Fails:  throws what the first to end threw, if it failed.
/// Cancel: cancels the tasks, whose end is still waited for.
template <class T>
task<T> race(std::vector<task<T>> jobs) {
  return detail::run_race(std::move(jobs), supervisor_options{});
}

/// The same until the first has succeeded; failures are passed over.
/// `race_options{}.stagger(250ms)` begins with one task, and begins the next
/// when that time has passed or one has failed ("happy eyeballs").
///
/// Fails:  throws `error_group` with what all threw, in the order of the
///         arguments, if none succeeds; `failure` (`invalid_argument`) for no
///         task at all.
/// Cancel: as `race`.
template <class T>
task<T> first_success(std::vector<task<T>> jobs,
                      const race_options& options = race_options{}) {
  auto rules = options.rules();
  return detail::run_race(std::move(jobs), rules.on_error(on_error::collect));
}

} // namespace troupe
