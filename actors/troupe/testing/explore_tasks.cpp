#include "troupe/testing/explore_tasks.hpp"

#include "troupe/handle.hpp"
#include "troupe/spawn.hpp"
#include "troupe/testing/virtual_system.hpp"

#include <algorithm>

namespace troupe::testing {

namespace {

void run_once(const std::function<task<void>()>& make, choices& way,
              std::size_t preemptions) {
  virtual_system system;
  auto main = spawn(system.get(), make(), spawn_options{}.name("main"));
  while (!main.done())
    if (!system.step(way, preemptions))
      break;
  system.run_until_done(main); // tells who waits, if it is not done
  system.rethrow(main);
}

} // namespace

explored explore_tasks(const std::function<task<void>()>& make,
                       const explore_tasks_options& options) {
  auto result =
    explore([&](choices& way) { run_once(make, way, options.preemptions()); },
            explore_options{}.limit(options.limit()));
  auto unlimited = static_cast<std::size_t>(-1);
  auto random =
    explore_seeds(options.first_seed(), options.seeds(),
                  [&](choices& way) { run_once(make, way, unlimited); });
  result.preemptions = options.preemptions();
  result.schedules += random.schedules;
  result.random = random.schedules;
  result.deepest = std::max(result.deepest, random.deepest);
  return result;
}

} // namespace troupe::testing
