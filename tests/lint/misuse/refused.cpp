// Not built with the rest: misuse.py compiles it, and expects that each line
// that ends with `refused` is, in words that say why. Each has a type of its
// own, as the compiler says it once for a type.
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/lock.hpp"
#include "troupe/map.hpp"
#include "troupe/promise.hpp"
#include "troupe/race.hpp"
#include "troupe/semaphore.hpp"
#include "troupe/shield.hpp"
#include "troupe/spawn.hpp"

#include <array>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace troupe {

template <class T>
task<T> gives(int);

template <class T>
std::vector<task<T>> some();

void all_ways(lock mutex, caf::actor_system& system, group& g) {
  (void)spawn(mutex.acquire());                                 // refused
  (void)spawn(system, gives<permit>(1));                        // refused
  (void)gather(some<std::optional<held>>());                    // refused
  (void)gather(gives<std::optional<permit>>(1), gives<int>(1)); // refused
  (void)map(std::vector<int>{}, gives<std::vector<held>>);      // refused
  (void)race(some<std::pair<int, held>>());                     // refused
  (void)first_success(some<std::tuple<int, permit>>());         // refused
  (void)shield(gives<std::array<held, 2>>(1));                  // refused
  (void)g.spawn(gives<std::unique_ptr<held>>(1));               // refused
  promise<std::vector<std::pair<int, permit>>> later;           // refused
}

} // namespace troupe
