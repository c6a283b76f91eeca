#include "troupe/testing/explore_tasks.hpp"

#include "troupe/handle.hpp"
#include "troupe/spawn.hpp"
#include "troupe/testing/virtual_system.hpp"

#include <algorithm>
#include <cstdio>

namespace troupe::testing {

namespace {

constexpr auto unlimited = static_cast<std::size_t>(-1);

/// @param again Prints the line that plays the run again, if it fails.
template <class Again>
void run_once(const std::function<task<void>()>& make, choices& way,
              std::size_t preemptions, Again again) {
  try {
    virtual_system system;
    auto main = spawn(system.get(), make(), spawn_options{}.name("main"));
    while (!main.done())
      if (!system.step(way, preemptions))
        break;
    system.run_until_done(main); // tells who waits, if it is not done
    system.rethrow(main);
  } catch (...) {
    again();
    throw;
  }
}

} // namespace

explored explore_tasks(const std::function<task<void>()>& make,
                       const explore_tasks_options& options) {
  auto run = [&](choices& way) {
    run_once(make, way, options.preemptions(), [&] {
      std::fprintf(stderr,
                   "to play it again: explore_tasks_options{}.preemptions(%zu)"
                   ".replay({%s})\n",
                   options.preemptions(), way.to_string().c_str());
    });
  };
  explored result;
  result.preemptions = options.preemptions();
  if (options.replay()) {
    choices way{*options.replay()};
    run(way);
    result.schedules = 1;
    return result;
  }
  if (options.limit() != 0)
    result = explore(run, explore_options{}.limit(options.limit()));
  auto seed = options.first_seed();
  auto random =
    explore_seeds(options.first_seed(), options.seeds(), [&](choices& way) {
      run_once(make, way, unlimited, [seed] {
        std::fprintf(stderr,
                     "to play it again: explore_tasks_options{}.limit(0)"
                     ".first_seed(%llu).seeds(1)\n",
                     static_cast<unsigned long long>(seed));
      });
      ++seed;
    });
  result.preemptions = options.preemptions();
  result.schedules += random.schedules;
  result.random = random.schedules;
  result.deepest = std::max(result.deepest, random.deepest);
  return result;
}

} // namespace troupe::testing
