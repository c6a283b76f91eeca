#include "conformance/group_fixture.hpp"
#include "troupe/gather.hpp"
#include "troupe/group.hpp"
#include "troupe/map.hpp"
#include "troupe/race.hpp"
#include "troupe/this_task.hpp"
#include "troupe/timeout.hpp"

#include <memory>
#include <tuple>
#include <variant>

// What troupe's gather has and asyncio's has not, and its relatives.
namespace troupe {
namespace {

class GatherTest : public group_fixture {};

// -- gather -------------------------------------------------------------------

TEST_F(GatherTest, TasksOfDifferentTypesGiveATuple) {
  run([]() -> task<void> {
    auto [number, nothing, text] = co_await gather(
      gives(1, 2s), []() -> task<void> { co_return; }(),
      gives(std::string{"text"}, 1s));
    EXPECT_EQ(number, 1);
    EXPECT_EQ(nothing, std::monostate{});
    EXPECT_EQ(text, "text");
  });
  EXPECT_EQ(elapsed(), 2s);
}

TEST_F(GatherTest, AFailureInATupleCancelsTheOthers) {
  auto end = end_of([]() -> task<void> {
    co_await gather(never_ends(), throws<int>("boom", 1s));
  });
  EXPECT_EQ(end, "boom");
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(GatherTest, ValuesThatOnlyMoveAreMovedOut) {
  run([]() -> task<void> {
    auto make = [](int x) -> task<std::unique_ptr<int>> {
      co_return std::make_unique<int>(x);
    };
    auto all = co_await gather(tasks(make(1), make(2)));
    EXPECT_EQ(*all[0] + *all[1], 3);
  });
}

TEST_F(GatherTest, TasksThatBorrowAreRefusedAndNothingStarts) {
  run([]() -> task<void> {
    auto text = std::string{"mine"};
    auto borrow = [](const std::string&) -> task<int> { co_return 1; };
    auto all = gather(tasks(gives(1), borrow(text)));
    EXPECT_EQ(co_await ending(std::move(all)), "invalid_argument");
  });
}

TEST_F(GatherTest, ALimitHoldsTasksBack) {
  run([]() -> task<void> {
    auto all = tasks(gives(1, 1s), gives(2, 1s), gives(3, 1s));
    co_await gather(std::move(all), gather_options{}.limit(1));
  });
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(GatherTest, CollectedFailuresAreThrownOnceAllHaveEnded) {
  auto end = end_of([]() -> task<void> {
    auto all = tasks(gives(1, 5s), throws<int>("boom", 1s));
    co_await gather(std::move(all),
                    gather_options{}.on_error(on_error::collect));
  });
  EXPECT_EQ(end, "boom");
  EXPECT_EQ(elapsed(), 5s);
}

TEST_F(GatherTest, PastItsDeadlineItHasTimedOut) {
  auto end = end_of([]() -> task<void> {
    auto until = gather_options{}.deadline(this_task::now() + 2s);
    co_await gather(tasks(never_ends<int>(), gives(1)), until);
  });
  EXPECT_EQ(end, "timed_out");
  EXPECT_EQ(elapsed(), 2s);
}

TEST_F(GatherTest, PastItsDeadlineOutcomesHaveTimedOut) {
  run([]() -> task<void> {
    auto until = outcomes_options{}.deadline(this_task::now() + 2s);
    auto all =
      co_await gather_outcomes(tasks(never_ends<int>(), gives(1)), until);
    EXPECT_EQ(all[0].error().code(), errc::timed_out);
    EXPECT_EQ(all[1].value(), 1);
  });
}

TEST_F(GatherTest, OutcomesOfThoseThatWereNotStartedSayWhy) {
  run([]() -> task<void> {
    auto all = co_await gather_outcomes(tasks(gives(1), gives(2), gives(3)),
                                        outcomes_options{}.limit(1).enough(1));
    EXPECT_EQ(all[0].value(), 1);
    for (auto i : {1, 2}) {
      EXPECT_EQ(all[i].error().code(), errc::cancelled);
      EXPECT_THAT(all[i].error().message(), HasSubstr("started"));
    }
  });
}

// -- map ----------------------------------------------------------------------

const std::vector six{0, 1, 2, 3, 4, 5};

TEST_F(GatherTest, MapGivesValuesInTheOrderOfItsItems) {
  auto values = run([]() -> task<std::vector<int>> {
    auto twice = [](int x) -> task<int> {
      co_await sleep(std::chrono::seconds{10 - x});
      co_return 2 * x;
    };
    std::vector items{1, 2, 3, 4};
    co_return co_await map(items, twice);
  });
  EXPECT_THAT(values, ElementsAre(2, 4, 6, 8));
}

TEST_F(GatherTest, MapMakesTasksWhenTheyStart) {
  auto made = std::make_shared<int>(0);
  run([&]() -> task<void> {
    auto make = [made](int x) {
      ++*made;
      return gives(x, 1s);
    };
    auto all = map(six, make, map_options{}.limit(2));
    auto watched = spawn(std::move(all));
    co_await sleep(500ms);
    EXPECT_EQ(*made, 2);
    co_await sleep(1s);
    EXPECT_EQ(*made, 4);
    EXPECT_EQ((co_await watched).size(), 6u);
  });
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(GatherTest, MapMakesNothingAfterAFailure) {
  auto made = std::make_shared<int>(0);
  auto end = end_of([&]() -> task<void> {
    auto make = [made](int) {
      ++*made;
      return throws<int>("boom", 1s);
    };
    co_await map(six, make, map_options{}.limit(2));
  });
  EXPECT_EQ(end, "boom");
  EXPECT_EQ(*made, 2);
}

TEST_F(GatherTest, WhatTheMakerOfMapThrowsIsAFailure) {
  auto end = end_of([]() -> task<void> {
    auto make = [](int x) {
      if (x == 1)
        throw failure{{errc::too_large, "no"}};
      return gives(x, 1s);
    };
    std::vector items{0, 1, 2};
    co_await map(items, make);
  });
  EXPECT_EQ(end, "too_large");
}

TEST_F(GatherTest, MapOfNothingGivesNothing) {
  run([]() -> task<void> {
    auto make = [](int x) { return gives(x); };
    EXPECT_THAT(co_await map(std::vector<int>{}, make), IsEmpty());
  });
}

TEST_F(GatherTest, ACancelledMapMakesNothingMore) {
  auto made = std::make_shared<int>(0);
  auto work = start([&]() -> task<void> {
    auto make = [made](int x) {
      ++*made;
      return gives(x, 1s);
    };
    co_await map(six, make, map_options{}.limit(2));
  });
  work.cancel();
  EXPECT_EQ(end_of(work), "cancelled");
  EXPECT_EQ(*made, 2);
}

// -- race ---------------------------------------------------------------------

TEST_F(GatherTest, ARaceGivesTheValueOfTheFirstToEnd) {
  auto value = run([]() -> task<int> {
    co_return co_await race(tasks(gives(1, 2s), gives(2, 1s), gives(3, 3s)));
  });
  EXPECT_EQ(value, 2);
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(GatherTest, ARaceCancelsTheOthersAndWaitsForThem) {
  std::string loser;
  run([&]() -> task<void> {
    auto slow = job([&]() -> task<int> {
      loser = co_await ending(never_ends());
      co_await sleep(2s);
      co_return 0;
    });
    EXPECT_EQ(co_await race(tasks(std::move(slow), gives(2, 1s))), 2);
  });
  EXPECT_EQ(loser, "cancelled");
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(GatherTest, ARaceThrowsWhatTheFirstToEndThrew) {
  auto end = end_of([]() -> task<void> {
    co_await race(tasks(gives(1, 2s), throws<int>("boom", 1s)));
  });
  EXPECT_EQ(end, "boom");
}

TEST_F(GatherTest, ACancelledRaceCancelsItsTasks) {
  auto work = start([]() -> task<void> {
    co_await race(tasks(never_ends<int>(), never_ends<int>()));
  });
  work.cancel();
  EXPECT_EQ(end_of(work), "cancelled");
}

TEST_F(GatherTest, ARaceOfNobodyIsAnError) {
  auto end =
    end_of([]() -> task<void> { co_await race(std::vector<task<int>>{}); });
  EXPECT_EQ(end, "invalid_argument");
}

TEST_F(GatherTest, TheFirstSuccessPassesOverFailures) {
  auto value = run([]() -> task<int> {
    auto all = tasks(throws<int>("boom", 1s), gives(2, 2s), gives(3, 3s));
    co_return co_await first_success(std::move(all));
  });
  EXPECT_EQ(value, 2);
  EXPECT_EQ(elapsed(), 2s);
}

TEST_F(GatherTest, WithoutASuccessAllFailuresAreThrown) {
  auto end = end_of([]() -> task<void> {
    auto all = tasks(throws<int>("last", 2s), throws<int>("first", 1s));
    co_await first_success(std::move(all));
  });
  EXPECT_EQ(end, "group(last, first)");
}

TEST_F(GatherTest, StaggeredTasksStartOneAfterTheOther) {
  std::vector<duration> starts;
  run([&]() -> task<void> {
    auto note = [&](int value, duration length) {
      return job([&, value, length]() -> task<int> {
        starts.push_back(elapsed());
        co_return co_await gives(value, length);
      });
    };
    auto all = tasks(note(1, 9s), note(2, 1s), note(3, 1s));
    auto value =
      co_await first_success(std::move(all), race_options{}.stagger(2s));
    EXPECT_EQ(value, 2);
  });
  EXPECT_THAT(starts, ElementsAre(0s, 2s));
  EXPECT_EQ(elapsed(), 3s);
}

} // namespace
} // namespace troupe
