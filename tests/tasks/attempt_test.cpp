#include "conformance/fixture.hpp"
#include "troupe/attempt.hpp"
#include "troupe/finally.hpp"
#include "troupe/gather.hpp"
#include "troupe/promise.hpp"
#include "troupe/shield.hpp"
#include "troupe/timeout.hpp"

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

// -- whatever awaits a handle -------------------------------------------------

task<std::string> text() {
  co_await sleep(1s);
  co_return std::string(100, 's');
}

/// Whatever awaits a handle, as tasks.
const auto nothing = []() -> task<void> { co_return; };
const auto by_attempt = [](auto&& h) -> task<std::string> {
  auto end = co_await attempt(std::forward<decltype(h)>(h));
  co_return std::move(end).value();
};
const auto by_finally = [](auto&& h) -> task<std::string> {
  co_return co_await finally(std::forward<decltype(h)>(h), nothing);
};
const auto by_wait_for = [](auto&& h) -> task<std::string> {
  co_return co_await wait_for(std::forward<decltype(h)>(h), 1h);
};
const auto by_shield = [](auto&& h) -> task<std::string> {
  co_return co_await shield(std::forward<decltype(h)>(h));
};
const auto by_limited_shield = [](auto&& h) -> task<std::string> {
  co_return co_await wait_for(shield(std::forward<decltype(h)>(h)), 1h);
};
const auto by_attempted_shield = [](auto&& h) -> task<std::string> {
  auto end = co_await attempt(shield(std::forward<decltype(h)>(h)));
  co_return std::move(end).value();
};

template <class Use>
task<void> expect_a_copy(handle<std::string> h, Use use) {
  const auto& value = co_await h;
  std::string first = co_await use(h);
  EXPECT_EQ(first, value);
  std::string second = co_await use(std::as_const(h));
  EXPECT_EQ(second, value);
  EXPECT_EQ(value.size(), 100u);
}

TEST_F(AttemptTest, WhateverAwaitsANamedHandleLeavesItsValueThere) {
  run([]() -> task<void> {
    auto h = spawn(text());
    co_await expect_a_copy(h, by_attempt);
    co_await expect_a_copy(h, by_finally);
    co_await expect_a_copy(h, by_wait_for);
    co_await expect_a_copy(h, by_shield);
    co_await expect_a_copy(h, by_limited_shield);
    co_await expect_a_copy(h, by_attempted_shield);
    std::vector<handle<std::string>> both(2, h);
    EXPECT_EQ((co_await gather(both)).at(1).size(), 100u);
    EXPECT_EQ((co_await h).size(), 100u);
  }());
}

template <class Use>
task<void> expect_it_taken(Use use) {
  auto h = spawn(text());
  auto copy = h;
  std::string value = co_await use(std::move(h));
  EXPECT_EQ(value.size(), 100u);
  std::string end = co_await ending_of(copy);
  EXPECT_EQ(end, "already_taken");
}

TEST_F(AttemptTest, WhateverAwaitsAHandleThatIsMovedTakesItsValue) {
  run([]() -> task<void> {
    co_await expect_it_taken(by_attempt);
    co_await expect_it_taken(by_finally);
    co_await expect_it_taken(by_wait_for);
    co_await expect_it_taken(by_shield);
    co_await expect_it_taken(by_limited_shield);
    co_await expect_it_taken(by_attempted_shield);
  }());
}

} // namespace
} // namespace troupe
