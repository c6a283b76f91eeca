#include "conformance/group_fixture.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/promise.hpp"
#include "troupe/shield.hpp"
#include "troupe/timeout.hpp"
#include "troupe/wait.hpp"

#include <caf/local_actor.hpp>

// What tasks share: who is told of an end, and for how long.
namespace troupe {
namespace {

class TaskBlockTest : public group_fixture {};

TEST_F(TaskBlockTest, AnEndIsToldToOneWhoAskedBefore) {
  promise<> source;
  auto told = 0;
  detail::handle_access::block(source.get_handle())->on_done([&] { ++told; });
  EXPECT_EQ(told, 0);
  source.set_value();
  EXPECT_EQ(told, 1);
}

TEST_F(TaskBlockTest, AnEndIsToldAtOnceToOneWhoAsksAfterIt) {
  promise<> source;
  source.set_value();
  auto told = 0;
  detail::handle_access::block(source.get_handle())->on_done([&] { ++told; });
  EXPECT_EQ(told, 1);
}

/// Waits for a second by `wait(value)`, which throws then.
template <class Wait>
task<void> give_up(detail::weak_actor_ref& me, Wait wait) {
  me = detail::weak_actor_ref{detail::fiber::require().host().self().ctrl()};
  auto body = [&](timeout_scope&) -> task<void> { co_await wait(); };
  EXPECT_EQ(co_await ending(with_timeout(1s, body)), "timed_out");
}

TEST_F(TaskBlockTest, WhoWaitsNoLongerForATaskIsForgotten) {
  promise<> source;
  detail::weak_actor_ref waiter;
  auto shielded = [&] { return shield(source.get_handle()); };
  run([&]() -> task<void> { co_await give_up(waiter, shielded); });
  EXPECT_FALSE(waiter.lock());
}

TEST_F(TaskBlockTest, WhoWaitsNoLongerForSomeTasksIsForgotten) {
  promise<> source;
  detail::weak_actor_ref waiter;
  std::vector<handle<void>> handles{source.get_handle()};
  auto all = [&] { return wait(handles); };
  run([&]() -> task<void> { co_await give_up(waiter, all); });
  EXPECT_FALSE(waiter.lock());
}

} // namespace
} // namespace troupe
