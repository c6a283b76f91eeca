#include "conformance/fixture.hpp"
#include "troupe/promise.hpp"
#include "troupe/run.hpp"
#include "troupe/shield.hpp"
#include "troupe/timeout.hpp"

#include <optional>
#include <thread>

namespace troupe {
namespace {

using PromiseTest = TaskConformanceTest;

TEST_F(PromiseTest, ItsValueWakesThoseWhoWaitInTheirOrder) {
  promise<int> answer;
  auto wait = [](std::string name, handle<int> value, journal log) //
    -> task<void> { log.add(name + std::to_string(co_await value)); };
  auto a = start(wait("a", answer.get_handle(), notes));
  auto b = start(wait("b", answer.get_handle(), notes));
  EXPECT_THAT(notes.lines(), IsEmpty());
  EXPECT_TRUE(answer.set_value(42));
  system.run_ready();
  EXPECT_THAT(notes.lines(), ElementsAre("a42", "b42"));
}

TEST_F(PromiseTest, WhoComesLaterDoesNotWait) {
  promise<int> answer;
  answer.set_value(42);
  EXPECT_TRUE(answer.get_handle().done());
  EXPECT_EQ(run(result_of(answer.get_handle())), 42);
}

TEST_F(PromiseTest, OnlyTheFirstEndCounts) {
  promise<int> answer;
  EXPECT_TRUE(answer.set_value(1));
  EXPECT_FALSE(answer.set_value(2));
  EXPECT_FALSE(answer.set_error(error{errc::busy}));
  EXPECT_EQ(run(result_of(answer.get_handle())), 1);
}

TEST_F(PromiseTest, ItMayHaveNoValue) {
  promise<> done;
  auto work = start(ending_of(done.get_handle()));
  EXPECT_TRUE(done.set_value());
  EXPECT_EQ(run(result_of(work)), "value");
}

TEST_F(PromiseTest, AnErrorIsThrownAsAFailure) {
  promise<int> answer;
  answer.set_error({errc::busy, "not now"});
  EXPECT_EQ(run(ending_of(answer.get_handle())), "busy");
}

TEST_F(PromiseTest, AnExceptionIsThrownAsItIs) {
  promise<int> answer;
  answer.set_exception(std::make_exception_ptr(std::runtime_error{"mine"}));
  EXPECT_EQ(run(ending_of(answer.get_handle())), "mine");
}

TEST_F(PromiseTest, DroppedItIsBroken) {
  std::optional<promise<int>> answer{std::in_place};
  auto work = start(ending_of(answer->get_handle()));
  answer.reset();
  EXPECT_EQ(run(result_of(work)), "broken_promise");
}

TEST_F(PromiseTest, DroppedWhileNobodyWaitsItIsNotLogged) {
  { promise<int> unused; }
  {
    promise<int> answer;
    auto one = answer.get_handle();
    auto shielded = start(ending_of(wait_for(shield(one), 1s)));
    system.advance(2s);
    EXPECT_EQ(run(result_of(shielded)), "timed_out");
    EXPECT_FALSE(one.done());
  }
  EXPECT_THAT(reports, IsEmpty());
}

TEST_F(PromiseTest, MovedItIsStillTheSame) {
  promise<int> answer;
  auto work = start(result_of(answer.get_handle()));
  auto other = std::move(answer);
  other.set_value(42);
  EXPECT_EQ(run(result_of(work)), 42);
}

TEST_F(PromiseTest, CancellingItsHandleEndsIt) {
  promise<int> answer;
  auto one = start(ending_of(answer.get_handle()));
  auto two = start(ending_of(answer.get_handle()));
  EXPECT_TRUE(answer.get_handle().cancel());
  EXPECT_TRUE(answer.get_handle().was_cancelled());
  EXPECT_FALSE(answer.set_value(42));
  EXPECT_EQ(run(result_of(one)), "cancelled");
  EXPECT_EQ(run(result_of(two)), "cancelled");
}

TEST_F(PromiseTest, AValueIsMovedOutOnce) {
  run([]() -> task<void> {
    promise<std::unique_ptr<int>> answer;
    answer.set_value(std::make_unique<int>(42));
    auto first = answer.get_handle();
    auto value = co_await std::move(first);
    EXPECT_EQ(*value, 42);
    EXPECT_EQ(co_await ending_of(answer.get_handle()), "already_taken");
  }());
}

TEST_F(PromiseTest, AThreadCanSetIt) {
  auto wait = []() -> task<int> {
    promise<int> answer;
    auto value = answer.get_handle();
    std::jthread other{[&] { answer.set_value(42); }};
    co_return co_await value;
  };
  EXPECT_EQ(block_on(wait()), 42);
}

TEST_F(PromiseTest, AnErrorThatNobodyAskedForIsReportedOnce) {
  {
    promise<int> answer;
    auto one = answer.get_handle();
    answer.set_error({errc::busy, "not now"});
  }
  EXPECT_THAT(reports, ElementsAre(HasSubstr("not now")));
}

} // namespace
} // namespace troupe
