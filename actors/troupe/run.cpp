#include "troupe/run.hpp"

#include "troupe/core/scheduler.hpp"
#include "troupe/detail/outcome.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/detail/signals.hpp"
#include "troupe/detail/thread_pool.hpp"
#include "troupe/msg/setup.hpp"
#include "troupe/spawn.hpp"
#include "troupe/tree.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <cstdio>
#include <future>

namespace troupe {

namespace detail {

void run_to_end(const std::shared_ptr<task_block>& main,
                const run_options& options, bool take_signals) {
  std::optional<signals> handled; // until all tasks have ended
  if (take_signals)
    handled.emplace(); // before any thread exists, which would get them
  if (options.log_level())
    set_log_level(*options.log_level());
  caf::actor_system_config config;
  configure(config);
  for (const auto& add : options.configure())
    add(config);
  use_scheduler(config, options.threads());
  caf::actor_system system{config};
  auto tasks = runtime::of(system);
  if (options.blocking_threads() != 0)
    tasks->set_threads(options.blocking_threads());
  if (handled)
    handled->start(tasks, main);
  if (options.report_stuck() != forever)
    spawn(system, report_stuck(options.report_stuck()),
          spawn_options{}.name("report_stuck"));
  std::promise<void> ended;
  main->on_done([&] { ended.set_value(); });
  main->created_at = tasks->now();
  tasks->launch(main);
  ended.get_future().wait();
  tasks->shut_down();
  tasks->threads().wait_idle();
}

int exit_code(const task_block& main) {
  if (main.state() == task_block::phase::cancelled)
    return 130;
  auto why = error_of(main.thrown());
  std::fprintf(stderr, "error: %s\n", to_string(why).c_str());
  return 1;
}

} // namespace detail

int run(task<void> main, const run_options& options) {
  auto block =
    std::make_shared<detail::coroutine_block<void>>(std::move(main), "main");
  detail::run_to_end(block, options, true);
  block->collect();
  return block->thrown() ? detail::exit_code(*block) : 0;
}

int run(task<int> main, const run_options& options) {
  auto block =
    std::make_shared<detail::coroutine_block<int>>(std::move(main), "main");
  detail::run_to_end(block, options, true);
  block->collect();
  return block->thrown() ? detail::exit_code(*block) : block->steal();
}

} // namespace troupe
