// The actors of semaphore, capacity limiter and rate limiter, and plain actors
// as their clients, in every order of their turns.

#include "model/scene.hpp"
#include "troupe/core/rate_limiter_actor.hpp"
#include "troupe/core/semaphore_actor.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace troupe;
using namespace troupe::testing;

namespace {

using enum verb;

// -- semaphore ----------------------------------------------------------------

class semaphore_scene : public scene {
public:
  explicit semaphore_scene(const permit_options& options = permit_options{})
    : permits_(spawn_semaphore(
      system.get(), permit_options{options}.permits(all).bound(all))) {}

  /// How often each reason was given to refuse somebody.
  [[nodiscard]] std::size_t count_of(errc why) const {
    return static_cast<std::size_t>(
      std::count(refused_.begin(), refused_.end(), why));
  }

private:
  static constexpr std::uint64_t all = 2;

  void perform(scene_client& who, const act& what) override {
    switch (what.what) {
    case ask: {
      v1::SemaphoreAcquire message;
      message.set_count(what.count);
      return who.ask<v1::SemaphoreGranted>(
        permits_,
        [this, &who, count = what.count](const auto& x) {
          if (!who.given_up)
            enter(who, count, x.token());
        },
        message);
    }
    case give_back:
      if (who.token != 0) {
        who.send(permits_, with_token<v1::SemaphoreRelease>(who));
        leave(who);
      }
      return who.go_on();
    case cancel:
      who.send(permits_, withdrawal(who));
      who.given_up = true;
      leave(who);
      return who.go_on();
    case resize: {
      v1::SemaphoreResize message;
      message.set_permits(what.count);
      who.send(permits_, message);
      sizes_.push_back({what.count, asked});
      return who.go_on();
    }
    default:
      FAIL() << "no such act";
    }
  }

  void enter(scene_client& who, std::uint64_t count, std::uint64_t token) {
    expect_turn(who);
    EXPECT_EQ(who.token, 0u) << "it asked again";
    EXPECT_LE(held_ += count, most_since(who.place)) << "SM1";
    who.count = count;
    who.token = token;
  }

  void leave(scene_client& who) override {
    held_ -= std::exchange(who.count, 0);
    who.token = 0;
  }

  bool refuse(scene_client& who, errc why) override {
    EXPECT_TRUE(why == errc::already_held
                  ? who.token != 0
                  : why == errc::invalid_argument && sizes_.size() > 1)
      << to_string(why);
    refused_.push_back(why);
    return true;
  }

  void check_end() override {
    EXPECT_EQ(std::count(ended.begin(), ended.end(), false), 0)
      << "somebody waits for ever";
    auto state = query<v1::SemaphoreState>(permits_, v1::SemaphoreQuery{});
    EXPECT_EQ(state.available(), sizes_.back().permits) << "SM2";
    EXPECT_EQ(state.held(), 0u) << "SM2";
    EXPECT_EQ(state.waiting(), 0u);
  }

  void let_go() override { permits_ = nullptr; }

  /// Most permits that there were since that request was made: of those that
  /// are held the last ones were granted then, or later.
  [[nodiscard]] std::uint64_t most_since(std::uint64_t place) const {
    std::uint64_t result = 0;
    for (auto at = sizes_.rbegin(); at != sizes_.rend(); ++at) {
      result = std::max(result, at->permits);
      if (at->after < place)
        break;
    }
    return result;
  }

  struct size {
    std::uint64_t permits;
    std::uint64_t after; // so many requests
  };

  semaphore_actor permits_;
  std::uint64_t held_ = 0;
  std::vector<size> sizes_{{all, 0}};
  std::vector<errc> refused_;
};

const script once{{ask}, {give_back}};
const script slowly{{ask}, {pass}, {give_back}};
const script both{{ask, 2}, {give_back}};

TEST(SemaphoreActorModelTest, HoldsInEveryOrderOfFewAndMany) {
  every_order<semaphore_scene>({}, {slowly, once, both});
}

TEST(SemaphoreActorModelTest, HoldsInEveryOrderOfACancel) {
  every_order<semaphore_scene>({}, {once, both, {{ask, 2}, {cancel}}});
}

TEST(SemaphoreActorModelTest, HoldsInEveryOrderOfADeath) {
  every_order<semaphore_scene>({}, {slowly, both, {{ask, 2}, {die}}});
}

// -- capacity limiter ---------------------------------------------------------

class capacity_scene final : public semaphore_scene {
public:
  capacity_scene()
    : semaphore_scene(permit_options{}.on_again(permit_options::again::fails)) {
  }
};

const script again{{ask}, {ask}, {give_back}};

TEST(CapacityLimiterActorModelTest, HoldsInEveryOrderOfOneThatAsksAgain) {
  explore_all([](choices& way) {
    capacity_scene limiter;
    limiter.play({}, {again, once, both}, way);
    EXPECT_EQ(limiter.count_of(errc::already_held), 1u);
  });
}

TEST(CapacityLimiterActorModelTest, HoldsInEveryOrderOfFewer) {
  every_order<capacity_scene>({}, {once, both, {{resize, 1}}});
}

TEST(CapacityLimiterActorModelTest, HoldsInEveryOrderOfFewerAndMore) {
  std::size_t refused = 0;
  explore_all([&](choices& way) {
    capacity_scene limiter;
    limiter.play({}, {both, {{resize, 1}, {pass}, {resize, 3}}}, way);
    refused += limiter.count_of(errc::invalid_argument);
  });
  EXPECT_GT(refused, 0u) << "it never wanted more than there were";
}

TEST(CapacityLimiterActorModelTest, HoldsInEveryOrderOfFewerAndACancel) {
  every_order<capacity_scene>({}, {both, {{ask}, {cancel}}, {{resize, 1}}});
}

TEST(CapacityLimiterActorModelTest, HoldsInEveryOrderOfFewerAndADeath) {
  every_order<capacity_scene>({}, {both, {{ask}, {die}}, {{resize, 1}}});
}

// -- rate limiter -------------------------------------------------------------

/// One in each second, and three at once, of each key. Asking for one or two is
/// of one key, asking for three of the other.
class rate_scene final : public scene {
public:
  /// How many have passed.
  [[nodiscard]] std::uint64_t seconds() const {
    return static_cast<std::uint64_t>((system.now() - start_)
                                      / std::chrono::seconds{1});
  }
  [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }

private:
  static constexpr std::uint64_t burst = 3;

  void perform(scene_client& who, const act& what) override {
    switch (what.what) {
    case ask: {
      who.line = what.count / burst;
      wanted_.at(who.line) += what.count;
      v1::RateAcquire message;
      message.set_key(std::to_string(who.line));
      message.set_count(what.count);
      if (what.limit != forever)
        message.set_wait_ms(to_ms(what.limit));
      return who.ask<v1::RatePassed>(
        limiter_,
        [this, &who, count = what.count](const auto&) {
          expect_turn(who);
          EXPECT_LE(passed_.at(who.line) += count, burst + seconds())
            << "more than the rate";
        },
        message);
    }
    case cancel: // what has passed has passed
      who.send(limiter_, withdrawal(who));
      who.given_up = true;
      return who.go_on();
    default:
      FAIL() << "no such act";
    }
  }

  void leave(scene_client&) override {}

  bool refuse(scene_client&, errc why) override {
    timed_out_ = why == errc::timed_out;
    return timed_out_;
  }

  void check_end() override {
    EXPECT_EQ(std::count(ended.begin(), ended.end(), false), 0)
      << "somebody waits for ever";
    std::uint64_t most = 0;
    for (auto count : wanted_)
      most += count - std::min(count, burst);
    EXPECT_LE(seconds(), most) << "less than the rate";
  }

  void let_go() override { limiter_ = nullptr; }

  rate_limiter_actor limiter_ =
    spawn_rate_limiter(system.get(), 1, std::chrono::seconds{1}, burst);
  time_point start_ = system.now();
  std::array<std::uint64_t, 2> wanted_{}; // by key
  std::array<std::uint64_t, 2> passed_{};
  bool timed_out_ = false;
};

/// In every order; how many seconds pass in the fastest one.
std::uint64_t fastest(const scripts& first, const scripts& others) {
  auto result = std::numeric_limits<std::uint64_t>::max();
  explore_all([&](choices& way) {
    rate_scene all;
    all.play(first, others, way);
    result = std::min(result, all.seconds());
  });
  return result;
}

const script one{{ask, 1}};
const script two{{ask, 2}};

TEST(RateLimiterActorModelTest, HoldsInEveryOrderOfFewAndMany) {
  every_order<rate_scene>({}, {two, two, {{ask, 1}, {ask, 2}}});
}

TEST(RateLimiterActorModelTest, HoldsInEveryOrderOfTwoKeys) {
  const script other{{ask, 3}};
  every_order<rate_scene>({other}, {two, two, other});
}

TEST(RateLimiterActorModelTest, HoldsInEveryOrderOfACancel) {
  EXPECT_EQ(fastest({two}, {two, one, {{ask, 2}, {cancel}}}), 2u)
    << "they wait for who gave up";
}

TEST(RateLimiterActorModelTest, HoldsInEveryOrderOfADeath) {
  EXPECT_EQ(fastest({two}, {two, one, {{ask, 2}, {die}}}), 2u)
    << "they wait for the dead";
}

TEST(RateLimiterActorModelTest, HoldsInEveryOrderOfATimeLimit) {
  const script impatient{{ask, 2, std::chrono::seconds{1}}, {ask, 1}};
  std::size_t timed_out = 0;
  explore_all([&](choices& way) {
    rate_scene all;
    all.play({two}, {two, one, impatient}, way);
    timed_out += all.timed_out() ? 1 : 0;
  });
  EXPECT_GT(timed_out, 0u);
}

} // namespace
