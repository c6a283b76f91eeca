#pragma once

#include "troupe/cancelled.hpp"
#include "troupe/core/supervisor_options.hpp"
#include "troupe/detail/children_options.hpp"
#include "troupe/detail/coroutine_block.hpp"
#include "troupe/detail/group_scope.hpp"
#include "troupe/detail/group_state.hpp"
#include "troupe/error_group.hpp"
#include "troupe/handle.hpp"
#include "troupe/spawn.hpp"
#include "troupe/task.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace troupe {

namespace detail {
struct group_access;
} // namespace detail

/// How a group treats its tasks. Setters chain.
class group_options : public detail::children_options<group_options> {
public:
  group_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// What the first task that fails means for the others. Default:
  /// `cancel_siblings`.
  group_options& on_error(troupe::on_error x) {
    return set(edit().on_error(x));
  }
  /// How many successes are enough: then the others are cancelled, and the
  /// body, as `group::cancel` does, and the group has succeeded whatever failed
  /// before. Default: unlimited.
  group_options& enough(std::size_t x) { return set(edit().enough(x)); }
  /// Which tasks `group::supervise` starts again. Each time is logged, at
  /// `info`, and at `error` the last one, which is too often. Default:
  /// `temporary`, none.
  group_options& restart(troupe::restart x) { return set(edit().restart(x)); }
  /// Which others are started again with it. Default: `one_for_one`.
  group_options& strategy(restart_strategy x) {
    return set(edit().strategy(x));
  }
  /// Most restarts within some time; one more and the group fails with
  /// `restart_intensity`. Default: 1 within 5 s, as in OTP.
  group_options& intensity(std::size_t restarts, duration within) {
    return set(edit().intensity(restarts, within));
  }
  /// How long a restart waits: drawn between half of `first` and `first`, which
  /// doubles with each restart within the time of `intensity`, up to `most`.
  /// Default: not at all.
  group_options& backoff(duration first, duration most) {
    return set(edit().backoff(first, most));
  }
};

/// How far a group is.
struct group_progress {
  std::uint64_t total = 0; ///< Added so far.
  std::uint64_t started = 0;
  std::uint64_t running = 0; ///< Of those started, neither parked nor ended.
  std::uint64_t paused = 0;
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> paused_by;
};

/// How to pause. Setters chain.
class pause_options {
public:
  pause_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// Longest wait for the tasks to stand still. Default: forever.
  pause_options& limit(duration x) {
    limit_ = x;
    return *this;
  }
  [[nodiscard]] duration limit() const { return limit_; }

private:
  duration limit_ = forever;
};

/// Tasks that belong together: none outlives the body of `with_group`, which
/// makes one, and a failure of one cancels the others.
///
/// Cheap to copy: all copies mean the same group.
///
/// Threads: from any task, also those of the group.
// NOLINTNEXTLINE(cppcoreguidelines-special-member-functions): see its copies
class group {
public:
  /// Use `with_group`.
  explicit group(std::shared_ptr<detail::group_state> state)
    : state_(std::move(state)) {}
  // One that is moved from is still the same group.
  group(const group&) = default;
  group& operator=(const group&) = default;
  ~group() = default;

  /// Runs a task in an actor of its own, as soon as the group's limit allows.
  ///
  /// Fails: throws `failure`: `closed` once the group ends, `invalid_argument`
  ///        for a task that borrows (see `task`) or is to start eagerly, and in
  ///        a group that restarts tasks: that takes what makes them, see
  ///        `supervise`.
  template <class T>
  handle<T> spawn(task<T> work,
                  const spawn_options& options = spawn_options{}) {
    detail::check_for_group(options);
    auto block = detail::make_block(std::move(work),
                                    detail::name_or_number(options.name()));
    block->deadline = options.deadline();
    state_->spawn({block});
    return detail::handle_access::make<T>(std::move(block));
  }

  /// Runs `make()`, a task, and again when it ends, as the group's restart
  /// policy says. `make` is called from another actor: it captures values only.
  ///
  ///     group_options{}.restart(restart::transient).intensity(3, 5s)
  ///
  /// Fails: as `spawn`; the group fails with `restart_intensity` when a task
  ///        ends too often.
  template <class Make>
  void supervise(Make make, const spawn_options& options = spawn_options{}) {
    detail::check_for_group(options);
    auto name = detail::name_or_number(options.name());
    state_->supervise(
      [make = std::move(make), name,
       deadline =
         options.deadline()]() mutable -> std::shared_ptr<detail::task_block> {
        auto block = detail::make_block(make(), name);
        block->deadline = deadline;
        return block;
      });
  }

  /// Cancels every task and the body, which ends without an error. Harmless
  /// once the group has ended.
  void cancel(cancel_reason reason = cancel_reason::requested,
              std::string text = {}) const {
    state_->cancel(cancelled{reason, std::move(text)});
  }

  /// Holds every task at its next await, with all that works for it; nothing
  /// starts meanwhile. The body goes on.
  ///
  /// @return To be awaited: gives a `pause_guard` once all stand still; its
  ///         `resume`, or its end, lets them go on.
  /// Fails:  throws `failure`: `timed_out`, which names those that do not stand
  ///         still within the limit, and then the pause is undone;
  ///         `would_deadlock` in a task of the group.
  /// Cancel: at once; the pause is undone. A cancel of the group, or of a task,
  ///         wins over the pause.
  [[nodiscard]] detail::pause_group_op
  pause(const pause_options& options = pause_options{}) const {
    return {state_, options.limit()};
  }

  /// @return To be awaited: gives the `group_progress` of now.
  [[nodiscard]] detail::progress_op progress() const {
    return detail::progress_op{state_};
  }

private:
  friend struct detail::group_access;

  std::shared_ptr<detail::group_state> state_;
};

/// Runs `body(group)`, a task, here, and then waits for all tasks of the group.
///
///     co_await with_group([&](group& g) -> task<void> {
///       g.spawn(fetch(one));
///       g.spawn(fetch(two));
///       co_return;
///     });
///
/// If a task or the body fails, the body and the other tasks are cancelled; if
/// only a task is cancelled, nothing else is. A body that catches the cancel
/// goes on, in a group that takes no further tasks: its value, or what else it
/// throws, counts as if it had not been cancelled, and errors of tasks are
/// thrown all the same. If the cancel was one from outside, the tasks have not
/// heard of it, and run on until they end: let it through, or `cancel` the
/// group.
///
/// A group that is cancelled ends without an error, but for a body that gives a
/// value and was cancelled before: that throws `cancelled`.
///
/// Fails:  throws `error_group` with what the tasks and the body threw;
///         `failure` (`timed_out`) after the group's deadline.
/// Cancel: cancels all tasks, whose end is still waited for.
/// Order:  tasks start in the order in which they were spawned.
template <class Body>
std::invoke_result_t<Body&, group&>
with_group(Body body, group_options options = group_options{}) {
  using result = typename std::invoke_result_t<Body&, group&>::value_type;
  detail::group_scope scope{options.rules()};
  group tasks{scope.state()};
  std::exception_ptr thrown;
  if constexpr (std::is_void_v<result>) {
    try {
      co_await body(tasks);
    } catch (...) {
      thrown = std::current_exception();
    }
    co_await scope.leave(thrown, false);
  } else {
    std::optional<result> value;
    try {
      value.emplace(co_await body(tasks));
    } catch (...) {
      thrown = std::current_exception();
    }
    co_await scope.leave(thrown, true);
    co_return std::move(*value);
  }
}

} // namespace troupe
