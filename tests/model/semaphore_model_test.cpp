// The rules of semaphore, bounded_semaphore and capacity_limiter: every order
// of a few clients, and random orders of more.

#include "model/exploration.hpp"
#include "model/permit_world.hpp"

using namespace troupe;
using namespace troupe::testing;

namespace {

using enum verb;
using again = permit_options::again;

permit_options two() {
  return permit_options{}.permits(2);
}
permit_options bounded() {
  return two().bound(2);
}
permit_options limiter() {
  return bounded().on_again(again::fails);
}

void every_order_of(const scripts& what, const permit_options& options) {
  explore_all([&](choices& way) { permit_world{what, options}.play(way); });
}

const script once{{ask}, {give_back}};
const script twice{{ask}, {give_back}, {ask}, {give_back}};
const script both{{ask, 2}, {give_back, 2}};
const script gives_up{{ask, 2}, {cancel}, {cancel}};
const script dies{{ask}, {ask}, {die}};

// -- semaphore ----------------------------------------------------------------

TEST(SemaphoreModelTest, HoldsInEveryOrderOfFewAndMany) {
  every_order_of({twice, twice, both}, two());
}

TEST(SemaphoreModelTest, HoldsInEveryOrderOfACancel) {
  every_order_of({twice, both, gives_up}, two());
}

TEST(SemaphoreModelTest, HoldsInEveryOrderOfADeath) {
  every_order_of({twice, both, dies}, two());
}

TEST(SemaphoreModelTest, HoldsInEveryOrderOfPartsAndWhatIsAdded) {
  script in_parts{{ask, 2}, {give_back, 1}, {give_back, 1}};
  every_order_of({in_parts, both, {{add, 1}, {add, 2}}, gives_up}, two());
}

TEST(SemaphoreModelTest, HoldsInEveryOrderOfATimeLimit) {
  using namespace std::chrono_literals;
  script hasty{{ask, 2, 1s}, {give_back, 2}};
  every_order_of({twice, hasty, once, {{pass, 1}}}, two());
}

// -- bounded_semaphore --------------------------------------------------------

const script keeps{{ask}, {keep}, {add}};

TEST(BoundedSemaphoreModelTest, HoldsInEveryOrderOfWhatIsKept) {
  every_order_of({keeps, both, twice}, bounded());
}

TEST(BoundedSemaphoreModelTest, HoldsInEveryOrderOfACancel) {
  every_order_of({keeps, both, gives_up}, bounded());
}

TEST(BoundedSemaphoreModelTest, HoldsInEveryOrderOfADeath) {
  every_order_of({keeps, both, dies}, bounded());
  every_order_of({{{ask}, {keep}, {die}}, both, twice}, bounded());
}

// -- capacity_limiter ---------------------------------------------------------

const script again_and_again{{ask}, {ask}, {give_back}};
const script none_then_all{{resize, 1}, {resize, 3}}; // to 0, and to 2

TEST(CapacityLimiterModelTest, HoldsInEveryOrderOfThreeClients) {
  every_order_of({again_and_again, twice, both}, limiter());
}

TEST(CapacityLimiterModelTest, HoldsInEveryOrderOfAResize) {
  every_order_of({twice, both, none_then_all}, limiter());
  every_order_of({once, both, keeps, {{resize, 2}}}, limiter());
}

TEST(CapacityLimiterModelTest, HoldsInEveryOrderOfAResizeAndACancel) {
  every_order_of({once, both, gives_up, none_then_all}, limiter());
}

TEST(CapacityLimiterModelTest, HoldsInEveryOrderOfAResizeAndADeath) {
  every_order_of({once, both, dies, none_then_all}, limiter());
}

// -- random orders ------------------------------------------------------------

TEST(SemaphoreModelTest, HoldsInRandomOrdersOfUpToFiveClients) {
  explore_random(20'000, permit_world::play_any);
}

} // namespace
