#include "troupe/core/detail/turn.hpp"
#include "troupe/msg/actor.hpp"
#include "troupe/msg/setup.hpp"
#include "troupe/promise.hpp"
#include "troupe/request.hpp"
#include "troupe/sleep.hpp"
#include "troupe/task.hpp"
#include "troupe/testing/virtual_system.hpp"
#include "troupe/this_task.hpp"
#include "troupe/wait.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

TROUPE_MESSAGES(allocation_test, troupe::first_user_type_id,
                google::protobuf::Int64Value)

namespace {

std::size_t allocations = 0;
std::size_t frees = 0;

} // namespace

// Counts what the whole process allocates and frees.
// g++ 12 sees `free` where it inlined one of them, and not the other.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
// NOLINTBEGIN
void* operator new(std::size_t size) {
  ++allocations;
  if (auto* result = std::malloc(size))
    return result;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept {
  frees += memory ? 1 : 0;
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  frees += memory ? 1 : 0;
  std::free(memory);
}
// NOLINTEND

namespace troupe {
namespace {

using number = google::protobuf::Int64Value;
using doubler = actor<number(number)>;

/// What had been allocated when the doubler began with its last request.
std::size_t allocations_when_asked = 0;

doubler::behavior_type make_doubler() {
  return {[](const number& x) {
    allocations_when_asked = allocations;
    number result;
    result.set_value(2 * x.value());
    return result;
  }};
}

/// In one thread, where nobody else allocates meanwhile.
class AllocationTest : public ::testing::Test {
protected:
  static constexpr std::size_t rounds = 1'000;
  static constexpr std::size_t in_a_turn = detail::turn::most_steps / 2;

  AllocationTest() { add_messages<caf::id_block::allocation_test>(config); }

  caf::actor_system_config config;
};

TEST_F(AllocationTest, AnAwaitOfWhatIsThereAllocatesNothing) {
  testing::virtual_system system{config};
  system.run([]() -> task<void> {
    promise<int> source;
    auto there = source.get_handle();
    source.set_value(1);
    for (std::size_t round = 0; round != rounds; ++round) {
      co_await yield(); // where a turn is over others have theirs, by messages
      std::size_t sum = 0;
      auto before = allocations;
      for (std::size_t i = 0; i != in_a_turn; ++i)
        sum += static_cast<std::size_t>(co_await there);
      EXPECT_EQ(allocations, before);
      EXPECT_EQ(sum, in_a_turn);
    }
  }());
}

TEST_F(AllocationTest, ATaskAwaitedInlineIsItsFrame) {
  testing::virtual_system system{config};
  system.run([]() -> task<void> {
    auto before = allocations;
    for (std::size_t i = 0; i != rounds; ++i)
      co_await []() -> task<void> { co_return; }();
    EXPECT_EQ(allocations, before + rounds);
  }());
}

// What the coroutine layer allocates for a request is its mailbox element. The
// answer is CAF's own affair: it makes the values, and their element. Its test
// scheduler takes some for its line of actors.
TEST_F(AllocationTest, ARequestAllocatesOnceAndCafsAnswerTwice) {
  testing::virtual_system system{config};
  system.run([]() -> task<void> {
    auto target = this_task::system().spawn(make_doubler);
    number x;
    x.set_value(3);
    co_await request(target, x); // what is made once
    std::size_t asking = 0;
    std::size_t answering = 0;
    for (std::size_t i = 0; i != rounds; ++i) {
      auto before = allocations;
      co_await request(target, x);
      asking += allocations_when_asked - before;
      answering += allocations - allocations_when_asked;
    }
    EXPECT_LT(asking, rounds + rounds / 10);
    EXPECT_LT(answering, 2 * rounds + rounds / 10);
  }());
}

TEST_F(AllocationTest, AWaitThatWasGivenUpLeavesNothingWithTheTask) {
  testing::virtual_system system{config};
  system.run([]() -> task<void> {
    promise<> source;
    std::vector<handle<void>> work{source.get_handle()};
    auto before = allocations - frees;
    for (std::size_t i = 0; i != rounds; ++i)
      co_await wait(work, all_completed, std::chrono::milliseconds{1});
    EXPECT_LT(allocations - frees, before + rounds / 10);
    source.set_value();
  }());
}

} // namespace
} // namespace troupe
