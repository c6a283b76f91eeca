#include "troupe/attempt.hpp"
#include "troupe/detail/fiber.hpp"
#include "troupe/promise.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/task.hpp"
#include "troupe/testing/virtual_system.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <pthread.h>
#include <utility>
#include <vector>

// Long chains of what owns each other end on a small stack.
namespace troupe {
namespace {

constexpr int million = 1'000'000;

/// Calls something on a stack of 256 KiB.
template <class F>
void on_a_small_stack(F f) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, std::size_t{256} * 1024), 0);
  pthread_t thread{};
  auto run = [](void* what) -> void* {
    (*static_cast<F*>(what))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &f), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

class ChainTest : public ::testing::Test {
protected:
  void TearDown() override {
    EXPECT_EQ(detail::frames_alive.value(), frames_) << "coroutines are left";
  }

private:
  std::int64_t frames_ = detail::frames_alive.value();
};

/// Ends an actor, which destroys its task.
void kill(const detail::actor_ref& actor) {
  caf::strong_actor_ptr target{actor.get()};
  caf::anon_send_exit(caf::actor_cast<caf::actor>(target),
                      caf::exit_reason::kill);
}

task<int> leaf() {
  co_return 1;
}

task<int> add_one(task<int> inner) {
  co_return 1 + co_await std::move(inner);
}

task<int> chain_of_tasks(int length) {
  auto result = leaf();
  for (int i = 1; i != length; ++i)
    result = add_one(std::move(result));
  return result;
}

TEST_F(ChainTest, TasksThatNeverRanAreDropped) {
  auto chain = chain_of_tasks(million);
  on_a_small_stack([&] { auto dropped = std::move(chain); });
}

TEST_F(ChainTest, ATreeOfTasksThatNeverRanIsDropped) {
  auto both = [](std::vector<task<int>>) -> task<int> { co_return 0; };
  auto tree = leaf();
  for (int i = 0; i != 100'000; ++i) {
    std::vector<task<int>> parts;
    parts.push_back(leaf());
    parts.push_back(std::move(tree));
    parts.push_back(leaf());
    tree = both(std::move(parts));
  }
  on_a_small_stack([&] { auto dropped = std::move(tree); });
}

TEST_F(ChainTest, TasksRunOneInsideTheOther) {
  testing::virtual_system system;
  EXPECT_EQ(system.run(chain_of_tasks(million)), million);
}

/// Waits inside as many others; in the end, what `wait` gives.
template <class Wait>
task<int> nested(int depth, Wait wait) {
  if (depth == 0)
    co_return co_await wait();
  co_return 1 + co_await nested(depth - 1, wait);
}

task<int> wait_for_ever() {
  co_await sleep(forever);
  co_return 0;
}

const auto for_ever = [] { return wait_for_ever(); };

TEST_F(ChainTest, TasksThatWaitOneInsideTheOtherAreCancelled) {
  testing::virtual_system system;
  auto work = spawn(system.get(), nested(100'000, for_ever));
  system.run_ready();
  work.cancel();
  system.run_ready();
  EXPECT_TRUE(work.was_cancelled());
}

/// Notes when it goes, while what it refers to is there.
class witness {
public:
  witness(std::vector<int>& ends, int which) : ends_(&ends), which_(which) {}
  witness(witness&& other) noexcept
    : ends_(std::exchange(other.ends_, nullptr)), which_(other.which_) {}
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  witness& operator=(witness&&) = delete;
  ~witness() {
    if (ends_)
      ends_->push_back(which_);
  }

private:
  std::vector<int>* ends_;
  int which_;
};

task<int> witnessed(int depth, std::vector<int>& ends) {
  witness here{ends, depth};
  if (depth == 0)
    co_await sleep(forever);
  else
    co_await witnessed(depth - 1, ends);
  co_return 0;
}

TEST_F(ChainTest, TasksThatWaitOneInsideTheOtherAreDestroyedFromTheInside) {
  std::vector<int> ends;
  {
    testing::virtual_system system;
    // As a value, a closure may have a reference.
    auto work = [](auto body) -> task<int> { co_return co_await body(); };
    auto handle =
      spawn(system.get(), work([&] { return witnessed(100, ends); }));
    system.run_ready();
    kill(detail::handle_access::block(handle)->where());
    system.run_ready();
    EXPECT_TRUE(handle.done());
  }
  ASSERT_EQ(ends.size(), 101u);
  EXPECT_TRUE(std::is_sorted(ends.begin(), ends.end()));
}

TEST_F(ChainTest, AMillionThatWaitOneInsideTheOtherAreDestroyed) {
  testing::virtual_system system;
  auto handle = spawn(system.get(), nested(million, for_ever));
  system.run_ready();
  auto actor = detail::handle_access::block(handle)->where();
  on_a_small_stack([&] {
    kill(actor);
    system.run_ready();
  });
  EXPECT_TRUE(handle.done());
}

// -- values that own each other -----------------------------------------------

struct node {
  handle<node> next;
};

TEST_F(ChainTest, ValuesThatHoldEachOthersHandlesAreDropped) {
  handle<node> list;
  for (int i = 0; i != million; ++i) {
    promise<node> one;
    one.set_value(node{std::move(list)});
    list = one.get_handle();
  }
  on_a_small_stack([&] { auto dropped = std::move(list); });
}

struct owner {
  std::unique_ptr<promise<owner>> next;
};

TEST_F(ChainTest, PromisesThatOwnEachOtherAreDropped) {
  promise<owner> list;
  for (int i = 0; i != million; ++i) {
    promise<owner> one;
    one.set_value(owner{std::make_unique<promise<owner>>(std::move(list))});
    list = std::move(one);
  }
  on_a_small_stack([&] { auto dropped = std::move(list); });
}

task<node> hold_on(handle<node> next) {
  co_return node{std::move(next)};
}

TEST_F(ChainTest, TasksThatHoldEachOthersHandlesAreDropped) {
  testing::virtual_system system;
  auto build = []() -> task<handle<node>> {
    handle<node> last;
    for (int i = 0; i != 100'000; ++i) {
      last = spawn(hold_on(std::move(last)));
      if (i % 100 == 0)
        co_await last;
    }
    co_await last;
    co_return last;
  };
  auto list = system.run(build());
  on_a_small_stack([&] { auto dropped = std::move(list); });
}

} // namespace
} // namespace troupe
