#include "troupe/attempt.hpp"
#include "troupe/io/loop.hpp"
#include "troupe/io/use_await.hpp"
#include "troupe/log.hpp"
#include "troupe/run.hpp"
#include "troupe/sleep.hpp"
#include "troupe/spawn.hpp"
#include "troupe/task.hpp"
#include "troupe/wait.hpp"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <pthread.h>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// Loops, and what becomes of tasks that await something on one that goes.
namespace troupe {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::Eq;
using ::testing::HasSubstr;

using loop_ptr = std::unique_ptr<io::loop>;
using timer_ptr = std::shared_ptr<asio::steady_timer>;

timer_ptr make_timer(io::loop& loop, std::chrono::nanoseconds length = 1h) {
  return std::make_shared<asio::steady_timer>(loop.context(), length);
}

/// "value", "cancelled", or the error.
task<std::string> wait_of(timer_ptr timer) {
  try {
    auto result = co_await attempt(timer->async_wait(use_await));
    co_return result ? "value" : to_string(result.error());
  } catch (const cancelled&) {
    co_return "cancelled";
  }
}

task<void> wait_on(timer_ptr timer) {
  co_await timer->async_wait(use_await);
}

/// Waits until the loop has done what it was given so far.
void catch_up(io::loop& loop) {
  std::promise<void> done;
  asio::post(loop.context(), [&] { done.set_value(); });
  done.get_future().wait();
}

const std::string closed = "closed: the io::loop was destroyed";

TEST(LoopTest, ALoopThatGoesFailsWhatIsAwaitedOnIt) {
  auto body = []() -> task<std::string> {
    auto loop = std::make_unique<io::loop>();
    auto work = spawn(wait_of(make_timer(*loop)));
    co_await yield();
    catch_up(*loop); // it waits in there
    loop.reset();
    co_return co_await work;
  };
  EXPECT_EQ(block_on(body()), closed);
}

TEST(LoopTest, SoItDoesWhatHasNotBegun) {
  auto body = []() -> task<std::string> {
    auto loop = std::make_unique<io::loop>();
    loop->context().stop();
    auto work = spawn(wait_of(make_timer(*loop)));
    co_await yield();
    loop.reset();
    co_return co_await work;
  };
  EXPECT_EQ(block_on(body(), run_options{}.threads(1)), closed);
}

TEST(LoopTest, WhatIsAwaitedOnALoopThatIsGoneFailsAtOnce) {
  auto body = []() -> task<std::vector<std::string>> {
    auto loop = std::make_unique<io::loop>();
    auto timer = make_timer(*loop);
    loop.reset();
    std::vector<std::string> result;
    result.push_back(co_await wait_of(timer));
    result.push_back(co_await wait_of(timer));
    co_return result;
  };
  EXPECT_THAT(block_on(body()), Each(closed));
}

TEST(LoopTest, ACancelThatTheLoopCouldNotPassOnEndsTheTask) {
  auto body = []() -> task<std::string> {
    auto loop = std::make_unique<io::loop>();
    auto work = spawn(wait_on(make_timer(*loop)));
    co_await yield();
    catch_up(*loop);
    loop->context().stop(); // it does not see the cancel any more
    work.cancel();
    co_await yield();
    loop.reset();
    std::vector all{work}; // g++ 12 cannot have it in the await
    co_await wait(all);
    co_return work.was_cancelled() ? "cancelled" : "not cancelled";
  };
  EXPECT_EQ(block_on(body(), run_options{}.threads(1)), "cancelled");
}

TEST(LoopTest, AProgramEndsWhoseMainTaskLeavesItsLoopToATaskThatWaits) {
  auto body = []() -> task<void> {
    io::loop loop;
    auto timer = make_timer(loop);
    auto cancelled_before = spawn(wait_on(timer));
    auto left = spawn(wait_of(timer));
    co_await sleep(1ms);
    cancelled_before.cancel(); // not waited for
  };
  EXPECT_EQ(run(body()), 0);
}

TEST(LoopTest, TheOtherLoopsGoOn) {
  auto body = []() -> task<std::vector<std::string>> {
    auto first = std::make_unique<io::loop>();
    io::loop second;
    auto timer = make_timer(second);
    auto a = spawn(wait_of(make_timer(*first)));
    auto b = spawn(wait_of(timer));
    co_await yield();
    first.reset();
    std::vector<std::string> result;
    result.push_back(co_await a);
    asio::post(second.context(), [timer] { timer->cancel(); });
    result.push_back(co_await b);
    co_return result;
  };
  auto result = block_on(body(), run_options{}.threads(1));
  EXPECT_EQ(result[0], closed);
  EXPECT_THAT(result[1], HasSubstr("aborted: "));
}

TEST(LoopTest, ATaskInTheThreadOfAnotherSystemIsTold) {
  auto loop = std::make_unique<io::loop>();
  std::promise<void> begun;
  auto body = [&]() -> task<std::string> {
    auto timer = make_timer(*loop, 0s);
    co_await timer->async_wait(use_await);
    timer->expires_after(1h);
    begun.set_value();
    co_return co_await wait_of(timer);
  };
  auto result =
    std::async(std::launch::async, [&] { return block_on(body()); });
  begun.get_future().wait();
  loop.reset();
  EXPECT_EQ(result.get(), closed);
}

// They may be among what the tasks of a program own in the end.
TEST(LoopTest, ASocketOrATimerMayOutliveTheLoop) {
  auto hold = [](timer_ptr timer) -> task<void> {
    try {
      co_await sleep(1h);
    } catch (const cancelled&) {
      timer->cancel();
      throw;
    }
  };
  auto body = [&]() -> task<void> {
    io::loop loop;
    spawn(hold(make_timer(loop)));
    auto used = make_timer(loop, 0s);
    co_await used->async_wait(use_await);
    spawn(hold(std::move(used)));
    co_await sleep(1ms);
  };
  EXPECT_EQ(run(body()), 0);
}

TEST(LoopTest, EachAwaitEndsWhenCompletionsAreOnTheirWay) {
  auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random{seed};
  auto round = [&]() -> task<std::vector<std::string>> {
    std::array<loop_ptr, 2> loops{std::make_unique<io::loop>(),
                                  std::make_unique<io::loop>()};
    std::vector<handle<std::string>> all;
    for (int i = 0; i < 20; ++i) {
      auto length = std::chrono::microseconds{random() % 200};
      all.push_back(spawn(wait_of(make_timer(*loops[i % 2], length))));
      if (random() % 4 == 0)
        all.back().cancel();
    }
    auto pause = std::chrono::microseconds{random() % 200};
    co_await sleep(pause);
    loops = {};
    std::vector<std::string> result;
    co_await wait(all);
    for (const auto& one : all) // one may be cancelled before it begins
      if (one.was_cancelled())
        result.emplace_back("cancelled");
      else
        result.push_back(co_await one);
    co_return result;
  };
  for (int i = 0; i < 50; ++i)
    EXPECT_THAT(block_on(round()),
                Each(AnyOf(Eq("value"), Eq("cancelled"), Eq(closed))));
}

TEST(LoopTest, AHandlerMayDestroyIt) {
  auto body = []() -> task<std::string> {
    auto loop = std::make_shared<io::loop>();
    auto& context = loop->context();
    auto work = spawn(wait_of(make_timer(*loop)));
    co_await yield();
    asio::post(context, [last = std::move(loop)]() mutable { last.reset(); });
    co_return co_await work;
  };
  EXPECT_EQ(block_on(body(), run_options{}.threads(1)), closed);
}

TEST(LoopTest, GoesOnWhenAHandlerThrowsAndLogsIt) {
  std::vector<std::string> logged;
  set_log_sink([&](log_level level, std::string_view, std::string_view text) {
    if (level == log_level::error)
      logged.emplace_back(text);
  });
  {
    io::loop loop;
    asio::post(loop.context(), [] { throw std::runtime_error{"boom"}; });
    asio::post(loop.context(), [] { throw 1; });
    catch_up(loop);
  }
  set_log_sink(nullptr);
  ASSERT_EQ(logged.size(), 2u);
  EXPECT_THAT(logged[0], HasSubstr("boom"));
  EXPECT_THAT(logged[1], HasSubstr("unknown type"));
}

TEST(LoopTest, ItsThreadHasAName) {
  io::loop loop;
  std::array<char, 16> name{};
  asio::post(loop.context(), [&] {
    ::pthread_getname_np(::pthread_self(), name.data(), name.size());
  });
  catch_up(loop);
  EXPECT_STREQ(name.data(), "troupe.io");
}

} // namespace
} // namespace troupe
