#include "life/greedy.hpp"

#include "troupe/attempt.hpp"
#include "troupe/barrier.hpp"
#include "troupe/broadcast.hpp"
#include "troupe/capacity_limiter.hpp"
#include "troupe/condition.hpp"
#include "troupe/event.hpp"
#include "troupe/finally.hpp"
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/lock.hpp"
#include "troupe/promise.hpp"
#include "troupe/queue.hpp"
#include "troupe/race.hpp"
#include "troupe/rate_limiter.hpp"
#include "troupe/retry.hpp"
#include "troupe/rlock.hpp"
#include "troupe/rwlock.hpp"
#include "troupe/select.hpp"
#include "troupe/semaphore.hpp"
#include "troupe/shield.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/timeout.hpp"
#include "troupe/wait.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace troupe {

namespace {

using namespace std::chrono_literals;

task<void> nothing() {
  co_return;
}

task<int> one() {
  co_return 1;
}

bool turn() {
  return all_greed().turn();
}

} // namespace

bool greed::turn() noexcept {
  auto end = std::chrono::steady_clock::now() + 5us;
  while (std::chrono::steady_clock::now() < end) {
  }
  ++turns_;
  return !stopped_;
}

greed& all_greed() noexcept {
  static greed instance;
  return instance;
}

std::vector<greedy_way> greedy_ways() {
  return {
    // -- what belongs to nobody else ------------------------------------------
    {"ALock",
     []() -> task<void> {
       lock mutex;
       bool more = true;
       while (more) {
         auto mine = co_await mutex.acquire();
         more = turn();
       }
     }},
    {"AReentrantLock",
     []() -> task<void> {
       rlock mutex;
       bool more = true;
       while (more) {
         auto mine = co_await mutex.acquire();
         more = turn();
       }
     }},
    {"ALockThatItReads",
     []() -> task<void> {
       rwlock mutex;
       bool more = true;
       while (more) {
         auto mine = co_await mutex.read();
         more = turn();
       }
     }},
    {"ALockThatItReleasesAndTries",
     []() -> task<void> {
       lock mutex;
       bool more = true;
       while (more) {
         auto mine = co_await mutex.try_acquire();
         more = turn();
         co_await mine->release();
       }
     }},
    {"ACondition",
     []() -> task<void> {
       condition changed;
       while (turn()) {
         auto mine = co_await changed.acquire();
         co_await changed.wait(mine, [] { return true; });
         co_await changed.notify_all(mine);
       }
     }},
    {"ASemaphore",
     []() -> task<void> {
       semaphore slots;
       bool more = true;
       while (more) {
         auto mine = co_await slots.acquire();
         more = turn();
       }
     }},
    {"ALimiter",
     []() -> task<void> {
       capacity_limiter slots{1};
       bool more = true;
       while (more) {
         auto mine = co_await slots.acquire();
         more = turn();
       }
     }},
    {"AnEventThatIsSet",
     []() -> task<void> {
       event ready;
       co_await ready.set();
       while (turn())
         co_await ready.wait();
     }},
    {"AnEventThatItSetsAndClears",
     []() -> task<void> {
       event ready;
       while (turn()) {
         co_await ready.set();
         co_await ready.clear();
       }
     }},
    {"ABarrierOfOne",
     []() -> task<void> {
       barrier alone{1};
       while (turn())
         co_await alone.wait();
     }},
    {"AFastRateLimiter",
     []() -> task<void> {
       rate_limiter fast{1'000'000'000, 1s};
       while (turn())
         co_await fast.acquire();
     }},
    {"PutsAndGets",
     []() -> task<void> {
       queue<int> items;
       while (turn()) {
         co_await items.put(1);
         co_await items.get();
       }
     }},
    {"AStack",
     []() -> task<void> {
       lifo_queue<int> items;
       while (turn()) {
         co_await items.put(1);
         co_await items.get();
       }
     }},
    {"APriorityQueue",
     []() -> task<void> {
       priority_queue<int> items;
       while (turn()) {
         co_await items.put(1, 1);
         co_await items.get();
       }
     }},
    {"ABroadcastToNobody",
     []() -> task<void> {
       broadcast<int> news;
       while (turn())
         co_await news.publish(1);
     }},
    {"ABroadcastToItself",
     []() -> task<void> {
       broadcast<int> news;
       auto mine = co_await news.subscribe();
       while (turn()) {
         co_await news.publish(1);
         co_await mine.get();
       }
     }},
    {"ASelect",
     []() -> task<void> {
       semaphore slots;
       queue<int> items;
       while (turn())
         co_await select(slots.acquire(), items.get());
     }},

    // -- what is there already ------------------------------------------------
    {"HandlesThatAreDone",
     []() -> task<void> {
       auto done = spawn(one());
       while (turn())
         static_cast<void>(co_await done);
     }},
    {"ShieldedHandlesThatAreDone",
     []() -> task<void> {
       auto done = spawn(one());
       while (turn())
         static_cast<void>(co_await shield(done));
     }},
    {"PromisesThatAreSet",
     []() -> task<void> {
       while (turn()) {
         promise<int> set;
         set.set_value(1);
         static_cast<void>(co_await set.get_handle());
       }
     }},
    {"TasksAwaitedInline",
     []() -> task<void> {
       while (turn())
         co_await nothing();
     },
     cancelled_at::nothing},
    {"Attempts",
     []() -> task<void> {
       while (turn())
         static_cast<void>(co_await attempt(one()));
     },
     cancelled_at::nothing},
    {"Cleanups",
     []() -> task<void> {
       while (turn())
         co_await finally(nothing(), nothing);
     },
     cancelled_at::nothing},
    {"Tries",
     []() -> task<void> {
       while (turn())
         co_await retry(retry_policy{}, nothing);
     },
     cancelled_at::nothing},
    {"GathersOfNothing",
     []() -> task<void> {
       while (turn())
         co_await gather(std::vector<task<void>>{});
     },
     cancelled_at::nothing},
    {"GathersOfHandlesThatAreDone",
     []() -> task<void> {
       std::vector<handle<int>> done;
       done.push_back(spawn(one()));
       while (turn())
         co_await gather(done);
     }},
    {"WaitsForHandlesThatAreDone",
     []() -> task<void> {
       std::vector<handle<int>> done;
       done.push_back(spawn(one()));
       while (turn())
         co_await wait(done);
     }},
    {"HandlesThatAreCompleted",
     []() -> task<void> {
       std::vector<handle<int>> done;
       done.push_back(spawn(one()));
       while (turn()) {
         auto ended = as_completed(done);
         co_await ended.next();
       }
     }},
    {"GroupsOfNobody",
     []() -> task<void> {
       auto body = [](group&) -> task<void> { co_return; };
       while (turn())
         co_await with_group(body);
     }},
    {"LimitsAroundNothing",
     []() -> task<void> {
       auto body = [](timeout_scope&) -> task<void> { co_return; };
       while (turn())
         co_await with_timeout(1h, body);
     },
     cancelled_at::nothing},
    {"SleepsThatAreOver",
     []() -> task<void> {
       while (turn())
         co_await sleep(-1s);
     }},

    // -- what others do for it ------------------------------------------------
    {"TasksThatItSpawns",
     []() -> task<void> {
       while (turn())
         co_await spawn(nothing());
     }},
    {"GathersOfTwo",
     []() -> task<void> {
       while (turn())
         co_await gather(one(), one());
     }},
    {"Races",
     []() -> task<void> {
       while (turn()) {
         std::vector<task<int>> jobs;
         jobs.push_back(one());
         co_await race(std::move(jobs));
       }
     }},
    {"TwoQueuesWithAnother",
     []() -> task<void> {
       queue<int> there;
       queue<int> back;
       auto echo = [](queue<int> from, queue<int> to) -> task<void> {
         for (;;)
           co_await to.put(co_await from.get());
       };
       auto other = spawn(echo(there, back));
       auto loop = [&]() -> task<void> {
         while (turn()) {
           co_await there.put(1);
           co_await back.get();
         }
       };
       auto stop = [&]() -> task<void> {
         other.cancel();
         std::vector<handle<void>> all{other};
         co_await wait(all);
       };
       co_await finally(loop(), stop);
     }},
  };
}

} // namespace troupe
