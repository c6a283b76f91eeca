#include "model/exploration.hpp"
#include "troupe/condition.hpp"
#include "troupe/detail/fiber.hpp"
#include "troupe/lock.hpp"
#include "troupe/queue.hpp"
#include "troupe/select.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/task.hpp"
#include "troupe/testing/explore_tasks.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>

// Locks, conditions and queues as tasks use them, with all that goes around
// their actors: in the first so many orders with at most two switches, and in
// random ones.
namespace troupe {
namespace {

void many_orders(const std::function<task<void>()>& make) {
  auto frames = detail::frames_alive.value();
  auto result =
    testing::explore_tasks(make, testing::explore_tasks_options{}.limit(5'000));
  testing::report(result);
  EXPECT_EQ(detail::frames_alive.value(), frames) << "coroutines are left";
}

void require(bool holds, const char* what) {
  if (!holds)
    throw std::logic_error{what};
}

/// What a lock protects: one at a time, with increasing tokens.
struct section {
  bool taken = false;
  std::uint64_t last = 0;
  int waiting = 0;
  int woken = 0;
};
using section_ptr = std::shared_ptr<section>;

/// That of somebody in the section.
class presence {
public:
  presence(section_ptr all, std::uint64_t token) : all_(std::move(all)) {
    require(!std::exchange(all_->taken, true), "two hold the lock");
    require(std::exchange(all_->last, token) < token, "an old token");
  }
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;
  ~presence() { all_->taken = false; }

private:
  section_ptr all_;
};

/// Is in the section until others have had their turn.
task<void> use(lock mutex, section_ptr all) {
  auto mine = co_await mutex.acquire();
  presence here{all, mine.token()};
  co_await yield();
}

task<void> use_twice(lock mutex, section_ptr all) {
  co_await use(mutex, all);
  co_await use(mutex, all);
}

/// Waits, and uses the lock again whatever that came to.
task<void> wait_once(condition news, section_ptr all) {
  auto again = false;
  try {
    auto mine = co_await news.acquire();
    ++all->waiting;
    co_await news.wait(mine);
    require(!all->taken, "woken without the lock");
    ++all->woken;
  } catch (const cancelled&) {
    again = true;
  }
  if (again)
    co_await use(news.mutex(), all);
}

/// Tells one of so many, once they wait.
task<void> notify_one(condition news, section_ptr all, int waiting) {
  for (;;) {
    auto mine = co_await news.acquire();
    if (all->waiting == waiting) {
      co_await news.notify(mine);
      break;
    }
    co_await mine.release();
    co_await yield();
  }
}

/// Waits for the end of a task that may be cancelled.
task<bool> ended(handle<void> work) {
  try {
    co_await work;
  } catch (const cancelled&) {
    co_return false;
  }
  co_return true;
}

TEST(SyncTaskModelTest, OneTaskHasTheLockInManyOrders) {
  many_orders([]() -> task<void> {
    lock mutex;
    auto all = std::make_shared<section>();
    auto a = spawn(use_twice(mutex, all));
    auto b = spawn(use_twice(mutex, all));
    co_await a;
    co_await b;
    co_await use(mutex, all);
  });
}

TEST(SyncTaskModelTest, ACancelLeavesTheLockFreeInManyOrders) {
  many_orders([]() -> task<void> {
    lock mutex;
    auto all = std::make_shared<section>();
    auto a = spawn(use_twice(mutex, all));
    auto b = spawn(use(mutex, all));
    co_await yield();
    a.cancel();
    co_await b;
    co_await ended(a);
    co_await use(mutex, all);
  });
}

TEST(SyncTaskModelTest, ACancelOfAWaitKeepsTheLockToOneInManyOrders) {
  many_orders([]() -> task<void> {
    condition news;
    auto all = std::make_shared<section>();
    auto a = spawn(wait_once(news, all));
    auto b = spawn(notify_one(news, all, 1));
    co_await b;
    auto c = spawn(use(news.mutex(), all));
    a.cancel();
    co_await a;
    co_await c;
  });
}

TEST(SyncTaskModelTest, ANotificationReachesAnotherOneInManyOrders) {
  many_orders([]() -> task<void> {
    condition news;
    auto all = std::make_shared<section>();
    auto a = spawn(wait_once(news, all));
    auto b = spawn(wait_once(news, all));
    co_await notify_one(news, all, 2);
    a.cancel();
    co_await a;
    if (all->woken == 0) // by a
      co_await b;
    b.cancel();
    co_await b;
    require(all->woken == 1, "the notification reached nobody");
  });
}

TEST(SyncTaskModelTest, ACancelledNotifyTellsAllTheSameInManyOrders) {
  many_orders([]() -> task<void> {
    condition news;
    auto all = std::make_shared<section>();
    auto told = std::make_shared<bool>(false);
    auto a = spawn(wait_once(news, all));
    auto b = spawn(
      [](condition c, section_ptr s, std::shared_ptr<bool> did) -> task<void> {
        while (s->waiting == 0)
          co_await yield();
        auto mine = co_await c.acquire();
        *did = true; // a job, say, that has to be told of
        co_await c.notify(mine);
      }(news, all, told));
    co_await yield();
    co_await yield();
    b.cancel();
    if (!co_await ended(b) && !*told)
      a.cancel();
    co_await ended(a);
    require(!*told || all->woken == 1, "a job that nobody was told of");
  });
}

TEST(SyncTaskModelTest, SelectTakesOneInManyOrders) {
  many_orders([]() -> task<void> {
    queue<int> numbers;
    lock mutex;
    auto mine = co_await mutex.acquire();
    auto chooser = spawn([](queue<int> items, lock l) -> task<int> {
      auto first = co_await select(items.get(), l.acquire());
      co_return static_cast<int>(first.index());
    }(numbers, mutex));
    auto putter = spawn(
      [](queue<int> items) -> task<void> { co_await items.put(1); }(numbers));
    co_await mine.release();
    auto which = co_await chooser;
    co_await putter;
    require(co_await numbers.size() == (which == 0 ? 0U : 1U), "an item lost");
    auto again = co_await mutex.acquire(); // nobody has it
  });
}

TEST(SyncTaskModelTest, ACancelledSelectTakesNothingInManyOrders) {
  many_orders([]() -> task<void> {
    queue<int> numbers;
    auto chooser = spawn([](queue<int> items) -> task<bool> {
      auto first = co_await select(items.get(), sleep(std::chrono::hours{1}));
      co_return first.index() == 0;
    }(numbers));
    auto putter = spawn(
      [](queue<int> items) -> task<void> { co_await items.put(1); }(numbers));
    co_await yield();
    chooser.cancel();
    auto got = false;
    try {
      got = co_await chooser;
    } catch (const cancelled&) {
    }
    co_await putter;
    if (!got)
      require(co_await numbers.get() == 1, "the item is lost");
  });
}

} // namespace
} // namespace troupe
