#include "soak/race_programs.hpp"

#include "soak/race_delays.hpp"
#include "troupe/attempt.hpp"
#include "troupe/barrier.hpp"
#include "troupe/broadcast.hpp"
#include "troupe/cancelled.hpp"
#include "troupe/condition.hpp"
#include "troupe/event.hpp"
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/lock.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/promise.hpp"
#include "troupe/queue.hpp"
#include "troupe/race.hpp"
#include "troupe/select.hpp"
#include "troupe/semaphore.hpp"
#include "troupe/shield.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/this_task.hpp"
#include "troupe/timeout.hpp"
#include "troupe/to_thread.hpp"
#include "troupe/wait.hpp"

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <utility>
#include <variant>

namespace troupe::testing {

namespace {

using namespace std::chrono_literals;

using program_ptr = std::shared_ptr<program>;
using flag = std::shared_ptr<std::atomic<bool>>;
using count = std::shared_ptr<std::atomic<int>>;

flag not_yet() {
  return std::make_shared<std::atomic<bool>>(false);
}

count nobody() {
  return std::make_shared<std::atomic<int>>(0);
}

task<void> nothing() {
  co_return;
}

task<int> one() {
  co_return 1;
}

task<int> fail() {
  throw std::runtime_error{"as planned"};
  co_return 0;
}

task<int> sleep_and_give() {
  co_return co_await sleep(1h, 1);
}

/// Waits in its own thread: what it waits for happens in the other one.
void wait_for(const std::atomic<bool>& what) {
  while (!what)
    std::this_thread::yield();
}

/// For tasks that must run though they are cancelled: one that is cancelled
/// before its first step does not run at all.
spawn_options begun() {
  return spawn_options{}.eager_start(true);
}

/// Does not throw what they threw.
template <class T>
task<void> ended(std::vector<handle<T>> all) {
  co_await wait(all);
}

template <class T>
task<void> ended(handle<T> what) {
  std::vector all{what};
  co_await wait(all);
}

// -- cancels ------------------------------------------------------------------

/// Scopes that cancel the running task themselves, and take that back.
task<void> one_scope(int which) {
  try {
    switch (which) {
    case 0: {
      auto body = [](timeout_scope&) -> task<void> { co_await sleep(1h); };
      co_await with_timeout(0s, body);
      break;
    }
    case 1: {
      auto body = [](timeout_scope&) -> task<void> { co_await sleep(1h); };
      co_await with_timeout(20us, body);
      break;
    }
    case 2: {
      auto body = [](group& g) -> task<void> {
        g.spawn(fail());
        co_await sleep(1h);
      };
      co_await with_group(body);
      break;
    }
    case 3: {
      auto body = [](group& g) -> task<void> {
        g.cancel();
        co_await sleep(1h);
      };
      co_await with_group(body);
      break;
    }
    default: {
      std::vector<task<int>> jobs;
      jobs.push_back(one());
      jobs.push_back(sleep_and_give());
      co_await race(std::move(jobs));
    }
    }
  } catch (const std::exception&) {
  }
}

task<int> in_and_out_of_scopes(flag begun, int which, int times) {
  *begun = true;
  for (; times != 0; --times)
    co_await one_scope(which);
  co_await sleep(3s); // the cancel comes out by now
  co_return static_cast<int>(this_task::cancelling());
}

task<void> cancels_meet_scopes(program_ptr all) {
  for (int i = 0; i != 20; ++i) {
    auto begun = not_yet();
    auto victim = spawn(
      in_and_out_of_scopes(begun, (static_cast<int>(all->seed) + i) % 5, 8));
    wait_for(*begun);
    for (int k = i * 3; k != 0; --k)
      delay_a_little();
    victim.cancel();
    try {
      co_await victim;
      all->wrong("a cancel was lost");
    } catch (const cancelled&) {
    }
  }
}

/// Several threads cancel the same task.
task<void> cancels_meet_each_other(program_ptr all) {
  auto asleep = [](flag begun) -> task<void> {
    *begun = true;
    for (;;)
      co_await yield();
  };
  auto canceller = [](any_handle whom, count done) -> task<void> {
    delay_a_little();
    if (whom.cancel())
      ++*done;
    co_return;
  };
  for (int i = 0; i != 20; ++i) {
    auto begun = not_yet();
    auto done = nobody();
    auto victim = spawn(asleep(begun));
    wait_for(*begun);
    std::vector<handle<void>> others;
    for (int k = 0; k != 3; ++k)
      others.push_back(spawn(canceller(victim, done)));
    co_await ended(others);
    co_await ended(victim);
    all->expect(*done > 0, "no cancel was counted");
    all->expect(victim.was_cancelled(), "a task was cancelled and does not "
                                        "know it");
  }
}

/// A pause is complete before anybody is told so, and a cancel wins.
task<void> pauses_meet_cancels(program_ptr all) {
  auto counting = [](count n) -> task<void> {
    for (;;) {
      ++*n;
      co_await yield();
    }
  };
  auto canceller = [](any_handle whom) -> task<void> {
    for (int i = 0; i != 8; ++i)
      delay_a_little();
    whom.cancel();
    co_return;
  };
  for (int i = 0; i != 10; ++i) {
    auto n = nobody();
    auto victim = spawn(counting(n));
    auto other = i % 2 ? spawn(canceller(victim)) : handle<void>{};
    for (int k = 0; k != 5; ++k) {
      auto guard = co_await victim.pause();
      auto before = n->load();
      delay_a_little();
      auto after = n->load();
      all->expect(before == after || victim.cancelling() != 0,
                  "a paused task runs");
    }
    victim.cancel();
    co_await ended(victim);
    if (other)
      co_await ended(other);
  }
}

// -- what is published --------------------------------------------------------

task<void> await_it(handle<int> what, int how) {
  switch (how) {
  case 0:
    static_cast<void>(co_await what);
    break;
  case 1:
    static_cast<void>(co_await shield(what));
    break;
  case 2: {
    std::vector all{what};
    co_await wait(all, first_completed);
    break;
  }
  case 3: {
    std::vector all{what};
    auto completed = as_completed(all);
    static_cast<void>(co_await completed.next());
    break;
  }
  default: {
    std::vector all{what};
    for (std::size_t done = 0; done == 0;) {
      auto result = co_await wait(all, first_completed, 10us);
      done = result.done.size();
    }
  }
  }
}

task<void> values_meet_those_that_wait(program_ptr) {
  auto set = [](promise<int> what) -> task<void> {
    delay_a_little();
    what.set_value(1);
    co_return;
  };
  for (int i = 0; i != 20; ++i) {
    promise<int> value;
    auto what = value.get_handle();
    auto giver = spawn(set(std::move(value)));
    std::vector<handle<void>> all;
    for (int how = 0; how != 5; ++how)
      all.push_back(spawn(await_it(what, how)));
    co_await gather(all);
    co_await giver;
  }
}

/// From a thread that troupe does not know.
task<void> values_come_from_outside(program_ptr) {
  for (int i = 0; i != 10; ++i) {
    promise<int> value;
    auto what = value.get_handle();
    std::thread outside{[given = std::move(value), i]() mutable {
      delay_a_little();
      if (i % 3 != 0)
        given.set_value(1);
      auto dropped = std::move(given);
    }};
    auto got = co_await attempt(shield(what));
    outside.join();
    static_cast<void>(got);
  }
}

task<void> results_meet_cancels(program_ptr all) {
  auto wait_for_it = [](handle<int> what) -> task<int> {
    co_return co_await shield(what);
  };
  for (int i = 0; i != 20; ++i) {
    auto giver = spawn([]() -> task<int> {
      delay_a_little();
      co_return 1;
    }());
    auto waiter = spawn(wait_for_it(giver));
    delay_a_little();
    waiter.cancel();
    co_await ended(waiter);
    all->expect(co_await giver == 1, "a shielded task was cancelled");
  }
}

task<void> the_completed_are_shared(program_ptr all) {
  auto take = [](completions<handle<int>> from, count got) -> task<void> {
    while (co_await from.next())
      ++*got;
  };
  for (int i = 0; i != 5; ++i) {
    std::vector<handle<int>> work;
    for (int k = 0; k != 8; ++k)
      work.push_back(spawn(one()));
    auto completed = as_completed(work);
    auto got = nobody();
    std::vector<handle<void>> takers;
    for (int k = 0; k != 3; ++k)
      takers.push_back(spawn(take(completed, got)));
    takers.front().cancel();
    co_await ended(takers);
    auto rest = co_await completed.next(); // that the cancelled one gave back
    all->expect(*got + (rest ? 1 : 0) == 8,
                "a handle was lost, or given twice");
  }
}

// -- what is held -------------------------------------------------------------

/// Takes something so often, is cancelled now and then, and gives up at times.
template <class Acquire>
task<void> use(program_ptr all, Acquire acquire, count inside, int most) {
  for (int i = 0; i != 15; ++i) {
    try {
      auto mine = co_await acquire(i % 4 == 3 ? duration{10us} : forever);
      all->expect(++*inside <= most, "more have it than may");
      delay_a_little();
      --*inside;
    } catch (const cancelled&) {
      this_task::uncancel();
    } catch (const failure& what) {
      all->expect(what.code() == errc::timed_out, "an acquire fails");
    }
  }
}

task<void> cancel_some(std::vector<handle<void>> whom) {
  for (std::size_t i = 0; i != 20; ++i) {
    whom[i % whom.size()].cancel();
    delay_a_little();
    if (i % 4 == 0)
      co_await yield();
  }
}

task<void> locks_meet_cancels(program_ptr all) {
  lock mutex;
  auto acquire = [mutex](duration limit) { return mutex.acquire_for(limit); };
  auto inside = nobody();
  std::vector<handle<void>> users;
  for (int i = 0; i != 3; ++i)
    users.push_back(spawn(use(all, acquire, inside, 1)));
  co_await cancel_some(users);
  co_await ended(users);
  auto mine = co_await mutex.acquire(); // it was not lost
}

task<void> permits_meet_cancels(program_ptr all) {
  semaphore slots{2};
  auto acquire = [slots](duration limit) { return slots.acquire_for(limit); };
  auto inside = nobody();
  std::vector<handle<void>> users;
  for (int i = 0; i != 4; ++i)
    users.push_back(spawn(use(all, acquire, inside, 2)));
  co_await cancel_some(users);
  co_await ended(users);
  auto mine = co_await slots.acquire(2);
  all->expect(co_await slots.available() == 0, "there are more permits");
}

/// The lock that one task has again and again goes to others when they ask.
task<void> leases_meet_those_that_ask(program_ptr all) {
  lock mutex;
  auto inside = nobody();
  auto again_and_again = [](program_ptr x, lock what, count in) -> task<void> {
    for (int i = 0; i != 100; ++i) {
      auto mine = co_await what.acquire();
      x->expect(++*in == 1, "two have a lock");
      --*in;
    }
  };
  std::vector<handle<void>> users;
  for (int i = 0; i != 2; ++i)
    users.push_back(spawn(again_and_again(all, mutex, inside)));
  co_await ended(users);
}

// -- what is passed on --------------------------------------------------------

task<void> items_meet_cancels(program_ptr all) {
  constexpr int items = 40;
  queue<int> from{queue_options{}.max_size(2)};
  queue<int> other;
  auto sum = nobody();
  auto put_all = [](queue<int> to) -> task<void> {
    for (int i = 1; i <= items;) {
      try {
        co_await to.put(i);
        ++i;
      } catch (const cancelled&) {
        this_task::uncancel();
      }
    }
  };
  auto take = [](queue<int> one, queue<int> two, count got,
                 bool selects) -> task<void> {
    for (;;) {
      try {
        if (selects) {
          auto first = co_await select(two.get(), one.get());
          *got += std::get<1>(first);
        } else {
          *got += co_await one.get();
        }
        co_await one.task_done();
      } catch (const cancelled&) {
        this_task::uncancel();
      } catch (const failure&) { // closed
        co_return;
      }
    }
  };
  std::vector<handle<void>> tasks;
  tasks.push_back(spawn(put_all(from), begun()));
  tasks.push_back(spawn(take(from, other, sum, false), begun()));
  tasks.push_back(spawn(take(from, other, sum, true), begun()));
  co_await cancel_some(tasks);
  co_await ended(tasks.front());
  co_await from.join();
  co_await from.shutdown();
  co_await ended(tasks);
  all->expect(*sum == items * (items + 1) / 2,
              "an item was lost, or came twice");
}

task<void> items_meet_subscribers(program_ptr) {
  broadcast<int> news{broadcast_options{}.max_size(1)};
  auto follow = [](broadcast<int> to) -> task<void> {
    for (int i = 0; i != 4; ++i) {
      auto mine = co_await to.subscribe();
      co_await mine.get();
    }
  };
  std::vector<handle<void>> followers;
  for (int i = 0; i != 3; ++i)
    followers.push_back(spawn(follow(news)));
  followers.front().cancel();
  auto left = [&] {
    for (const auto& x : followers)
      if (!x.done())
        return true;
    return false;
  };
  while (left()) {
    co_await news.publish(1);
    delay_a_little();
  }
}

// -- what is signalled --------------------------------------------------------

task<void> events_meet_those_that_wait(program_ptr) {
  auto wait_for_it = [](event what) -> task<void> { co_await what.wait(); };
  for (int i = 0; i != 10; ++i) {
    event ready;
    std::vector<handle<void>> waiters;
    for (int k = 0; k != 3; ++k)
      waiters.push_back(spawn(wait_for_it(ready)));
    delay_a_little();
    waiters.front().cancel();
    co_await ready.set();
    co_await ended(waiters);
  }
}

task<void> notifications_meet_cancels(program_ptr all) {
  auto wait_for_it = [](condition what, count came, count told) -> task<void> {
    auto mine = co_await what.acquire();
    ++*came;
    co_await what.wait(mine);
    ++*told;
  };
  for (int i = 0; i != 5; ++i) {
    condition changed;
    auto came = nobody();
    auto told = nobody();
    std::vector<handle<void>> waiters;
    for (int k = 0; k != 4; ++k)
      waiters.push_back(spawn(wait_for_it(changed, came, told)));
    while (*came != 4)
      co_await yield();
    auto canceller = spawn(cancel_some({waiters[0], waiters[1]}));
    {
      auto mine = co_await changed.acquire();
      co_await changed.notify(mine, 2);
    }
    co_await ended(canceller);
    while (*told < 2) // whom they are passed on to
      co_await yield();
    {
      auto mine = co_await changed.acquire();
      co_await changed.notify_all(mine);
    }
    co_await ended(waiters);
    all->expect(*told >= 2, "a notification was lost");
  }
}

task<void> barriers_meet_cancels(program_ptr) {
  barrier here{2};
  auto come = [](barrier where) -> task<void> {
    for (int i = 0; i != 10;) {
      try {
        co_await where.wait();
        ++i;
      } catch (const cancelled&) {
        this_task::uncancel();
      } catch (const failure&) { // broken, at the end
        co_return;
      }
    }
    co_await where.abort();
  };
  std::vector<handle<void>> both;
  for (int i = 0; i != 2; ++i)
    both.push_back(spawn(come(here), begun()));
  co_await cancel_some(both);
  co_await ended(both);
}

// -- groups and threads -------------------------------------------------------

task<void> spawns_meet_the_end_of_a_group(program_ptr all) {
  auto add = [](group to, count succeeded, count over) -> task<void> {
    auto child = [](count n) -> task<void> {
      co_await yield();
      ++*n;
    };
    std::vector<handle<void>> children;
    try {
      for (int i = 0; i != 20; ++i) {
        children.push_back(to.spawn(child(over)));
        if (i % 5 == 0)
          co_await yield();
      }
    } catch (const failure&) { // closed
    }
    co_await ended(children);
    // Those that came too late were cancelled.
    for (const auto& x : children)
      *succeeded += x.was_cancelled() ? 0 : 1;
  };
  for (int i = 0; i != 5; ++i) {
    auto succeeded = nobody();
    auto over = nobody();
    std::vector<handle<void>> others;
    auto body = [&](group& g) -> task<void> {
      for (int k = 0; k != 2; ++k)
        others.push_back(spawn(add(g, succeeded, over)));
      delay_a_little();
      if (i % 2)
        g.cancel();
      co_return;
    };
    co_await with_group(body);
    auto before = over->load();
    co_await ended(others);
    all->expect(*over == before, "a task of a group outlives it");
    all->expect(*over == *succeeded, "a task of a group did not run");
  }
}

task<void> groups_meet_pauses(program_ptr) {
  auto child = []() -> task<void> {
    for (int i = 0; i != 20; ++i)
      co_await yield();
  };
  for (int i = 0; i != 5; ++i) {
    auto body = [&](group& g) -> task<void> {
      for (int k = 0; k != 4; ++k)
        g.spawn(child());
      for (int k = 0; k != 5; ++k) {
        auto guard = co_await g.pause();
        delay_a_little();
      }
      if (i % 2)
        g.cancel();
    };
    co_await with_group(body);
  }
}

task<void> calls_meet_cancels(program_ptr) {
  auto call = []() -> task<void> {
    auto work = [] {
      delay_a_little();
      return 1;
    };
    for (int i = 0; i != 5; ++i)
      co_await to_thread(work);
  };
  for (int i = 0; i != 5; ++i) {
    std::vector<handle<void>> all;
    for (int k = 0; k != 3; ++k)
      all.push_back(spawn(call()));
    delay_a_little();
    all.front().cancel();
    co_await ended(all);
  }
}

task<void> eager_tasks_meet_cancels(program_ptr) {
  auto body = []() -> task<void> { co_await yield(); };
  for (int i = 0; i != 20; ++i) {
    auto work = spawn(body(), spawn_options{}.eager_start(i % 2 == 0));
    auto other = spawn([](any_handle whom) -> task<void> {
      whom.cancel();
      co_return;
    }(work));
    co_await ended(work);
    co_await ended(other);
  }
}

/// The program ends while its tasks spawn others.
task<void> spawns_meet_the_end_of_the_program(program_ptr) {
  auto endless = []() -> task<void> {
    for (;;) {
      spawn(nothing());
      spawn(sleep_and_give());
      co_await yield();
    }
  };
  for (int i = 0; i != 3; ++i)
    spawn(endless());
  delay_a_little();
  co_await yield();
}

} // namespace

std::vector<race_program> race_programs() {
  return {
    {"cancels meet scopes", cancels_meet_scopes},
    {"cancels meet each other", cancels_meet_each_other},
    {"pauses meet cancels", pauses_meet_cancels},
    {"values meet those that wait", values_meet_those_that_wait},
    {"values come from outside", values_come_from_outside},
    {"results meet cancels", results_meet_cancels},
    {"the completed are shared", the_completed_are_shared},
    {"locks meet cancels", locks_meet_cancels},
    {"permits meet cancels", permits_meet_cancels},
    {"leases meet those that ask", leases_meet_those_that_ask},
    {"items meet cancels", items_meet_cancels},
    {"items meet subscribers", items_meet_subscribers},
    {"events meet those that wait", events_meet_those_that_wait},
    {"notifications meet cancels", notifications_meet_cancels},
    {"barriers meet cancels", barriers_meet_cancels},
    {"spawns meet the end of a group", spawns_meet_the_end_of_a_group},
    {"groups meet pauses", groups_meet_pauses},
    {"calls meet cancels", calls_meet_cancels},
    {"eager tasks meet cancels", eager_tasks_meet_cancels},
    {"spawns meet the end of the program", spawns_meet_the_end_of_the_program},
  };
}

} // namespace troupe::testing
