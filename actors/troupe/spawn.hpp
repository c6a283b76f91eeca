#pragma once

#include "troupe/core/time.hpp"
#include "troupe/detail/coroutine_block.hpp"
#include "troupe/detail/operation.hpp"
#include "troupe/handle.hpp"
#include "troupe/task.hpp"

#include <string>
#include <utility>

namespace caf {
class actor_system;
} // namespace caf

namespace troupe {

/// How a task is spawned. Setters chain.
class spawn_options {
public:
  spawn_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// For logs and trees. Default: "task-N".
  spawn_options& name(std::string x) {
    name_ = std::move(x);
    return *this;
  }
  /// When the task is cancelled, to end as `timed_out`. Default: never.
  spawn_options& deadline(time_point x) {
    deadline_ = x;
    return *this;
  }

  /// Whether it runs up to its first await before `spawn` returns, in the
  /// thread of the running task. Default: no. Not in a group, which starts its
  /// tasks when it is their turn.
  spawn_options& eager_start(bool x = true) {
    eager_start_ = x;
    return *this;
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] time_point deadline() const { return deadline_; }
  [[nodiscard]] bool eager_start() const { return eager_start_; }

private:
  std::string name_;
  time_point deadline_ = never;
  bool eager_start_ = false;
};

namespace detail {

void launch(const std::shared_ptr<task_block>& task,
            const spawn_options& options);
void launch(caf::actor_system& system, const std::shared_ptr<task_block>& task,
            const spawn_options& options);
/// Throws `failure` (`invalid_argument`) if a task of a group is to start
/// eagerly.
void check_for_group(const spawn_options& options);
std::string name_or_number(const std::string& name);

} // namespace detail

/// Runs a task in an actor of its own, from now on and whether or not somebody
/// waits for it. It inherits no deadline: it may outlive its maker. `run` ends
/// by cancelling what is left.
///
/// Fails: throws `failure`: `invalid_argument` for a task that borrows (see
///        `task`), `no_running_system` outside of any task.
template <class T>
handle<T> spawn(task<T> work, const spawn_options& options = spawn_options{}) {
  auto block =
    detail::make_block(std::move(work), detail::name_or_number(options.name()));
  detail::launch(block, options);
  return detail::handle_access::make<T>(std::move(block));
}

/// The same for what a lock, a queue or another one lets wait.
template <detail::is_operation Op>
auto spawn(Op op, const spawn_options& options = spawn_options{}) {
  return spawn(detail::as_task(std::move(op)), options);
}

/// The same for a program that has a CAF system, from anywhere.
///
/// The system waits in its destructor for the task, as for any actor.
///
/// Fails:   throws `failure`: `invalid_argument` for a task that borrows,
///          `no_running_system` for one that is to start eagerly outside of any
///          task.
/// Threads: any.
template <class T>
handle<T> spawn(caf::actor_system& system, task<T> work,
                const spawn_options& options = spawn_options{}) {
  auto block =
    detail::make_block(std::move(work), detail::name_or_number(options.name()));
  detail::launch(system, block, options);
  return detail::handle_access::make<T>(std::move(block));
}
template <detail::is_operation Op>
auto spawn(caf::actor_system& system, Op op,
           const spawn_options& options = spawn_options{}) {
  return spawn(system, detail::as_task(std::move(op)), options);
}

} // namespace troupe
