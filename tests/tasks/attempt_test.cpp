#include "conformance/fixture.hpp"
#include "troupe/attempt.hpp"
#include "troupe/promise.hpp"

namespace troupe {
namespace {

using AttemptTest = TaskConformanceTest;

TEST_F(AttemptTest, GivesTheValue) {
  run([]() -> task<void> {
    auto end = co_await attempt(value_after(1s, 42));
    EXPECT_TRUE(end.has_value());
    EXPECT_EQ(end.value(), 42);
  }());
}

TEST_F(AttemptTest, GivesSuccessWithoutAValue) {
  run([]() -> task<void> {
    auto end = co_await attempt(sleep(1s));
    EXPECT_TRUE(end.has_value());
  }());
}

TEST_F(AttemptTest, GivesAFailureAsItsError) {
  run([]() -> task<void> {
    auto fail = []() -> task<void> {
      co_await yield();
      throw failure{{errc::busy, "not now"}};
    };
    auto end = co_await attempt(fail());
    EXPECT_FALSE(end.has_value());
    EXPECT_EQ(end.error().code(), errc::busy);
    EXPECT_EQ(end.error().message(), "not now");
  }());
}

TEST_F(AttemptTest, GivesAnotherExceptionAsTheCauseOfAnInternalError) {
  run([]() -> task<void> {
    auto end = co_await attempt(fail_after(1s, "mine"));
    EXPECT_EQ(end.error().code(), errc::internal);
    EXPECT_EQ(end.error().message(), "mine");
    EXPECT_THROW(end.value(), std::runtime_error);
  }());
}

TEST_F(AttemptTest, LetsACancelThrough) {
  auto work = start(
    []() -> task<void> { static_cast<void>(co_await attempt(sleep(1h))); }());
  work.cancel();
  system.run_ready();
  EXPECT_TRUE(work.was_cancelled());
}

TEST_F(AttemptTest, LetsTheCancelOfAnAwaitedTaskThrough) {
  auto work = start([](handle<int> other) -> task<void> {
    static_cast<void>(co_await attempt(other));
  }(start(value_after(1h, 1))));
  work.cancel();
  system.run_ready();
  EXPECT_TRUE(work.was_cancelled());
}

TEST_F(AttemptTest, MovesTheValueOutOfAHandle) {
  run([]() -> task<void> {
    promise<std::unique_ptr<int>> answer;
    answer.set_value(std::make_unique<int>(42));
    auto end = co_await attempt(answer.get_handle());
    EXPECT_TRUE(end.has_value());
    EXPECT_EQ(**end, 42);
  }());
}

} // namespace
} // namespace troupe
