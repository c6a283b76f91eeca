// The rules of lock, rlock, rwlock and condition: every order of a few clients,
// and random orders of more.

#include "model/exploration.hpp"
#include "model/lock_world.hpp"

using namespace troupe;
using namespace troupe::testing;

namespace {

using enum verb;

void every_order_of(const scripts& what,
                    const lock_options& options = lock_options{}) {
  explore_all([&](choices& way) { lock_world{what, options}.play(way); });
}

lock_options reentrant() {
  return lock_options{}.reentrant(true);
}

const script once{{ask}, {give_back}};
const script twice{{ask}, {give_back}, {ask}, {give_back}};
const script gives_up{{ask}, {cancel}};
const script gives_up_twice{{ask}, {cancel}, {cancel}, {ask}, {give_back}};
const script dies{{ask}, {die}};
const script reads{{share}, {give_back}};

// -- lock ---------------------------------------------------------------------

TEST(LockModelTest, HoldsInEveryOrderOfThreeClientsThatAcquireTwice) {
  every_order_of({twice, twice, twice});
}

TEST(LockModelTest, HoldsInEveryOrderOfThreeClientsAndACancel) {
  every_order_of({twice, twice, gives_up});
}

TEST(LockModelTest, HoldsInEveryOrderOfTwoClientsAndTwoCancels) {
  every_order_of({once, twice, gives_up_twice});
}

TEST(LockModelTest, HoldsInEveryOrderOfThreeClientsAndADeath) {
  every_order_of({twice, twice, dies});
}

TEST(LockModelTest, HoldsInEveryOrderOfATimeLimitADeathAndTheCooldown) {
  using namespace std::chrono_literals;
  script hasty{{ask, 1, 2s}, {give_back}};
  every_order_of({once, hasty, dies, {{pass, 1}, {pass, 2}}},
                 lock_options{}.cooldown(2s));
}

// -- rwlock -------------------------------------------------------------------

TEST(RwlockModelTest, HoldsInEveryOrderOfReadersAndWriters) {
  every_order_of({reads, reads, once, once});
}

TEST(RwlockModelTest, HoldsInEveryOrderOfACancel) {
  every_order_of({reads, reads, once, gives_up});
  every_order_of({reads, once, once, {{share}, {cancel}}});
}

TEST(RwlockModelTest, HoldsInEveryOrderOfADeath) {
  every_order_of({reads, once, once, {{share}, {die}}});
  every_order_of({reads, reads, once, dies});
}

TEST(RwlockModelTest, HoldsInEveryOrderOfAReaderThatWantsToWrite) {
  script greedy{{share}, {ask}, {give_back}};
  script modest{{ask}, {share}, {give_back}, {give_back}};
  every_order_of({greedy, modest, reads}, reentrant());
}

// -- rlock --------------------------------------------------------------------

const script nests{{ask}, {ask}, {give_back}, {give_back}};

TEST(RlockModelTest, HoldsInEveryOrderOfThreeClientsThatNest) {
  every_order_of({nests, nests, nests}, reentrant());
}

TEST(RlockModelTest, HoldsInEveryOrderOfACancel) {
  script one_is_given_up{{ask}, {ask}, {cancel}, {give_back}};
  script released_and_given_up{{ask}, {ask}, {give_back}, {cancel}};
  every_order_of({nests, once, one_is_given_up}, reentrant());
  every_order_of({nests, once, released_and_given_up}, reentrant());
}

TEST(RlockModelTest, HoldsInEveryOrderOfADeath) {
  every_order_of({nests, nests, {{ask}, {ask}, {die}}}, reentrant());
}

// -- condition ----------------------------------------------------------------

const script waits{{ask}, {wait}, {give_back}};
const script notifies{{ask}, {notify}, {give_back}};

TEST(ConditionModelTest, HoldsInEveryOrderOfTwoThatWait) {
  every_order_of({waits, waits, notifies, notifies});
  every_order_of({waits, waits, {{ask}, {notify, 2}, {give_back}}});
}

TEST(ConditionModelTest, HoldsInEveryOrderOfACancel) {
  script given_up{{ask}, {wait}, {cancel}, {give_back}};
  every_order_of({waits, given_up, notifies, notifies});
}

TEST(ConditionModelTest, HoldsInEveryOrderOfTwoCancels) {
  script given_up{{ask}, {wait}, {cancel}, {cancel}, {give_back}};
  every_order_of({waits, given_up, notifies});
  every_order_of({once, given_up, given_up, notifies});
}

TEST(ConditionModelTest, HoldsInEveryOrderOfADeath) {
  script dies_of_it{{ask}, {wait}, {die}};
  every_order_of({waits, dies_of_it, notifies, notifies});
  every_order_of({waits, waits, dies_of_it, notifies});
}

TEST(ConditionModelTest, HoldsInEveryOrderOfADeathOfWhoNotifies) {
  every_order_of({waits, waits, {{ask}, {notify}, {die}}, notifies});
}

// -- random orders ------------------------------------------------------------

TEST(LockModelTest, HoldsInRandomOrdersOfUpToFiveClients) {
  explore_random(20'000, lock_world::play_any);
}

} // namespace
