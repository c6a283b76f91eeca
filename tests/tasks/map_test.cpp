#include "conformance/group_fixture.hpp"
#include "troupe/map.hpp"
#include "troupe/this_task.hpp"

#include <atomic>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <sstream>

// How far `map` reads, what it keeps, and what `map_outcomes` says of the rest.
namespace troupe {
namespace {

class MapTest : public group_fixture {};

/// Numbers from 0 on, which can be read once; counts how many were read.
class numbers {
public:
  struct finish {};
  class iterator {
  public:
    using value_type = int;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    explicit iterator(numbers& from) : from_(&from) { ++*this; }
    iterator(iterator&&) = default;
    iterator& operator=(iterator&&) = default;
    iterator(const iterator&) = delete;
    iterator& operator=(const iterator&) = delete;
    ~iterator() = default;
    int operator*() const { return from_->last_; }
    iterator& operator++() {
      ++*from_->read_;
      ++from_->last_;
      if (from_->last_ == from_->broken_at_)
        throw std::runtime_error{"broken"};
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(finish) const { return from_->last_ == from_->size_; }

  private:
    numbers* from_ = nullptr;
  };

  explicit numbers(std::shared_ptr<int> read, int size = -2, int broken_at = -2)
    : read_(std::move(read)), size_(size), broken_at_(broken_at) {}
  numbers(numbers&&) = default;
  numbers& operator=(numbers&&) = default;
  numbers(const numbers&) = delete;
  numbers& operator=(const numbers&) = delete;
  ~numbers() = default;

  iterator begin() { return iterator{*this}; }
  static finish end() { return {}; }

private:
  std::shared_ptr<int> read_; // how many times it was asked for one
  int size_;
  int broken_at_;
  int last_ = -1;
};
static_assert(std::ranges::input_range<numbers>);
static_assert(!std::ranges::forward_range<numbers>);

TEST_F(MapTest, ReadsTheRangeAsFarAsTasksStart) {
  auto read = std::make_shared<int>(0);
  auto values = run([&]() -> task<std::vector<int>> {
    auto make = [read](int x) -> task<int> {
      EXPECT_EQ(*read, x + 1);
      return gives(x, 1s);
    };
    co_return co_await map(numbers{read, 6}, make, map_options{}.limit(2));
  });
  EXPECT_THAT(values, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(*read, 7); // and the end
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(MapTest, WithoutALimitItReadsAHandfulAhead) {
  auto read = std::make_shared<int>(0);
  auto begun = std::make_shared<int>(0);
  run([&]() -> task<void> {
    auto make = [read, begun](int) {
      EXPECT_LE(*read, *begun + 256);
      return job([begun]() -> task<void> {
        ++*begun;
        co_return;
      });
    };
    co_await map(numbers{read, 10'000}, make);
  });
  EXPECT_EQ(*begun, 10'000);
}

TEST_F(MapTest, ReadsNothingAfterAFailure) {
  auto read = std::make_shared<int>(0);
  auto end = end_of([&]() -> task<void> {
    auto make = [](int x) { return throws<int>("boom" + std::to_string(x)); };
    co_await map(numbers{read}, make, map_options{}.limit(1));
  });
  EXPECT_EQ(end, "boom0");
  EXPECT_EQ(*read, 1);
}

TEST_F(MapTest, ReadsNothingWhilePausedOrOnceCancelled) {
  auto read = std::make_shared<int>(0);
  auto work = start([&]() -> task<void> {
    auto make = [](int x) { return gives(x, 1s); };
    co_await map(numbers{read}, make, map_options{}.limit(1));
  });
  system.advance(2500ms);
  EXPECT_EQ(*read, 3);
  run([&]() -> task<void> {
    auto pause = co_await work.pause();
    co_await sleep(10s);
    EXPECT_EQ(*read, 3);
  });
  system.advance(1s);
  auto before = *read;
  EXPECT_GT(before, 3);
  work.cancel();
  EXPECT_EQ(end_of(work), "cancelled");
  EXPECT_EQ(*read, before);
}

TEST_F(MapTest, ThrowsWhatTheRangeThrows) {
  auto read = std::make_shared<int>(0);
  auto end = end_of([&]() -> task<void> {
    auto make = [](int x) { return gives(x); };
    co_await map(numbers{read, -2, 3}, make);
  });
  EXPECT_EQ(end, "broken");
}

TEST_F(MapTest, ItemsThatOnlyMoveAreMovedOutOfTheirContainer) {
  run([]() -> task<void> {
    auto open = [](std::unique_ptr<int> x) -> task<std::unique_ptr<int>> {
      co_return std::make_unique<int>(*x * 10);
    };
    auto all = co_await map(
      list(std::make_unique<int>(1), std::make_unique<int>(2)), open);
    EXPECT_EQ(*all[0], 10);
    EXPECT_EQ(*all[1], 20);
  });
}

TEST_F(MapTest, TasksWithoutAValueGiveNone) {
  auto done = std::make_shared<int>(0);
  run([&]() -> task<void> {
    auto count = [done](int x) {
      return job([done, x]() -> task<void> {
        co_await sleep(1s);
        *done += x;
      });
    };
    co_await map(list(1, 2, 3), count);
  });
  EXPECT_EQ(*done, 6);
}

// -- outcomes -----------------------------------------------------------------

TEST_F(MapTest, OutcomesAreGivenWhateverHappens) {
  run([]() -> task<void> {
    auto make = [](int x) -> task<int> {
      if (x == 1)
        throw failure{{errc::too_large, "no"}};
      return x == 2 ? throws<int>("boom") : gives(x);
    };
    auto all = co_await map_outcomes(list(0, 1, 2, 3), make);
    EXPECT_EQ(all[0].value(), 0);
    EXPECT_EQ(all[1].error().code(), errc::too_large);
    EXPECT_EQ(all[2].error().message(), "boom");
    EXPECT_EQ(all[3].value(), 3);
  });
}

TEST_F(MapTest, OutcomesOfThoseThatWereNotStartedSayWhy) {
  run([]() -> task<void> {
    auto make = [](int x) { return gives(x, 1s); };
    auto enough = outcomes_options{}.limit(2).enough(2);
    auto all = co_await map_outcomes(std::vector(5, 7), make, enough);
    EXPECT_EQ(all.size(), 5u);
    EXPECT_EQ(all[0].value(), 7);
    EXPECT_EQ(all[1].value(), 7);
    // It started between the ends of the first two.
    EXPECT_EQ(all[2].error().message(),
              "cancelled (superseded): enough others succeeded");
    for (std::size_t i = 3; i != all.size(); ++i) {
      EXPECT_EQ(all[i].error().code(), errc::cancelled);
      EXPECT_EQ(all[i].error().message(),
                "not started: enough others succeeded");
    }
  });
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(MapTest, OutcomesPastTheDeadlineHaveTimedOut) {
  run([]() -> task<void> {
    auto make = [](int x) { return gives(x, 2s); };
    auto late = outcomes_options{}.limit(1).deadline(this_task::now() + 3s);
    auto all = co_await map_outcomes(std::vector(3, 7), make, late);
    EXPECT_EQ(all[0].value(), 7);
    EXPECT_EQ(all[1].error().code(), errc::timed_out);
    EXPECT_EQ(all[2].error().code(), errc::timed_out);
  });
}

TEST_F(MapTest, OutcomesOfAnEndlessRangeEndWithWhatWasRead) {
  auto read = std::make_shared<int>(0);
  run([&]() -> task<void> {
    auto odd = [](int x) -> task<int> {
      return x % 2 != 0 ? gives(x) : throws<int>("even");
    };
    auto enough = outcomes_options{}.limit(1).enough(2);
    auto all = co_await map_outcomes(numbers{read}, odd, enough);
    EXPECT_EQ(all.size(), 4u);
    EXPECT_EQ(all[1].value(), 1);
    EXPECT_EQ(all[2].error().message(), "even");
    EXPECT_EQ(all[3].value(), 3);
  });
  EXPECT_EQ(*read, 4);
}

// -- views --------------------------------------------------------------------

// clang 14, as clang-tidy, cannot read the views of libstdc++ 12.
#if !defined(__clang__) || __clang_major__ >= 16
TEST_F(MapTest, TakesARangeThatIsReadFromAStream) {
  run([]() -> task<void> {
    auto words = std::make_unique<std::istringstream>("a few words");
    auto length = [](std::string x) -> task<std::size_t> {
      co_return x.size();
    };
    auto all = co_await map(std::ranges::istream_view<std::string>(*words),
                            length, map_options{}.limit(1));
    EXPECT_THAT(all, ElementsAre(1u, 3u, 5u));
  });
}

TEST_F(MapTest, AnItemIsCopiedAndAViewLeavesItWhereItIs) {
  std::vector<std::string> names{"anna", "bert"};
  run([&]() -> task<void> {
    auto greet = [](std::string x) -> task<std::string> {
      co_return "hi " + x;
    };
    auto all = co_await map(std::views::all(names), greet);
    EXPECT_THAT(all, ElementsAre("hi anna", "hi bert"));
  });
  EXPECT_THAT(names, ElementsAre("anna", "bert"));
}

TEST_F(MapTest, ATaskThatHasEndedIsKeptNoLonger) {
  auto alive = std::make_shared<int>(0);
  auto most = std::make_shared<int>(0);
  struct count {
    explicit count(std::shared_ptr<int> x) : alive(std::move(x)) { ++*alive; }
    count(count&& other) noexcept : alive(std::move(other.alive)) {}
    count(const count&) = delete;
    count& operator=(const count&) = delete;
    count& operator=(count&&) = delete;
    ~count() {
      if (alive)
        --*alive;
    }
    std::shared_ptr<int> alive;
  };
  run([&]() -> task<void> {
    auto make = [alive, most](int x) -> task<int> {
      auto body = [](int value, count here,
                     std::shared_ptr<int> high) -> task<int> {
        *high = std::max(*high, *here.alive);
        co_await sleep(1s);
        co_return value;
      };
      return body(x, count{alive}, most);
    };
    co_await map(std::views::iota(0, 1000), make, map_options{}.limit(3));
  });
  EXPECT_EQ(*alive, 0);
  EXPECT_LE(*most, 4);
}

TEST_F(MapTest, PastItsDeadlineItHasTimedOutThoughFailuresAreCollected) {
  auto end = end_of([&]() -> task<void> {
    auto make = [](int x) { return gives(x, 1s); };
    co_await map(std::views::iota(0), make,
                 map_options{}
                   .limit(1)
                   .on_error(on_error::collect)
                   .deadline(this_task::now() + 2500ms));
  });
  EXPECT_EQ(end, "timed_out");
  EXPECT_EQ(elapsed(), 2500ms);
}

TEST_F(MapTest, OutcomesThrowWhatAnItemOfTheRangeThrew) {
  auto end = end_of([]() -> task<void> {
    auto bad = std::views::iota(0) | std::views::transform([](int x) {
                 return x != 3 ? x : throw std::runtime_error{"no item"};
               });
    auto make = [](int x) { return gives(x); };
    co_await map_outcomes(bad, make, outcomes_options{}.limit(1));
  });
  EXPECT_EQ(end, "no item");
}
#endif

} // namespace
} // namespace troupe
