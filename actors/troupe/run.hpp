#pragma once

#include "troupe/core/time.hpp"
#include "troupe/detail/coroutine_block.hpp"
#include "troupe/log.hpp"
#include "troupe/task.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace caf {
class actor_system;
class actor_system_config;
} // namespace caf

namespace troupe {

/// How a program runs. Setters chain.
class run_options {
public:
  run_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// Threads that run tasks; 1 runs every task on one thread, as asyncio does.
  /// Default: one a core.
  run_options& threads(std::size_t x) {
    threads_ = x;
    return *this;
  }
  /// Most threads for `to_thread`. Default: as in Python, cores + 4, at most
  /// 32.
  run_options& blocking_threads(std::size_t x) {
    blocking_threads_ = x;
    return *this;
  }
  /// Default: `warning`.
  run_options& log_level(troupe::log_level x) {
    log_level_ = x;
    return *this;
  }
  /// A task that has not moved for so long is logged, with what it waits for.
  /// Default: never.
  run_options& report_stuck(duration x) {
    report_stuck_ = x;
    return *this;
  }
  /// How long what is left when the main task has ended, and is cancelled then,
  /// may take to end: tasks, blocking calls, downloads, actors of the program's
  /// own. What is left after that is logged by name, and ended or abandoned.
  /// `forever` waits for it. Default: 2 s.
  run_options& grace(duration x) {
    grace_ = x;
    return *this;
  }
  /// Calls `handle` whenever the signal comes, in a thread of its own, where
  /// everything is allowed: to cancel a task, to set a promise, to log. Signals
  /// that come meanwhile wait for it, but for those that `run` takes itself;
  /// so does the end of `run`. What it throws is logged.
  ///
  ///     run_options{}.on_signal(SIGHUP, [reload] { reload.set(); })
  ///
  /// Fails: `run` throws `failure` (`invalid_argument`) for a signal that
  ///        cannot be handled, or that it takes itself.
  run_options& on_signal(int signal, std::function<void()> handle) {
    on_signal_.emplace_back(signal, std::move(handle));
    return *this;
  }
  /// The signal that prints all tasks to stderr; 0 for none. Default: SIGUSR1
  /// for `run`, none for `block_on`.
  run_options& dump_signal(int x) {
    dump_signal_ = x;
    return *this;
  }
  /// Called with the CAF configuration, to add the program's own messages:
  /// `troupe::add_messages<caf::id_block::bank>`.
  run_options& configure(std::function<void(caf::actor_system_config&)> x) {
    configure_.push_back(std::move(x));
    return *this;
  }

  [[nodiscard]] std::size_t threads() const { return threads_; }
  [[nodiscard]] std::size_t blocking_threads() const {
    return blocking_threads_;
  }
  [[nodiscard]] std::optional<troupe::log_level> log_level() const {
    return log_level_;
  }
  [[nodiscard]] duration report_stuck() const { return report_stuck_; }
  [[nodiscard]] duration grace() const { return grace_; }
  [[nodiscard]] const std::vector<std::pair<int, std::function<void()>>>&
  on_signal() const {
    return on_signal_;
  }
  [[nodiscard]] std::optional<int> dump_signal() const { return dump_signal_; }
  [[nodiscard]] const std::vector<
    std::function<void(caf::actor_system_config&)>>&
  configure() const {
    return configure_;
  }

private:
  std::size_t threads_ = 0;
  std::size_t blocking_threads_ = 0;
  std::optional<troupe::log_level> log_level_;
  duration report_stuck_ = forever;
  duration grace_ = std::chrono::seconds{2};
  std::vector<std::pair<int, std::function<void()>>> on_signal_;
  std::optional<int> dump_signal_;
  std::vector<std::function<void(caf::actor_system_config&)>> configure_;
};

namespace detail {

/// Runs a task in a system of its own, and ends that.
///
/// @return Whether somebody interrupted it by a signal.
bool run_to_end(const std::shared_ptr<task_block>& main,
                const run_options& options, bool take_interrupts);

/// Fails: throws `failure` (`already_taken`) for a task that was moved from.
template <class T>
std::shared_ptr<coroutine_block<T>> make_main(task<T> main) {
  check_sendable(static_cast<bool>(main), false, "main");
  return std::make_shared<coroutine_block<T>>(std::move(main), "main");
}

} // namespace detail

/// Runs a program's main task, and what it spawns, until the main task has
/// ended. What is left is cancelled then, and ended after a grace; see
/// `run_options::grace`.
///
///     int main() { return troupe::run(amain()); }
///
/// SIGINT and SIGTERM cancel the main task; the second one ends the process at
/// once, and so does the first one once the main task has ended. SIGUSR1 prints
/// all tasks to stderr. They work whenever other threads were made, and
/// processes that the program starts get them as usual.
///
/// @return 0 or the task's value; 1 after a failure, which is printed; 130
///         after a cancel, which is printed unless it came by a signal.
int run(task<void> main, const run_options& options = run_options{});
int run(task<int> main, const run_options& options = run_options{});

/// The same inside a program that handles SIGINT and SIGTERM itself, and wants
/// a value. A lock or queue in that value has been ended.
///
/// Fails: throws what the task threw.
template <class T>
T block_on(task<T> main, const run_options& options = run_options{}) {
  auto block = detail::make_main(std::move(main));
  detail::run_to_end(block, options, false);
  block->collect();
  if (block->thrown())
    std::rethrow_exception(block->thrown());
  if constexpr (!std::is_void_v<T>)
    return block->steal();
}

} // namespace troupe
