#pragma once

#include "troupe/cancelled.hpp"
#include "troupe/core/supervisor_options.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/suspension.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/msg/error.hpp"

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace troupe {
class add_children;
} // namespace troupe

namespace troupe::detail {

/// What a group's handles and its tasks share: its supervisor, and the tasks
/// whose ends have not been looked at.
///
/// Threads: any, unless said otherwise.
class group_state final : public std::enable_shared_from_this<group_state> {
public:
  /// Spawns the supervisor. From a task only.
  ///
  /// @param keep_values Whether it keeps what children give, which tasks do
  ///                    themselves.
  static std::shared_ptr<group_state> make(const supervisor_options& options,
                                           bool keep_values = false);

  group_state(fiber& owner, const supervisor_options& options,
              bool keep_values);
  group_state(const group_state&) = delete;
  group_state& operator=(const group_state&) = delete;
  ~group_state();

  [[nodiscard]] const actor_ref& supervisor() const noexcept {
    return supervisor_;
  }
  /// The task that made it, if it still exists.
  [[nodiscard]] std::shared_ptr<task_block> parent() const {
    return parent_.lock();
  }
  [[nodiscard]] troupe::on_error on_error() const noexcept {
    return options_.on_error();
  }

  /// Adds children of any kind. From a task only.
  void add(add_children children);

  /// Adds tasks. From a task only.
  ///
  /// Fails: throws `failure`: `closed` once the group ends, `invalid_argument`
  ///        if it starts again what has ended: a task runs once.
  void spawn(const std::vector<std::shared_ptr<task_block>>& tasks);

  /// Adds the tasks that `next` makes, each when it can start, until it gives
  /// none; in the supervisor's actor. What `next` throws is how the task
  /// failed. From a task only.
  void spawn_made(std::function<std::shared_ptr<task_block>()> next);

  /// Adds a task that is made anew for each of its runs. From a task only.
  void supervise(std::function<std::shared_ptr<task_block>()> make);

  /// Makes what still runs a part of the group around it, or of none.
  void leave_to_enclosing();

  /// No further tasks come, but from those that run.
  void close();

  /// All tasks have ended: it takes no further ones.
  void ended() noexcept { closed_.store(true, std::memory_order_release); }

  /// Asks every child to end.
  void cancel(const cancelled& why);

  /// A task of the group failed: it takes no further ones if the others are
  /// cancelled then.
  void child_failed() noexcept;

  /// Whether it takes no further tasks, as it is cancelled or has ended.
  [[nodiscard]] bool closed() const noexcept {
    return closed_.load(std::memory_order_acquire);
  }

  /// Whether the running task keeps some paused, so that the end of all would
  /// not come.
  [[nodiscard]] bool waits_in_vain() const;

  /// The tasks whose guards keep it paused.
  [[nodiscard]] holders& held_by() noexcept { return held_by_; }

  /// The tasks that have not started.
  [[nodiscard]] std::vector<std::shared_ptr<task_block>> not_started() const;

  /// The tasks that failed or were cancelled, in that order; those that did not
  /// are forgotten.
  [[nodiscard]] std::vector<std::shared_ptr<task_block>> take_ended();

private:
  void adopt(task_block& task);
  void check_open() const;
  void check_runs_once() const;
  void forget_ended();

  supervisor_options options_;
  std::weak_ptr<runtime> system_;
  std::weak_ptr<task_block> parent_;
  time_limit_ptr limit_; // of its tasks; null if there is none
  actor_ref supervisor_;
  std::atomic<bool> closed_{false};
  holders held_by_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<task_block>> tasks_;
  std::size_t sweep_at_ = 64;
};

/// How a group ended, as its supervisor tells.
struct group_end {
  bool failed = false;
  cancel_reason reason{}; // why it was cancelled, if it was
  error why;
};

/// Waits for the end of a group. A cancel of the task cancels the group, whose
/// end is still waited for.
class group_join : public suspension {
public:
  explicit group_join(std::shared_ptr<group_state> group)
    : group_(std::move(group)) {}
  group_join(const group_join&) = delete;
  group_join& operator=(const group_join&) = delete;
  ~group_join();

  void await_suspend(std::coroutine_handle<> coroutine);
  group_end await_resume();

  /// The cancel that came meanwhile.
  [[nodiscard]] const std::optional<cancelled>& cancelled_by() const noexcept {
    return cancelled_by_;
  }

private:
  void on_answer(content& what) final;
  bool on_cancel(const cancelled& why) final;
  /// The task is cancelled once more, while it waits for the end.
  virtual void on_further_cancel(const cancelled&) {}
  /// The answer, of `GroupResult` and what the children gave.
  virtual void take_values(content&) {}

  std::shared_ptr<group_state> group_;
  std::optional<cancelled> cancelled_by_;
  group_end end_;
};

} // namespace troupe::detail
