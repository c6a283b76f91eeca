#include "life/cost.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/promise.hpp"
#include "troupe/queue.hpp"
#include "troupe/semaphore.hpp"
#include "troupe/shield.hpp"
#include "troupe/this_task.hpp"
#include "troupe/timeout.hpp"

#include <chrono>
#include <vector>

// Timers, limits, sleeps.
namespace troupe {

namespace {

using namespace std::chrono_literals;

task<void> nothing(timeout_scope&) {
  co_return;
}

task<void> sleep_long(timeout_scope&) {
  co_await sleep(1h);
}

task<void> for_an_hour() {
  co_await sleep(1h);
}

task<void> limited_wait(handle<void> what) {
  auto body = [&](timeout_scope&) -> task<void> { co_await shield(what); };
  co_await with_timeout(1h, body);
}

task<void> acquire_limited(semaphore what) {
  auto held = co_await what.acquire_for(1h);
}

} // namespace

cost_table time_costs() {
  return {
    {"YieldingAgainAndAgain", "yield", 100'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n)
         co_await yield();
     }},
    {"SleepingUntilATimeThatHasPassed", "sleep sleep_until", 50'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n) {
         co_await sleep(-1s, n);
         co_await sleep_until(this_task::now());
       }
     }},
    {"ManyTimersThatGoOff", "sleep", 5'000,
     [](std::size_t n) -> task<void> {
       std::vector<handle<void>> all;
       auto one = [](std::size_t i) -> task<void> {
         co_await sleep(std::chrono::microseconds{i % 4'096});
       };
       for (std::size_t i = 0; i != n; ++i)
         all.push_back(spawn(one(i)));
       co_await wait(all);
     }},
    {"ManyTimersThatAreTakenBack", "sleep", 10'000,
     [](std::size_t n) -> task<void> {
       co_await cancel_all(co_await crowd(n, for_an_hour));
     }},
    {"LimitsThatAreSetAndTakenBack", "with_timeout", 20'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n)
         co_await with_timeout(1h, nothing);
     }},
    {"DeadlinesThatAreSetAndTakenBack",
     "with_deadline timeout_scope::when timeout_scope::expired", 20'000,
     [](std::size_t n) -> task<void> {
       auto look = [](timeout_scope& t) -> task<void> {
         static_cast<void>(t.expired() || t.when() == never);
         co_return;
       };
       for (; n != 0; --n)
         co_await with_deadline(this_task::now() + 1h, look);
     }},
    {"LimitsThatAreSetAndTakenBackBesideAnother", "with_timeout", 10'000,
     [](std::size_t n) -> task<void> {
       auto other = co_await crowd(1, for_an_hour);
       for (; n != 0; --n)
         co_await with_timeout(30min, nothing);
       co_await cancel_all(other);
     }},
    {"LimitsThatPass", "with_timeout", 5'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n) {
         try {
           co_await with_timeout(0s, sleep_long);
         } catch (const failure&) {
         }
       }
     }},
    {"ALimitThatIsMoved",
     "timeout_scope::reschedule timeout_scope::reschedule_at", 10'000,
     [](std::size_t n) -> task<void> {
       auto body = [&](timeout_scope& t) -> task<void> {
         for (std::size_t i = 0; i != n; ++i) {
           t.reschedule(1h);
           t.reschedule_at(this_task::now() + 2h);
           if (i % 16 == 0)
             co_await yield();
         }
       };
       co_await with_timeout(1h, body);
     }},
    {"ManyLimitsAtOnce", "with_timeout", 10'000,
     [](std::size_t n) -> task<void> {
       promise<> end;
       auto all =
         co_await crowd(n, [&] { return limited_wait(end.get_handle()); });
       end.set_value();
       co_await wait(all);
     }},
    {"WaitingForATaskWithALimit", "wait_for", 20'000,
     [](std::size_t n) -> task<void> {
       for (; n != 0; --n)
         co_await wait_for([]() -> task<void> { co_return; }(), 1h);
     }},
    {"WaitingForAnItemWithALimit", "wait_for", 20'000,
     [](std::size_t n) -> task<void> {
       queue<int> items;
       for (; n != 0; --n) {
         co_await items.put(1);
         co_await wait_for(items.get(), 1h);
       }
     }},
    {"WaitingForAHandleAndGivingUp", "wait_for", 5'000,
     [](std::size_t n) -> task<void> {
       promise<> end;
       auto what = end.get_handle();
       for (; n != 0; --n) {
         try {
           co_await wait_for(shield(what), 0s);
         } catch (const failure&) {
         }
       }
       end.set_value();
     }},
    {"LimitedAcquiresThatWait", "semaphore::acquire_for", 10'000,
     [](std::size_t n) -> task<void> {
       semaphore none{0};
       auto all = co_await crowd(n, [&] { return acquire_limited(none); });
       co_await none.release(static_cast<std::int64_t>(n));
       co_await wait(all);
     }},
    {"LookingAtTheRunningTask",
     "this_task::now this_task::deadline this_task::name this_task::system "
     "this_task::handle this_task::cancelling",
     200'000,
     [](std::size_t n) -> task<void> {
       std::size_t sum = 0;
       for (; n != 0; --n) {
         sum += this_task::now() < this_task::deadline();
         sum += this_task::name().size() + this_task::cancelling();
         sum += this_task::handle().done();
         sum += &this_task::system() != nullptr;
       }
       co_return static_cast<void>(sum);
     }},
  };
}

} // namespace troupe
