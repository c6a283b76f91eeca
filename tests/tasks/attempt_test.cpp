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

/// Whatever awaits a handle does so with `use(h)`, in a coroutine.
const auto nothing = []() -> task<void> { co_return; };

const auto each_use = std::tuple{
  [](auto&& h) -> task<std::string> {
    auto end = co_await attempt(std::forward<decltype(h)>(h));
    co_return std::move(end).value();
  },
  [](auto&& h) -> task<std::string> {
    co_return co_await finally(std::forward<decltype(h)>(h), nothing);
  },
  [](auto&& h) -> task<std::string> {
    co_return co_await wait_for(std::forward<decltype(h)>(h), 1h);
  },
  [](auto&& h) -> task<std::string> {
    co_return co_await shield(std::forward<decltype(h)>(h));
  },
  [](auto&& h) -> task<std::string> {
    co_return co_await wait_for(shield(std::forward<decltype(h)>(h)), 1h);
  },
  [](auto&& h) -> task<std::string> {
    auto end = co_await attempt(shield(std::forward<decltype(h)>(h)));
    co_return std::move(end).value();
  },
};

TEST_F(AttemptTest, WhateverAwaitsANamedHandleLeavesItsValueThere) {
  run([]() -> task<void> {
    auto h = spawn(text());
    const auto& value = co_await h;
    auto twice = [&](auto use) -> task<void> {
      EXPECT_EQ(co_await use(h), value);
      EXPECT_EQ(co_await use(std::as_const(h)), value);
      EXPECT_EQ(value.size(), 100u);
    };
    auto all = [&](auto... use) -> task<void> { (co_await twice(use), ...); };
    co_await std::apply(all, each_use);
    std::vector<handle<std::string>> both(2, h);
    EXPECT_EQ((co_await gather(both)).at(1), value);
    EXPECT_EQ(value.size(), 100u);
  }());
}

TEST_F(AttemptTest, WhateverAwaitsAHandleThatIsMovedTakesItsValue) {
  run([]() -> task<void> {
    auto once = [&](auto use) -> task<void> {
      auto h = spawn(text());
      auto copy = h;
      EXPECT_EQ((co_await use(std::move(h))).size(), 100u);
      EXPECT_EQ(co_await ending_of(copy), "already_taken");
    };
    auto all = [&](auto... use) -> task<void> { (co_await once(use), ...); };
    co_await std::apply(all, each_use);
  }());
}

} // namespace
} // namespace troupe
