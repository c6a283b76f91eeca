#include "life/cost.hpp"
#include "troupe/barrier.hpp"
#include "troupe/capacity_limiter.hpp"
#include "troupe/condition.hpp"
#include "troupe/event.hpp"
#include "troupe/fence.hpp"
#include "troupe/lock.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/promise.hpp"
#include "troupe/queue.hpp"
#include "troupe/rate_limiter.hpp"
#include "troupe/rlock.hpp"
#include "troupe/rwlock.hpp"
#include "troupe/select.hpp"
#include "troupe/semaphore.hpp"
#include "troupe/shield.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// Locks, permits, events, barriers, rates, and selects.
namespace troupe {

namespace {

using namespace std::chrono_literals;

task<void> take_lock(lock what) {
  auto mine = co_await what.acquire();
}

task<void> take_lock_again_and_again(lock what, std::size_t times) {
  for (; times != 0; --times) {
    auto mine = co_await what.acquire();
    co_await mine.release();
  }
}

/// Gives up after a while.
task<void> try_lock_for(lock what, duration limit) {
  try {
    auto mine = co_await what.acquire_for(limit);
  } catch (const failure&) {
  }
}

task<void> read_until(rwlock what, handle<void> end) {
  auto mine = co_await what.read();
  co_await shield(end);
}

task<void> hold_until(semaphore what, handle<void> end) {
  auto mine = co_await what.acquire();
  co_await shield(end);
}

task<void> take_permit(semaphore what) {
  auto mine = co_await what.acquire();
}

task<void> wait_for_condition(condition what) {
  auto mine = co_await what.acquire();
  co_await what.wait(mine);
}

task<void> wait_for_event(event what) {
  co_await what.wait();
}

task<void> wait_at(barrier where) {
  try {
    co_await where.wait();
  } catch (const failure&) { // broken
  }
}

task<void> pass(rate_limiter by, std::string key) {
  co_await by.acquire(std::move(key));
}

task<void> select_one(queue<int> one, queue<int> other, event third) {
  co_await select(one.get(), other.get(), third.wait(), sleep(1h));
}

} // namespace

cost_table sync_costs() {
  return {
    // -- lock -----------------------------------------------------------------
    {"TakingALockAgainAndAgain", "lock::acquire fence::accept", 200'000,
     [](std::size_t n) -> task<void> {
       lock mutex;
       fence guard;
       for (; n != 0; --n) {
         auto mine = co_await mutex.acquire();
         static_cast<void>(guard.accept(mine.token()));
       }
     }},
    {"AskingForALockAgainAndAgain",
     "lock::acquire_for lock::try_acquire lock::locked", 30'000,
     [](std::size_t n) -> task<void> {
       lock mutex{lock_options{}.cached(false)};
       for (; n != 0; --n) {
         {
           auto mine = co_await mutex.acquire_for(1h);
           let_go(co_await mutex.locked());
         }
         auto again = co_await mutex.try_acquire();
         co_await again->release();
       }
     }},
    {"TwoThatHandALockOver", "lock::acquire", 10'000,
     [](std::size_t n) -> task<void> {
       lock mutex;
       co_await wait(co_await crowd(
         2, [&] { return take_lock_again_and_again(mutex, n); }));
     }},
    {"ACrowdThatTakesALock", "lock::acquire", 10'000,
     [](std::size_t n) -> task<void> {
       lock mutex;
       auto mine = co_await mutex.acquire();
       auto all = co_await crowd(n, [&] { return take_lock(mutex); });
       co_await mine.release();
       co_await wait(all);
     }},
    {"CancellingACrowdThatWantsALock", "lock::acquire", 10'000,
     [](std::size_t n) -> task<void> {
       lock mutex;
       auto mine = co_await mutex.acquire();
       co_await cancel_all(co_await crowd(n, [&] { return take_lock(mutex); }));
     }},
    {"ACrowdThatGivesUpALock", "lock::acquire_for", 10'000,
     [](std::size_t n) -> task<void> {
       lock mutex;
       auto mine = co_await mutex.acquire();
       co_await wait(
         co_await crowd(n, [&] { return try_lock_for(mutex, 20ms); }));
     }},
    {"MakingAndDroppingLocks", "lock", 20'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n) {
         lock mutex;
         auto mine = co_await mutex.acquire();
       }
     }},
    {"OneTaskThatHoldsManyLocks", "lock::acquire", 5'000,
     [](std::size_t n) -> task<void> {
       std::vector<held> all;
       for (; n != 0; --n)
         all.push_back(co_await lock{}.acquire());
     }},
    {"TakingAReentrantLockDeeper", "rlock rlock::acquire", 5'000,
     [](std::size_t n) -> task<void> {
       rlock mutex;
       std::vector<held> all;
       for (; n != 0; --n)
         all.push_back(co_await mutex.acquire());
     }},
    {"ReadingAndWriting",
     "rwlock::read rwlock::read_for rwlock::try_read rwlock::write "
     "rwlock::write_for rwlock::try_write rwlock::locked",
     10'000,
     [](std::size_t n) -> task<void> {
       rwlock mutex;
       for (; n != 0; --n) {
         let_go(co_await mutex.read());
         let_go(co_await mutex.read_for(1h));
         let_go(co_await mutex.try_read());
         let_go(co_await mutex.write());
         let_go(co_await mutex.write_for(1h));
         let_go(co_await mutex.try_write());
         let_go(co_await mutex.locked());
       }
     }},
    {"ManyWhoReadTogether", "rwlock::read", 10'000,
     [](std::size_t n) -> task<void> {
       rwlock mutex;
       promise<> end;
       auto until = end.get_handle();
       auto all = co_await crowd(n, [&] { return read_until(mutex, until); });
       end.set_value();
       auto mine = co_await mutex.write();
       co_await wait(all);
     }},

    // -- condition ------------------------------------------------------------
    {"NotifyingAgainAndAgain",
     "condition::acquire condition::wait condition::notify condition::locked "
     "condition::mutex",
     3'000,
     [](std::size_t n) -> task<void> {
       condition changed;
       for (; n != 0; --n) {
         auto other = spawn(wait_for_condition(changed));
         co_await settle();
         {
           auto mine = co_await changed.acquire();
           let_go(co_await changed.mutex().locked());
           co_await changed.notify(mine);
         }
         co_await other;
       }
     }},
    {"NotifyingACrowd", "condition::notify_all", 10'000,
     [](std::size_t n) -> task<void> {
       condition changed;
       auto all =
         co_await crowd(n, [&] { return wait_for_condition(changed); });
       {
         auto mine = co_await changed.acquire();
         co_await changed.notify_all(mine);
       }
       co_await wait(all);
     }},
    {"CancellingACrowdThatWaitsForACondition", "condition::wait", 10'000,
     [](std::size_t n) -> task<void> {
       condition changed;
       co_await cancel_all(
         co_await crowd(n, [&] { return wait_for_condition(changed); }));
     }},
    {"ManyConditionsOfALock", "condition", 10'000,
     [](std::size_t n) -> task<void> {
       lock mutex;
       auto all = co_await crowd(
         n, [&] { return wait_for_condition(condition{mutex}); });
       co_await cancel_all(all);
     }},

    // -- permits --------------------------------------------------------------
    {"TakingPermitsAgainAndAgain", "semaphore::acquire", 100'000,
     [](std::size_t n) -> task<void> {
       semaphore slots{2};
       for (; n != 0; --n)
         auto mine = co_await slots.acquire();
     }},
    {"AllElseOfASemaphore",
     "semaphore::acquire_for semaphore::try_acquire semaphore::release "
     "semaphore::locked semaphore::available permit::keep",
     10'000,
     [](std::size_t n) -> task<void> {
       semaphore slots{2};
       for (; n != 0; --n) {
         auto mine = co_await slots.acquire_for(1h);
         auto other = co_await slots.try_acquire();
         let_go(co_await slots.locked());
         let_go(co_await slots.available());
         co_await mine.release();
         other->keep();
         co_await slots.release();
       }
     }},
    {"OneTaskThatHoldsManyPermits", "semaphore::acquire", 5'000,
     [](std::size_t n) -> task<void> {
       semaphore slots{static_cast<std::int64_t>(n)};
       std::vector<permit> all;
       for (; n != 0; --n)
         all.push_back(co_await slots.acquire());
     }},
    {"ACrowdThatHoldsPermits", "semaphore::acquire", 10'000,
     [](std::size_t n) -> task<void> {
       semaphore slots{static_cast<std::int64_t>(n)};
       promise<> end;
       auto until = end.get_handle();
       auto all = co_await crowd(n, [&] { return hold_until(slots, until); });
       end.set_value();
       co_await wait(all);
     }},
    {"ACrowdThatTakesPermits", "semaphore::acquire", 10'000,
     [](std::size_t n) -> task<void> {
       semaphore slots{0};
       auto all = co_await crowd(n, [&] { return take_permit(slots); });
       co_await slots.release();
       co_await wait(all);
     }},
    {"CancellingACrowdThatWantsPermits", "semaphore::acquire", 10'000,
     [](std::size_t n) -> task<void> {
       semaphore slots{0};
       co_await cancel_all(
         co_await crowd(n, [&] { return take_permit(slots); }));
     }},
    {"MakingAndDroppingSemaphores", "semaphore bounded_semaphore", 10'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n) {
         semaphore slots;
         auto mine = co_await slots.acquire();
         bounded_semaphore others;
         auto other = co_await others.acquire();
       }
     }},
    {"ResizingALimiter", "capacity_limiter::resize", 20'000,
     [](std::size_t n) -> task<void> {
       capacity_limiter slots{1};
       for (; n != 0; --n) {
         auto mine = co_await slots.acquire();
         co_await slots.resize(1 + static_cast<std::int64_t>(n % 3));
       }
     }},
    {"ACrowdThatUsesALimiter", "capacity_limiter", 10'000,
     [](std::size_t n) -> task<void> {
       capacity_limiter slots{static_cast<std::int64_t>(n)};
       promise<> end;
       auto until = end.get_handle();
       auto all = co_await crowd(n, [&] { return hold_until(slots, until); });
       end.set_value();
       co_await wait(all);
     }},

    // -- event ----------------------------------------------------------------
    {"SettingAnEventAgainAndAgain",
     "event::set event::wait event::clear event::is_set", 20'000,
     [](std::size_t n) -> task<void> {
       event ready;
       for (; n != 0; --n) {
         co_await ready.set();
         co_await ready.wait();
         let_go(co_await ready.is_set());
         co_await ready.clear();
       }
     }},
    {"WakingACrowd", "event::set", 10'000,
     [](std::size_t n) -> task<void> {
       event ready;
       auto all = co_await crowd(n, [&] { return wait_for_event(ready); });
       co_await ready.set();
       co_await wait(all);
     }},
    {"CancellingACrowdThatWaitsForAnEvent", "event::wait", 10'000,
     [](std::size_t n) -> task<void> {
       event ready;
       co_await cancel_all(
         co_await crowd(n, [&] { return wait_for_event(ready); }));
     }},
    {"MakingAndDroppingEvents", "event", 20'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n)
         co_await event{}.set();
     }},

    // -- barrier --------------------------------------------------------------
    {"ABarrierOfOne",
     "barrier::wait barrier::waiting barrier::broken barrier::reset", 20'000,
     [](std::size_t n) -> task<void> {
       barrier alone{1};
       for (; n != 0; --n) {
         co_await alone.wait();
         let_go(co_await alone.waiting());
         let_go(co_await alone.broken());
         co_await alone.reset();
       }
     }},
    {"ABarrierOfMany", "barrier::wait", 10'000,
     [](std::size_t n) -> task<void> {
       barrier all_here{n};
       co_await wait(co_await crowd(n, [&] { return wait_at(all_here); }));
     }},
    {"BreakingABarrierOfMany", "barrier::abort", 10'000,
     [](std::size_t n) -> task<void> {
       barrier never_full{n + 1};
       auto all = co_await crowd(n, [&] { return wait_at(never_full); });
       co_await never_full.abort();
       co_await wait(all);
     }},
    {"CancellingACrowdAtABarrier", "barrier::wait", 10'000,
     [](std::size_t n) -> task<void> {
       barrier never_full{n + 1};
       co_await cancel_all(
         co_await crowd(n, [&] { return wait_at(never_full); }));
     }},

    // -- rate_limiter ---------------------------------------------------------
    {"PassingARateLimiter", "rate_limiter::acquire", 50'000,
     [](std::size_t n) -> task<void> {
       rate_limiter fast{1'000'000'000, 1s};
       for (; n != 0; --n)
         co_await fast.acquire();
     }},
    {"ManyKeysOfAFastRateLimiter", "rate_limiter::acquire", 20'000,
     [](std::size_t n) -> task<void> {
       rate_limiter fast{1'000'000, 1s};
       for (; n != 0; --n)
         co_await fast.acquire(std::to_string(n));
     }},
    {"ManyKeysOfASlowRateLimiter", "rate_limiter::acquire", 20'000,
     [](std::size_t n) -> task<void> {
       rate_limiter slow{1, 1h};
       for (; n != 0; --n)
         co_await slow.acquire(std::to_string(n));
     }},
    {"CancellingACrowdAtARateLimiter", "rate_limiter::acquire", 10'000,
     [](std::size_t n) -> task<void> {
       rate_limiter slow{1, 1h};
       co_await cancel_all(
         co_await crowd(n, [&] { return pass(slow, "key"); }));
     }},
    {"CancellingACrowdThatWaitsForManyKeys", "rate_limiter::acquire", 10'000,
     [](std::size_t n) -> task<void> {
       rate_limiter slow{1, 1h};
       std::size_t i = 0;
       auto one = [&] { return pass(slow, std::to_string(i++ / 2)); };
       co_await cancel_all(co_await crowd(n, one));
     }},

    // -- select ---------------------------------------------------------------
    {"SelectingWhatIsThere", "select", 10'000,
     [](std::size_t n) -> task<void> {
       queue<int> one;
       queue<int> other;
       semaphore slots{0};
       for (; n != 0; --n) {
         co_await other.put(1);
         co_await select(one.get(), other.get(), slots.acquire());
       }
     }},
    {"SelectingAndGivingUp", "select", 10'000,
     [](std::size_t n) -> task<void> {
       queue<int> one;
       lock mutex;
       event ready;
       for (; n != 0; --n)
         co_await select(one.get(), ready.wait(), sleep(0s));
     }},
    {"SelectingWhatComesLater", "select", 5'000,
     [](std::size_t n) -> task<void> {
       queue<int> one;
       queue<int> other;
       event never_set;
       for (; n != 0; --n) {
         auto waits = spawn(select_one(one, other, never_set));
         co_await settle();
         co_await one.put(1);
         co_await waits;
       }
     }},
    {"CancellingACrowdThatSelects", "select", 10'000,
     [](std::size_t n) -> task<void> {
       queue<int> one;
       queue<int> other;
       event never_set;
       co_await cancel_all(
         co_await crowd(n, [&] { return select_one(one, other, never_set); }));
     }},
  };
}

} // namespace troupe
