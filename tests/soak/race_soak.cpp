// usage: soak_races SECONDS
//
// Programs of tasks on two threads, which are delayed between lines where
// another thread may come: see troupe/core/detail/race_point.hpp. Also the
// random programs of soak_tasks. TROUPE_SEED=N begins with that one.

#include "soak/race_delays.hpp"
#include "soak/race_programs.hpp"
#include "soak/task_program.hpp"
#include "soak/watchdog.hpp"
#include "troupe/core/time.hpp"
#include "troupe/detail/fiber.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/log.hpp"
#include "troupe/run.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string_view>
#include <vector>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

using troupe::testing::program;
using troupe::testing::race_program;

constexpr auto longest_run = 60s;

task<void> play_watched(race_program what, std::shared_ptr<program> all,
                        troupe::testing::watchdog& dog) {
  dog.watch(detail::runtime::current());
  co_await what.play(all);
}

/// @return Whether nothing was wrong.
bool holds(const race_program& what, std::uint64_t seed) {
  auto all = std::make_shared<program>(seed, duration{100us});
  troupe::testing::choose_delays(seed);
  try {
    troupe::testing::watchdog dog{seed, longest_run};
    block_on(play_watched(what, all, dog), run_options{}.threads(2));
  } catch (const std::exception& why) {
    all->wrong(why.what());
  } catch (const cancelled& why) {
    all->wrong(to_string(why));
  }
  all->expect(detail::frames_alive.value() == 0, "coroutines are left");
  for (const auto& complaint : all->complaints())
    std::fprintf(stderr, "TROUPE_SEED=%llu %s: %s\n",
                 static_cast<unsigned long long>(seed), what.name.data(),
                 complaint.c_str());
  return all->complaints().empty();
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: soak_races SECONDS\n", stderr);
    return 2;
  }
  set_log_sink([](log_level, std::string_view, std::string_view) {});
  auto length = std::chrono::seconds{std::strtol(argv[1], nullptr, 10)};
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it
  const auto* given = std::getenv("TROUPE_SEED");
  std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : 1;

  auto programs = troupe::testing::race_programs();
  programs.push_back({"a random program", troupe::testing::play});
  auto end = std::chrono::steady_clock::now() + length;
  std::size_t played = 0;
  do {
    const auto& next = programs[seed % programs.size()];
    if (!holds(next, seed))
      return 1;
    ++played;
    ++seed;
  } while (std::chrono::steady_clock::now() < end);
  std::printf("%zu programs, seeds up to %llu; at the points between lines:\n",
              played, static_cast<unsigned long long>(seed - 1));
  troupe::testing::print_race_points(stdout);
  return 0;
}
