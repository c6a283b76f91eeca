#include "stress/sync_stress.hpp"
#include "troupe/condition.hpp"
#include "troupe/core/lock_actor.hpp"
#include "troupe/event.hpp"
#include "troupe/gather.hpp"
#include "troupe/lock.hpp"
#include "troupe/request.hpp"
#include "troupe/semaphore.hpp"
#include "troupe/spawn.hpp"
#include "troupe/this_task.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace troupe {
namespace {

class SyncStressTest : public stress_fixture {};

// -- lock ---------------------------------------------------------------------

task<void> use_once(lock mutex, std::shared_ptr<protected_state> what) {
  auto mine = co_await mutex.acquire();
  what->enter(mine.token());
  what->leave();
}

/// Checks that it was used as often as somebody says that he did.
task<void> check_uses(lock mutex, std::vector<handle<void>> clients,
                      std::shared_ptr<protected_state> what) {
  std::int64_t used = 0;
  for (auto& one : clients)
    used += co_await ended(one) ? 1 : 0;
  auto mine = co_await mutex.acquire();
  EXPECT_EQ(what->uses, used);
  EXPECT_EQ(what->wrong, 0);
  EXPECT_GT(mine.token(), what->last_token);
}

task<void> many_clients(std::size_t count, std::uint32_t seed) {
  std::mt19937 random{seed};
  lock mutex;
  auto what = std::make_shared<protected_state>();
  std::vector<handle<void>> clients;
  clients.reserve(count);
  while (clients.size() != count) {
    clients.push_back(spawn(use_once(mutex, what)));
    if (random() % 8 == 0)
      clients[random() % clients.size()].cancel();
  }
  co_await check_uses(mutex, std::move(clients), what);
}

TEST_F(SyncStressTest, ALockServesAHundredThousandClients) {
  run(many_clients(100'000 / slower, random_seed));
}

task<std::uint64_t> waiting_for(lock_actor mutex) {
  auto state = co_await request(mutex, v1::LockQuery{});
  co_return state.waiting();
}

task<void> many_in_line(std::size_t count, std::uint32_t seed) {
  std::mt19937 random{seed};
  auto actor = spawn_lock(this_task::system());
  lock mutex{actor};
  auto what = std::make_shared<protected_state>();
  auto first = co_await mutex.acquire();
  std::vector<handle<void>> clients;
  clients.reserve(count);
  memory_use memory;
  while (clients.size() != count)
    clients.push_back(spawn(use_once(mutex, what)));
  while (co_await waiting_for(actor) != count)
    co_await yield();
  expect_peak_below(memory, count * 3584);
  co_await first.release();
  for (auto some = count / 8; some != 0; --some)
    clients[random() % count].cancel();
  co_await check_uses(mutex, std::move(clients), what);
}

TEST_F(SyncStressTest, AHundredThousandWaitForALockAtOnceInLittleMemory) {
  run(many_in_line(100'000 / slower, random_seed));
}

task<void> again_and_again(lock mutex, std::shared_ptr<protected_state> what,
                           int count) {
  for (int i = 0; i != count; ++i) {
    auto mine = co_await mutex.acquire();
    what->enter(mine.token());
    what->leave();
  }
}

task<void> few_clients(int count) {
  lock mutex;
  auto what = std::make_shared<protected_state>();
  std::vector<task<void>> jobs;
  for (int i = 0; i != 4; ++i)
    jobs.push_back(again_and_again(mutex, what, count));
  co_await gather(std::move(jobs));
  auto mine = co_await mutex.acquire();
  EXPECT_EQ(what->uses, 4 * count);
  EXPECT_EQ(what->wrong, 0);
}

// Its lease goes from one to the other.
TEST_F(SyncStressTest, AFewClientsTakeALockAgainAndAgain) {
  run(few_clients(500'000 / slower));
}

// -- condition ----------------------------------------------------------------

/// What those that wait for a condition write down, under its lock.
class roll {
public:
  condition changed;
  protected_state state;
  std::size_t came = 0;
  std::size_t woken = 0;
};

/// Whether cancelled or not, it has the lock when its wait is over.
task<void> wait_once(std::shared_ptr<roll> all) {
  auto mine = co_await all->changed.acquire();
  ++all->came;
  auto woken = true;
  try {
    co_await all->changed.wait(mine);
  } catch (const cancelled&) {
    woken = false;
  }
  all->state.enter(mine.token());
  all->woken += woken ? 1 : 0;
  all->state.leave();
}

task<void> notify(std::shared_ptr<roll> all, std::size_t count) {
  auto mine = co_await all->changed.acquire();
  auto told = co_await all->changed.notify(mine, count);
  EXPECT_EQ(told, count);
}

task<void> until_all_wait(std::shared_ptr<roll> all, std::size_t count) {
  for (;;) {
    auto mine = co_await all->changed.acquire();
    if (all->came == count)
      co_return;
    co_await mine.release();
    co_await yield();
  }
}

/// Half of those that wait are cancelled while somebody is told: there are
/// always others, to whom a notification can go.
task<void> notify_and_cancel(std::mt19937& random) {
  constexpr std::size_t half = 16;
  auto all = std::make_shared<roll>();
  std::vector<handle<void>> stay;
  std::vector<handle<void>> go;
  for (std::size_t i = 0; i != half; ++i) {
    go.push_back(spawn(wait_once(all)));
    stay.push_back(spawn(wait_once(all)));
  }
  co_await until_all_wait(all, 2 * half);

  std::vector<handle<void>> notifiers;
  std::size_t told = 0;
  for (auto& one : go) {
    if (auto count = random() % 3; told + count <= half) {
      told += count;
      notifiers.push_back(spawn(notify(all, count)));
    }
    one.cancel();
    if (random() % 4 == 0)
      co_await yield();
  }
  for (auto& one : notifiers)
    co_await one;
  for (auto& one : go)
    co_await one;

  // Whoever was told is in line before this.
  auto mine = co_await all->changed.acquire();
  EXPECT_EQ(all->woken, told) << "a notification was lost, or came twice";
  co_await all->changed.notify_all(mine);
  co_await mine.release();
  for (auto& one : stay)
    co_await one;
  EXPECT_EQ(all->state.uses, 2 * half);
  EXPECT_EQ(all->state.wrong, 0);
}

task<void> many_rounds(int count, std::uint32_t seed) {
  std::mt19937 random{seed};
  for (int i = 0; i != count && !::testing::Test::HasFailure(); ++i)
    co_await notify_and_cancel(random);
}

TEST_F(SyncStressTest, ANotificationOfACancelledTaskGoesToAnother) {
  run(many_rounds(5'000 / slower, random_seed));
}

// -- semaphore ----------------------------------------------------------------

constexpr std::int64_t capacity = 10;

/// Permits in use, as those that have them count.
using usage = std::shared_ptr<std::atomic<std::int64_t>>;

class counted {
public:
  counted(usage all, std::int64_t mine) : all_(std::move(all)), mine_(mine) {
    EXPECT_LE(*all_ += mine_, capacity);
  }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
  ~counted() { *all_ -= mine_; }

private:
  usage all_;
  std::int64_t mine_;
};

/// Those that use a semaphore, and live until the end: what is lost does not
/// come back with them.
class users_of_permits {
public:
  semaphore slots{capacity};
  usage in_use = std::make_shared<std::atomic<std::int64_t>>(0);
  tally begun = nobody();
  tally done = nobody();
  event end;
};

task<void> until_set(event what) {
  for (;;) {
    try {
      co_return co_await what.wait();
    } catch (const cancelled&) {
    }
  }
}

/// Takes some permits so often, unless it is cancelled or that takes too long.
///
/// @return How often it got them.
task<std::int64_t> use_some(std::shared_ptr<users_of_permits> all, int count,
                            std::uint32_t seed) {
  ++*all->begun;
  std::mt19937 random{seed};
  std::int64_t got = 0;
  for (int i = 0; i != count; ++i) {
    auto wanted = 1 + static_cast<std::int64_t>(random() % capacity);
    duration limit = forever;
    if (random() % 4 == 0)
      limit = std::chrono::microseconds{random() % 200};
    try {
      auto permits = co_await all->slots.acquire_for(limit, wanted);
      counted mine{all->in_use, wanted};
      ++got;
      if (random() % 2 == 0)
        co_await yield();
    } catch (const cancelled&) {
    } catch (const failure& why) {
      EXPECT_EQ(why.code(), errc::timed_out);
    }
  }
  ++*all->done;
  co_await until_set(all->end);
  co_return got;
}

/// So often that some cancels meet a grant that is on its way.
task<void> cancel_often(std::vector<any_handle> whom, std::uint32_t seed) {
  std::mt19937 random{seed};
  for (;;) {
    whom[random() % whom.size()].cancel();
    co_await yield();
  }
}

task<void> many_permits(int count, std::uint32_t seed) {
  constexpr std::size_t clients = 50;
  auto all = std::make_shared<users_of_permits>();
  std::vector<handle<std::int64_t>> users;
  for (std::uint32_t i = 0; i != clients; ++i)
    users.push_back(spawn(use_some(all, count, seed + i)));
  co_await until_all(all->begun, clients);
  auto canceller = spawn(cancel_often({users.begin(), users.end()}, seed));
  co_await until_all(all->done, clients);
  co_await stop(canceller);
  EXPECT_EQ(*all->in_use, 0);
  EXPECT_EQ(co_await all->slots.available(), capacity);
  co_await all->end.set();
  std::int64_t got = 0;
  for (auto& one : users)
    got += co_await one;
  EXPECT_GT(got, 0);
}

TEST_F(SyncStressTest, ASemaphoreNeverGivesMoreThanItHasAndLosesNothing) {
  run(many_permits(4'000 / slower, random_seed));
}

} // namespace
} // namespace troupe
