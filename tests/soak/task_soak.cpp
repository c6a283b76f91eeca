// usage: soak_tasks SECONDS
//
// Random programs of tasks, in turn in virtual time in a random order, and on
// two threads. TROUPE_SEED=N plays one only.

#include "soak/task_program.hpp"
#include "soak/watchdog.hpp"
#include "troupe/detail/fiber.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/log.hpp"
#include "troupe/run.hpp"
#include "troupe/spawn.hpp"
#include "troupe/testing/explore.hpp"
#include "troupe/testing/virtual_system.hpp"
#include "troupe/tree.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

using troupe::testing::program;

constexpr std::size_t most_steps = 2'000'000;
constexpr auto longest_run = 60s;

/// What is wrong after a program has ended.
void check_end(program& all) {
  all.expect(all.begun == all.ended, "a task that began has not ended");
  all.expect(detail::frames_alive.value() == 0, "coroutines are left");
}

void play_virtually(const std::shared_ptr<program>& all) {
  troupe::testing::virtual_system system;
  troupe::testing::choices way{all->seed};
  auto unlimited = most_steps;
  auto main = spawn(system.get(), troupe::testing::play(all));
  // Also what the main task has left behind: it does not wait for ever.
  std::size_t steps = 0;
  while (steps != most_steps && system.step(way, unlimited))
    ++steps;
  if (steps == most_steps)
    all->wrong("it does not come to an end");
  if (!main.done() || all->begun != all->ended)
    all->wrong("no task can go on:\n" + to_string(tree(system.get())));
  if (!all->complaints().empty())
    detail::runtime::of(system.get())->shut_down();
  system.run_ready();
}

task<void> play_watched(std::shared_ptr<program> all,
                        troupe::testing::watchdog& dog) {
  dog.watch(detail::runtime::current());
  co_await troupe::testing::play(all);
}

void play_on_threads(const std::shared_ptr<program>& all) {
  troupe::testing::watchdog dog{all->seed, longest_run};
  block_on(play_watched(all, dog), run_options{}.threads(2));
}

/// @return How many tasks it had; less than zero if something was wrong.
int play(std::uint64_t seed, bool threads) {
  auto all =
    std::make_shared<program>(seed, threads ? duration{100us} : duration{1s});
  try {
    if (threads)
      play_on_threads(all);
    else
      play_virtually(all);
  } catch (const std::exception& what) {
    all->wrong(what.what());
  }
  check_end(*all);
  for (const auto& what : all->complaints())
    std::fprintf(stderr, "TROUPE_SEED=%llu %s: %s\n",
                 static_cast<unsigned long long>(seed),
                 threads ? "on threads" : "in virtual time", what.c_str());
  return all->complaints().empty() ? all->begun.load() : -1;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: soak_tasks SECONDS\n", stderr);
    return 2;
  }
  set_log_sink([](log_level, std::string_view, std::string_view) {});
  auto length = std::chrono::seconds{std::strtol(argv[1], nullptr, 10)};
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it
  const auto* given = std::getenv("TROUPE_SEED");
  std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : 1;

  auto end = std::chrono::steady_clock::now() + length;
  std::size_t programs = 0;
  std::size_t tasks = 0;
  do {
    for (auto threads : {false, true}) {
      auto count = play(seed, threads);
      if (count < 0)
        return 1;
      ++programs;
      tasks += static_cast<std::size_t>(count);
    }
    ++seed;
  } while (!given && std::chrono::steady_clock::now() < end);
  std::printf("%zu programs of %zu tasks, seeds up to %llu\n", programs, tasks,
              static_cast<unsigned long long>(seed - 1));
  return 0;
}
