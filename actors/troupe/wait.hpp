#pragma once

#include "troupe/core/time.hpp"
#include "troupe/detail/completion_queue.hpp"
#include "troupe/handle.hpp"
#include "troupe/task.hpp"

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <ranges>
#include <unordered_set>
#include <utility>
#include <vector>

namespace troupe {

/// When `wait` returns.
enum class wait_until {
  /// All have ended.
  all_completed,
  /// One has ended.
  first_completed,
  /// One has failed, or all have ended. A cancelled one has not failed.
  first_exception,
};

inline constexpr auto all_completed = wait_until::all_completed;
inline constexpr auto first_completed = wait_until::first_completed;
inline constexpr auto first_exception = wait_until::first_exception;

/// What `wait` gives: the handles, in the order given, without repetitions.
template <class Handle>
struct waited {
  std::vector<Handle> done;
  std::vector<Handle> pending;
};

namespace detail {

/// A range of handles: not a bare task, which nothing would run.
template <class Range>
concept handles = std::ranges::input_range<Range> && std::derived_from<
  std::ranges::range_value_t<Range>, any_handle>;

template <handles Range>
auto unique_handles(Range&& all) {
  std::vector<std::ranges::range_value_t<Range>> result;
  std::unordered_set<const task_block*> seen;
  for (const auto& one : all)
    if (seen.insert(handle_access::block(one).get()).second)
      result.push_back(one);
  return result;
}

template <class Handle>
std::vector<std::shared_ptr<task_block>>
blocks_of(const std::vector<Handle>& all) {
  std::vector<std::shared_ptr<task_block>> result;
  result.reserve(all.size());
  for (const auto& one : all)
    result.push_back(handle_access::block(one));
  return result;
}

[[noreturn]] void throw_no_handles();
/// @param limit That passed.
[[noreturn]] void throw_timed_out(duration limit);

/// Waits until the condition holds or the time is over.
task<void> wait_for_ends(std::vector<std::shared_ptr<task_block>> tasks,
                         bool stop_at_any, bool stop_at_failure,
                         duration limit);

/// Waits until all have succeeded.
///
/// Fails:  throws at once what the first that did not threw.
/// Cancel: cancels them, and waits for their end.
task<void> wait_for_successes(std::vector<std::shared_ptr<task_block>> tasks);

template <class Handle>
task<waited<Handle>> wait_for_handles(std::vector<Handle> all,
                                      wait_until condition, duration limit) {
  co_await wait_for_ends(blocks_of(all),
                         condition == wait_until::first_completed,
                         condition == wait_until::first_exception, limit);
  waited<Handle> result;
  for (auto& one : all) {
    auto& list = one.done() ? result.done : result.pending;
    list.push_back(std::move(one));
  }
  co_return result;
}

} // namespace detail

/// Waits for several tasks, which it neither owns nor cancels; their failures
/// stay in them.
///
/// @param limit Longest wait; past it the others are `pending`.
/// Fails:  throws `failure` (`invalid_argument`) for no handle at all.
/// Cancel: at once; the tasks run on.
template <detail::handles Range>
auto wait(Range&& handles, wait_until condition = all_completed,
          duration limit = forever) {
  auto all = detail::unique_handles(handles);
  if (all.empty())
    detail::throw_no_handles();
  return detail::wait_for_handles(std::move(all), condition, limit);
}

/// Gives handles in the order in which their tasks end.
///
///     auto ended = as_completed(handles);
///     while (auto h = co_await ended.next())
///       use(co_await *h);
///
/// The tasks are neither owned nor cancelled. Cheap to copy: several tasks may
/// share the work, as each handle is given once.
///
/// Order:   who waits is served first come, first served.
/// Threads: any; awaited from tasks.
template <class Handle>
// NOLINTNEXTLINE(cppcoreguidelines-special-member-functions): see its copies
class completions {
public:
  /// Use `as_completed`.
  completions(std::vector<Handle> handles, duration limit)
    : ended_(detail::completion_queue::make(detail::blocks_of(handles),
                                            detail::until(limit))),
      handles_(std::make_shared<const std::vector<Handle>>(std::move(handles))),
      limit_(limit) {}
  // One that is moved from still gives the same.
  completions(const completions&) = default;
  completions& operator=(const completions&) = default;
  ~completions() = default;

  /// Waits for the next task to end.
  ///
  /// @return To be awaited, or run by another task: gives its handle, or
  ///         nothing once all were given.
  /// Fails:  throws `failure`: `timed_out` when the time is over;
  ///         `would_deadlock` when none of those that are left can end, and
  ///         there is no limit.
  /// Cancel: at once; nothing is lost.
  [[nodiscard]] task<std::optional<Handle>> next() const {
    return next_of(ended_, handles_, limit_);
  }

private:
  using queue_ptr = std::shared_ptr<detail::completion_queue>;
  using handles_ptr = std::shared_ptr<const std::vector<Handle>>;

  static task<std::optional<Handle>>
  next_of(queue_ptr ended, handles_ptr handles, duration limit) {
    if (auto index = co_await ended->next())
      co_return (*handles)[*index];
    if (ended->left() != 0)
      detail::throw_timed_out(limit);
    co_return std::nullopt;
  }

  queue_ptr ended_;
  handles_ptr handles_;
  duration limit_;
};

/// @param limit Time for all of them, from now on.
template <detail::handles Range>
[[nodiscard]] auto as_completed(Range&& handles, duration limit = forever) {
  using handle_type = std::ranges::range_value_t<Range>;
  return completions<handle_type>{detail::unique_handles(handles), limit};
}

} // namespace troupe
