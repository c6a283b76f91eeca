// What the README promises and warns of, where no other test has it.
#include "conformance/fixture.hpp"
#include "troupe/lock.hpp"
#include "troupe/msg/rate_limiter.hpp"
#include "troupe/queue.hpp"
#include "troupe/request.hpp"
#include "troupe/run.hpp"
#include "troupe/timeout.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace troupe {
namespace {

using ReadmeTest = TaskConformanceTest;

task<void> inline_task() {
  co_return;
}

// -- cancels ------------------------------------------------------------------

TEST_F(ReadmeTest, ACancelIsThrownOnceAndNotWhereAnInlineTaskIsAwaited) {
  auto work = start([](journal log) -> task<void> {
    this_task::handle().cancel();
    co_await inline_task();
    log.add("after an inline task");
    try {
      co_await yield();
    } catch (const cancelled&) {
      log.add("cancelled");
    }
    co_await yield();
    log.add("goes on");
  }(notes));
  EXPECT_THAT(notes.lines(),
              ElementsAre("after an inline task", "cancelled", "goes on"));
  EXPECT_TRUE(work.done());
  EXPECT_FALSE(work.was_cancelled());
}

TEST_F(ReadmeTest, CancelsThatComeBeforeOneIsThrownAreThrownTogether) {
  auto work = start([](journal log) -> task<void> {
    for (;;) {
      try {
        co_await sleep(1h);
        co_return;
      } catch (const cancelled&) {
        log.add(std::to_string(this_task::cancelling()) + " cancels");
      }
    }
  }(notes));
  for (int i = 0; i != 3; ++i)
    work.cancel();
  system.advance(1h);
  EXPECT_TRUE(work.done());
  EXPECT_THAT(notes.lines(), ElementsAre("3 cancels"));
}

TEST_F(ReadmeTest, ALimitIsNotThrownWhereAnInlineTaskIsAwaited) {
  run([](journal log) -> task<void> {
    auto body = [&](timeout_scope&) -> task<void> {
      co_await inline_task();
      log.add("after an inline task");
      co_await yield();
      log.add("not here");
    };
    EXPECT_EQ(co_await ending_of(with_timeout(0s, body)), "timed_out");
  }(notes));
  EXPECT_THAT(notes.lines(), ElementsAre("after an inline task"));
}

// -- lost ---------------------------------------------------------------------

/// Plain CAF: who drops a promise answers nothing.
rate_limiter_actor::behavior_type forgets(rate_limiter_actor::pointer self) {
  return {[self](const v1::RateAcquire&) -> caf::result<v1::RatePassed> {
            return self->make_response_promise<v1::RatePassed>();
          },
          [](const v1::Withdraw&) {}};
}

TEST_F(ReadmeTest, ATaskThatNobodyHasOrWakesAnyMoreIsLost) {
  auto forgetful = system->spawn(forgets);
  auto work = start([](rate_limiter_actor whom) -> task<void> {
    co_await request(whom, v1::RateAcquire{});
  }(forgetful));
  ASSERT_TRUE(work.done());
  EXPECT_EQ(run(ending_of(work)), "lost");
}

TEST_F(ReadmeTest, OneThatWaitsForWhatOnlyItselfCouldGiveIsNotEnded) {
  auto work = start([]() -> task<int> {
    queue<int> own;
    co_return co_await own.get();
  }());
  system.advance(1h);
  EXPECT_FALSE(work.done());
  work.cancel();
  system.run_ready();
  EXPECT_TRUE(work.was_cancelled());
}

TEST(ReadmeEndsTest, ATaskThatIsLeftAfterTheGraceIsLost) {
  auto main = []() -> task<any_handle> {
    auto stubborn = spawn(ignore_cancels_for(1h, 0));
    co_await yield();
    co_return stubborn;
  };
  std::vector<std::string> reports;
  set_log_sink([&](log_level, std::string_view, std::string_view text) {
    reports.emplace_back(text);
  });
  auto left = block_on(main(), run_options{}.grace(1ms));
  EXPECT_THAT(reports, ElementsAre(HasSubstr("left after a grace")));
  ASSERT_TRUE(left.done());
  left = {}; // nobody has asked
  set_log_sink(nullptr);
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_THAT(reports.back(), HasSubstr("lost"));
}

// -- g++ 12 -------------------------------------------------------------------

task<std::size_t> count(std::vector<std::string> all) {
  co_return all.size();
}

template <class F>
task<std::size_t> call(F f) {
  co_return f();
}

TEST_F(ReadmeTest, WhatIsSaidToWorkInACoAwaitWorks) {
  run([]() -> task<void> {
    std::string text = "longer than what a string has room for in itself";
    std::vector<std::string> two{text, text};
    EXPECT_EQ(co_await count(two), 2u);
    auto length = [text] { return text.size(); };
    EXPECT_EQ(co_await call(length), text.size());

    lock mutex;
    auto got = co_await mutex.acquire();
    auto* kept = new held{std::move(got)};
    EXPECT_TRUE(co_await mutex.locked());
    delete kept;
    EXPECT_FALSE(co_await mutex.locked());
    auto owned = std::make_unique<held>(co_await mutex.acquire());
    EXPECT_TRUE(co_await mutex.locked());
    owned.reset();
    EXPECT_FALSE(co_await mutex.locked());
  }());
}

} // namespace
} // namespace troupe
