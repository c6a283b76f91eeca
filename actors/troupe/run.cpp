#include "troupe/run.hpp"

#include "troupe/core/scheduler.hpp"
#include "troupe/detail/outcome.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/detail/shut_down.hpp"
#include "troupe/detail/signals.hpp"
#include "troupe/msg/setup.hpp"
#include "troupe/spawn.hpp"
#include "troupe/tree.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <future>

namespace troupe {

namespace detail {

namespace {

/// CAF's system, with its configuration.
class own_system {
public:
  explicit own_system(const run_options& options)
    : config_(prepared(options)),
      system_(std::make_unique<caf::actor_system>(*config_)) {}

  [[nodiscard]] caf::actor_system& get() const noexcept { return *system_; }

  /// It stays until the process ends, for actors that refer to it.
  void leave_behind() noexcept {
    static_cast<void>(system_.release());
    static_cast<void>(config_.release());
  }

private:
  static std::unique_ptr<caf::actor_system_config>
  prepared(const run_options& options) {
    auto result = std::make_unique<caf::actor_system_config>();
    configure(*result);
    for (const auto& add : options.configure())
      add(*result);
    use_scheduler(*result, options.threads());
    return result;
  }

  std::unique_ptr<caf::actor_system_config> config_;
  std::unique_ptr<caf::actor_system> system_;
};

void print_tasks(const std::weak_ptr<runtime>& system) {
  if (auto alive = system.lock())
    std::fputs(to_string(tree(*alive)).c_str(), stderr);
}

/// @param interrupted Set by the first interrupt.
///
/// @param others For handlers of the program's own: they may be slow.
void take_signals(signals& all, signals& others, const run_options& options,
                  bool interrupts, const std::weak_ptr<runtime>& system,
                  const std::weak_ptr<task_block>& main,
                  std::atomic<bool>& interrupted) {
  auto interrupt = [main, &interrupted] {
    interrupted = true;
    if (auto task = main.lock())
      task->cancel(cancelled{cancel_reason::shutdown, "interrupted"});
  };
  if (interrupts)
    for (auto signal : {SIGINT, SIGTERM})
      all.on_interrupt(signal, interrupt);
  if (auto dump = options.dump_signal().value_or(interrupts ? SIGUSR1 : 0))
    all.on(dump, [system] { print_tasks(system); });
  for (const auto& [signal, handle] : options.on_signal()) {
    all.check_free(signal);
    others.on(signal, handle);
  }
  all.start();
  others.start();
}

} // namespace

bool run_to_end(const std::shared_ptr<task_block>& main,
                const run_options& options, bool take_interrupts) {
  if (options.log_level())
    set_log_level(*options.log_level());
  std::atomic<bool> interrupted{false};
  signals handled; // until all tasks have ended
  signals others;
  own_system system{options};
  auto tasks = runtime::of(system.get());
  if (options.blocking_threads() != 0)
    tasks->set_threads(options.blocking_threads());
  take_signals(handled, others, options, take_interrupts, tasks, main,
               interrupted);
  if (options.report_stuck() != forever)
    spawn(system.get(), report_stuck(options.report_stuck()),
          spawn_options{}.name("report_stuck"));
  auto ended = std::make_shared<std::promise<void>>();
  main->on_done([ended] { ended->set_value(); });
  main->created_at = tasks->now();
  tasks->launch(main);
  ended->get_future().wait();
  handled.expect_end();
  if (!shut_down(system.get(), tasks, options.grace()))
    system.leave_behind();
  return interrupted;
}

namespace {

/// The exit code of a program whose main task did not succeed: prints why.
int exit_code(const task_block& main, bool interrupted) {
  auto why = error_of(main.thrown());
  if (main.state() != task_block::phase::cancelled) {
    std::fprintf(stderr, "error: %s\n", to_string(why).c_str());
    return 1;
  }
  if (!interrupted)
    std::fprintf(stderr, "the main task was cancelled: %s\n",
                 why.message().c_str());
  return 130;
}

} // namespace

namespace {

/// The exit code where there is no main task to run: says so.
int no_main() {
  std::fputs("error: already_taken: the main task was awaited or moved from\n",
             stderr);
  return 1;
}

} // namespace

} // namespace detail

int run(task<void> main, const run_options& options) {
  if (!main)
    return detail::no_main();
  auto block = detail::make_main(std::move(main));
  auto interrupted = detail::run_to_end(block, options, true);
  block->collect();
  return block->thrown() ? detail::exit_code(*block, interrupted) : 0;
}

int run(task<int> main, const run_options& options) {
  if (!main)
    return detail::no_main();
  auto block = detail::make_main(std::move(main));
  auto interrupted = detail::run_to_end(block, options, true);
  block->collect();
  return block->thrown() ? detail::exit_code(*block, interrupted)
                         : block->steal();
}

} // namespace troupe
