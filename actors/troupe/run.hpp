#pragma once

#include "troupe/core/time.hpp"
#include "troupe/detail/coroutine_block.hpp"
#include "troupe/log.hpp"
#include "troupe/task.hpp"

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
  std::vector<std::function<void(caf::actor_system_config&)>> configure_;
};

namespace detail {

/// Runs a task in a system of its own, and ends that.
void run_to_end(const std::shared_ptr<task_block>& main,
                const run_options& options, bool take_signals);

/// The exit code of a program whose main task ended so: prints why it failed.
int exit_code(const task_block& main);

} // namespace detail

/// Runs a program's main task, and what it spawns, until the main task has
/// ended; what is left is cancelled and waited for.
///
///     int main() { return troupe::run(amain()); }
///
/// SIGINT cancels the main task, a second one ends the process at once; SIGUSR1
/// prints all tasks to stderr.
///
/// @return 0 or the task's value; 1 after a failure, which is printed; 130
///         after a cancel.
int run(task<void> main, const run_options& options = run_options{});
int run(task<int> main, const run_options& options = run_options{});

/// The same inside a program that handles signals itself, and wants a value.
///
/// Fails: throws what the task threw.
template <class T>
T block_on(task<T> main, const run_options& options = run_options{}) {
  auto block =
    std::make_shared<detail::coroutine_block<T>>(std::move(main), "main");
  detail::run_to_end(block, options, false);
  block->collect();
  if (block->thrown())
    std::rethrow_exception(block->thrown());
  if constexpr (!std::is_void_v<T>)
    return block->steal();
}

} // namespace troupe
