#pragma once

#include "model/line_world.hpp"
#include "troupe/core/rate_rules.hpp"

#include <array>
#include <string>

namespace troupe::testing {

/// A rate limiter: one in each second, and three at once, of each key. Asking
/// for one or two is of one key, asking for three of the other.
class rate_world final : public line_world<rate_rules> {
public:
  explicit rate_world(const scripts& what)
    : line_world(what, rate_rules{1, second, burst}) {}

  /// Anything that clients can do, at random.
  static void play_any(choices& way) {
    using enum verb;
    auto what = any_scripts(way, {ask, ask, ask, ask, ask, cancel, die});
    rate_world{what}.play(way);
  }

private:
  static constexpr duration second = std::chrono::seconds{1};
  static constexpr std::uint64_t burst = 3;

  static std::size_t key_of(const act& what) { return what.count / burst; }

  [[nodiscard]] bool can(std::size_t, const act&) const override {
    return true;
  }

  void perform(std::size_t who, const act& what) override {
    feed(rules.acquire(ask(who, what), std::to_string(key_of(what)), what.count,
                       now));
  }

  /// As of the second in which it was its turn: a tick may come later.
  void on_grant(const request& what, std::uint64_t) override {
    auto& [credit, filled] = keys_[key_of(what.what)];
    while (credit < what.what.count && filled < now)
      fill(keys_[key_of(what.what)], filled + second);
    EXPECT_LE(what.what.count, credit) << "more than the rate";
    credit -= std::min(credit, what.what.count);
  }
  void on_cancel(std::size_t, const line::place&, bool) override {}
  void on_death(std::size_t) override {}

  void check() override {
    for (auto& key : keys_)
      fill(key, now);
    std::array<bool, 2> seen{};
    for (const auto& x : waiting) {
      auto key = key_of(x.what);
      if (!std::exchange(seen[key], true)) {
        EXPECT_GT(x.what.count, keys_[key].credit) << "it is its turn";
      }
    }
    for (std::size_t i = 0; i != clients(); ++i)
      EXPECT_EQ(grants(i), 0);
  }

  [[nodiscard]] bool same_line(const request& a,
                               const request& b) const override {
    return key_of(a.what) == key_of(b.what);
  }

  struct bucket {
    std::uint64_t credit = burst;
    time_point filled;
  };

  /// Time goes by whole seconds.
  static void fill(bucket& key, time_point until) {
    auto more = static_cast<std::uint64_t>((until - key.filled) / second);
    key.filled = until;
    key.credit = std::min(burst, key.credit + more);
  }

  std::array<bucket, 2> keys_{bucket{burst, now}, bucket{burst, now}};
};

} // namespace troupe::testing
