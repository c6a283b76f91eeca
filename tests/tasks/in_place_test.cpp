// Requests that are handled in the thread of whoever asks: real threads, as
// CAF's test scheduler handles nothing in place.
#include "troupe/actor.hpp"
#include "troupe/attempt.hpp"
#include "troupe/cancelled.hpp"
#include "troupe/core/semaphore_actor.hpp"
#include "troupe/handle.hpp"
#include "troupe/queue.hpp"
#include "troupe/request.hpp"
#include "troupe/run.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/this_task.hpp"

#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace troupe {
namespace {

template <class T>
T run_on(std::size_t threads, task<T> work) {
  return block_on(std::move(work), run_options{}.threads(threads));
}

using flag = std::shared_ptr<std::atomic<bool>>;

flag make_flag() {
  return std::make_shared<std::atomic<bool>>(false);
}

/// Never has to wait.
task<void> use_until(queue<int> items, flag stop, flag begun) {
  while (!*stop) {
    co_await items.put(1);
    co_await items.get();
    *begun = true;
  }
}

task<void> until_raised(flag begun) {
  while (!*begun)
    co_await yield();
}

task<void> raise(flag stop) {
  *stop = true;
  co_return;
}

TEST(InPlaceTest, LetsOthersOfItsThreadHaveTheirTurn) {
  run_on(1, []() -> task<void> {
    auto stop = make_flag();
    auto begun = make_flag();
    queue<int> items;
    auto user = spawn(use_until(items, stop, begun));
    co_await until_raised(begun);
    auto other = spawn(raise(stop));
    co_await user;
    co_await other;
  }());
}

TEST(InPlaceTest, NoticesACancelThatComesMeanwhile) {
  run_on(2, []() -> task<void> {
    queue<int> items;
    auto begun = make_flag();
    auto user = spawn(use_until(items, make_flag(), begun));
    co_await until_raised(begun);
    user.cancel();
    EXPECT_THROW(co_await user, cancelled);
  }());
}

task<v1::SemaphoreState> state_of(semaphore_actor permits) {
  v1::SemaphoreQuery what;
  co_return co_await request(permits, what);
}

task<std::uint64_t> acquire_from(semaphore_actor permits) {
  v1::SemaphoreAcquire what;
  what.set_count(1);
  auto granted = co_await request(permits, what);
  co_return granted.token();
}

TEST(InPlaceTest, AnswersWhoWaitsAsWellAsWhoAsks) {
  run_on(1, []() -> task<void> {
    auto permits = spawn_semaphore(this_task::system(), permit_options{});
    auto token = co_await acquire_from(permits);
    auto second = spawn(acquire_from(permits));
    while ((co_await state_of(permits)).waiting() == 0)
      co_await yield();
    v1::SemaphoreRelease give_back;
    give_back.set_token(token);
    auto after = co_await request(permits, give_back);
    EXPECT_EQ(after.held(), 1u); // by the second one
    auto granted = co_await second;
    EXPECT_GT(granted, token);
  }());
}

TEST(InPlaceTest, TellsOfAnActorThatHasEnded) {
  run_on(2, []() -> task<void> {
    auto permits = spawn_semaphore(this_task::system(), permit_options{});
    auto before = co_await state_of(permits);
    EXPECT_EQ(before.available(), 1u);
    caf::anon_send_exit(permits, caf::exit_reason::kill);
    expected<v1::SemaphoreState> how = before;
    while (how)
      how = co_await attempt(state_of(permits));
    EXPECT_EQ(how.error().code(), errc::lost);
  }());
}

task<void> put_all(queue<int> items, int from, int count) {
  for (int i = 0; i != count; ++i)
    co_await items.put(from + i);
}

// Two threads race for who runs the queue's handler; the loser's message passes
// the mailbox, behind which nobody may come before.
TEST(InPlaceTest, KeepsTheOrderOfEachSender) {
  run_on(2, []() -> task<void> {
    constexpr int count = 5'000;
    constexpr int second = 1'000'000;
    queue<int> items{queue_options{}.max_size(16)};
    auto a = spawn(put_all(items, 0, count));
    auto b = spawn(put_all(items, second, count));
    int next_of_a = 0;
    int next_of_b = second;
    for (int i = 0; i != 2 * count; ++i) {
      auto x = co_await items.get();
      EXPECT_EQ(x, x < second ? next_of_a++ : next_of_b++);
    }
    co_await a;
    co_await b;
  }());
}

} // namespace
} // namespace troupe
