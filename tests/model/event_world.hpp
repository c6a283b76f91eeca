#pragma once

#include "model/line_world.hpp"
#include "troupe/core/event_rules.hpp"

namespace troupe::testing {

/// An event: nobody waits while it is set, and nobody is woken while it is not.
class event_world final : public line_world<event_rules> {
public:
  explicit event_world(const scripts& what) : line_world(what, {}) {}

  /// Anything that clients can do, at random.
  static void play_any(choices& way) {
    using enum verb;
    auto what =
      any_scripts(way, {ask, ask, ask, set, clear, clear, cancel, die});
    event_world{what}.play(way);
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
    case verb::set:
      generation_ += set_ ? 0 : 1;
      set_ = true;
      feed(rules.set());
      break;
    case verb::clear:
      set_ = false;
      rules.clear();
      break;
    default:
      ADD_FAILURE() << "no such act";
    }
  }

  void on_grant(const request&, std::uint64_t generation) override {
    EXPECT_TRUE(set_);
    EXPECT_EQ(generation, generation_);
  }
  void on_cancel(std::size_t, const line::place&, bool) override {}
  void on_death(std::size_t) override {}

  void check() override {
    EXPECT_EQ(rules.is_set(), set_);
    EXPECT_EQ(rules.waiting(), waiting.size()) << "somebody was forgotten";
    EXPECT_TRUE(!set_ || waiting.empty());
    for (std::size_t i = 0; i != clients(); ++i)
      EXPECT_EQ(grants(i), 0);
  }

  bool set_ = false;
  std::uint64_t generation_ = 0;
};

} // namespace troupe::testing
