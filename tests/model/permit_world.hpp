#pragma once

#include "model/line_world.hpp"
#include "troupe/core/permit_rules.hpp"

#include <map>

namespace troupe::testing {

/// A semaphore, bounded or not, or a capacity limiter. See `semantics` C for
/// the invariants.
class permit_world final : public line_world<permit_rules> {
public:
  permit_world(const scripts& what, const permit_options& options)
    : line_world(what, permit_rules{options}), options_(options),
      permits_(options.permits()) {}

  /// Anything that clients can do, at random.
  static void play_any(choices& way) {
    using enum verb;
    auto what = any_scripts(way, {ask, ask, ask, give_back, give_back, cancel,
                                  die, resize, keep, add});
    permit_options options;
    options.permits(way.choose(4));
    if (way.choose(2) == 0)
      options.bound(options.permits());
    if (way.choose(2) == 0)
      options.on_again(permit_options::again::fails);
    permit_world{what, options}.play(way);
  }

private:
  struct hold {
    std::size_t client;
    line::request_id request;
    std::uint64_t left;
  };
  using holds_map = std::map<std::uint64_t, hold>; // by token

  [[nodiscard]] bool can(std::size_t who, const act& what) const override {
    if (what.what == verb::give_back || what.what == verb::keep)
      return hold_of(who) != holds_.end();
    // Of a bounded one only permits that were kept come back like that.
    return what.what != verb::add || what.count <= kept_
           || options_.bound() == permit_options::unlimited;
  }

  void perform(std::size_t who, const act& what) override {
    switch (what.what) {
    case verb::ask:
      feed(rules.acquire({ask(who, what), 0, what.count}, now));
      break;
    case verb::give_back: {
      auto at = hold_of(who);
      auto token = at->first;
      if (what.count < at->second.left)
        at->second.left -= what.count;
      else
        holds_.erase(at);
      feed(rules.release(token, now, what.count));
      break;
    }
    case verb::keep: {
      auto at = hold_of(who);
      auto token = at->first;
      kept_ += at->second.left;
      holds_.erase(at);
      feed(rules.keep(token));
      break;
    }
    case verb::add:
      EXPECT_TRUE(rules.fits(what.count) || permits_ < taken());
      if (!rules.fits(what.count))
        break;
      permits_ += what.count - std::min(kept_, what.count);
      kept_ -= std::min(kept_, what.count);
      feed(rules.add(what.count, now));
      break;
    case verb::resize:
      permits_ = what.count - 1;
      feed(rules.resize(permits_, now));
      break;
    default:
      ADD_FAILURE() << "no such act";
    }
  }

  void on_grant(const request& what, std::uint64_t token) override {
    EXPECT_GT(token, last_token_) << "LK2";
    last_token_ = token;
    EXPECT_LE(what.what.count, available()) << "SM1";
    holds_[token] = {what.place.client, what.place.request, what.what.count};
  }

  void on_cancel(std::size_t, const line::place& what, bool) override {
    std::erase_if(
      holds_, [&](const auto& x) { return x.second.request == what.request; });
  }

  void on_death(std::size_t who) override {
    std::erase_if(holds_,
                  [&](const auto& x) { return x.second.client == who; });
  }

  void check() override {
    EXPECT_EQ(rules.waiting(), in_line());
    EXPECT_EQ(rules.held(), held()) << "SM2";
    EXPECT_EQ(rules.available(), available()) << "SM1, SM2";
    EXPECT_FALSE(first() && first()->what.count <= available())
      << "the first one waits for nothing";
    EXPECT_FALSE(first() && is_too_many(first()->what.count))
      << "it waits for ever";
    for (std::size_t i = 0; i != clients(); ++i)
      EXPECT_EQ(grants(i), count_of(i)) << "its monitor is wrong";
  }

  [[nodiscard]] bool may_refuse(const request& what, errc why) const override {
    if (why == errc::already_held)
      return options_.on_again() == permit_options::again::fails
             && count_of(what.place.client) != 0;
    return why == errc::invalid_argument && is_too_many(what.what.count);
  }

  [[nodiscard]] bool is_too_many(std::uint64_t count) const {
    return options_.bound() != permit_options::unlimited
           && count > std::max<std::uint64_t>(permits_, 1);
  }

  [[nodiscard]] holds_map::iterator hold_of(std::size_t who) {
    return std::find_if(holds_.begin(), holds_.end(),
                        [&](const auto& x) { return x.second.client == who; });
  }
  [[nodiscard]] holds_map::const_iterator hold_of(std::size_t who) const {
    return std::find_if(holds_.begin(), holds_.end(),
                        [&](const auto& x) { return x.second.client == who; });
  }

  [[nodiscard]] std::int64_t count_of(std::size_t who) const {
    return std::count_if(holds_.begin(), holds_.end(),
                         [&](const auto& x) { return x.second.client == who; });
  }

  [[nodiscard]] std::uint64_t held() const {
    std::uint64_t sum = 0;
    for (const auto& [token, of] : holds_)
      sum += of.left;
    return sum;
  }
  [[nodiscard]] std::uint64_t taken() const { return held() + kept_; }
  [[nodiscard]] std::uint64_t available() const {
    return permits_ - std::min(permits_, taken());
  }

  const permit_options options_;
  std::uint64_t permits_; // how many there are to be
  std::uint64_t kept_ = 0;
  holds_map holds_;
  std::uint64_t last_token_ = 0;
};

} // namespace troupe::testing
