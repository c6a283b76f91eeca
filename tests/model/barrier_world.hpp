#pragma once

#include "model/line_world.hpp"
#include "troupe/core/barrier_rules.hpp"

namespace troupe::testing {

/// A barrier: all pass together, each with its index, or nobody does.
class barrier_world final : public line_world<barrier_rules> {
public:
  barrier_world(const scripts& what, std::size_t parties,
                const barrier_options& options = barrier_options{})
    : line_world(what, barrier_rules{parties, options}), options_(options) {}

  /// Anything that clients can do, at random.
  static void play_any(choices& way) {
    using enum verb;
    auto what =
      any_scripts(way, {ask, ask, ask, ask, ask, reset, abort, cancel, die});
    auto options = barrier_options{}.break_on_death(way.choose(2) == 0);
    barrier_world{what, 1 + way.choose(3), options}.play(way);
  }

private:
  [[nodiscard]] bool can(std::size_t, const act&) const override {
    return true;
  }

  void perform(std::size_t who, const act& what) override {
    switch (what.what) {
    case verb::ask:
      feed(rules.wait(ask(who, what), now));
      break;
    case verb::reset:
      breaks_ = true;
      broken_ = false;
      feed(rules.reset());
      break;
    case verb::abort:
      breaks_ = broken_ = true;
      feed(rules.abort());
      break;
    default:
      ADD_FAILURE() << "no such act";
    }
  }

  void on_grant(const request&, std::uint64_t index) override {
    EXPECT_FALSE(broken_);
    EXPECT_EQ(index, passed_++) << "in the order of their coming";
  }
  void on_cancel(std::size_t, const line::place&, bool) override {}
  void on_death(std::size_t who) override {
    if (options_.break_on_death() && waits(who))
      breaks_ = broken_ = true;
  }

  void check() override {
    EXPECT_TRUE(passed_ == 0 || passed_ == rules.parties())
      << passed_ << " passed";
    EXPECT_EQ(rules.broken(), broken_);
    EXPECT_EQ(rules.waiting(), waiting.size());
    EXPECT_LT(waiting.size(), rules.parties()) << "all are there";
    EXPECT_TRUE(waiting.empty() || !breaks_) << "nobody told it";
    for (std::size_t i = 0; i != clients(); ++i)
      EXPECT_EQ(grants(i), 0);
    passed_ = 0;
    breaks_ = false;
  }

  [[nodiscard]] bool may_refuse(const request&, errc why) const override {
    return why == errc::broken && (breaks_ || broken_);
  }

  const barrier_options options_;
  bool broken_ = false;
  bool breaks_ = false;      // in this act
  std::uint64_t passed_ = 0; // in this act
};

} // namespace troupe::testing
