#pragma once

#include "model/line_world.hpp"
#include "troupe/core/lock_rules.hpp"

#include <map>
#include <set>

namespace troupe::testing {

/// A lock, alone, shared or reentrant, and its condition. Each client is one
/// task. See `semantics` A for the invariants.
class lock_world final : public line_world<lock_rules> {
public:
  explicit lock_world(const scripts& what,
                      const lock_options& options = lock_options{})
    : line_world(what, lock_rules{options}), options_(options) {}

  /// Anything that clients can do, at random.
  static void play_any(choices& way) {
    using enum verb;
    auto what = any_scripts(way, {ask, ask, share, give_back, give_back, cancel,
                                  die, wait, wait, notify});
    lock_options options;
    options.reentrant(way.choose(2) == 0)
      .cooldown(std::chrono::seconds{way.choose(3)});
    lock_world{what, options}.play(way);
  }

private:
  struct hold {
    std::size_t client;
    bool shared;
    std::deque<line::request_id> requests; // that were granted
  };

  [[nodiscard]] bool can(std::size_t who, const act& what) const override {
    auto at = hold_of(who);
    switch (what.what) {
    case verb::give_back:
      return at != holds_.end();
    case verb::wait:
    case verb::notify:
      return at != holds_.end() && rules.holds_alone(at->first);
    default:
      return true;
    }
  }

  void perform(std::size_t who, const act& what) override {
    switch (what.what) {
    case verb::ask:
    case verb::share: {
      auto shared = what.what == verb::share;
      feed(rules.acquire({ask(who, what), 0, shared}, now));
      break;
    }
    case verb::give_back: {
      auto token = hold_of(who)->first;
      told_.erase(end_one(token, holds_.at(token).requests.front()));
      feed(rules.release(token, now));
      break;
    }
    case verb::wait: {
      auto token = hold_of(who)->first;
      told_.erase(end_one(token, holds_.at(token).requests.front()));
      const auto& place = ask(who, act{verb::ask}, true);
      waits_.insert(place.request);
      feed(rules.wait(place, token, 1, now));
      break;
    }
    case verb::notify:
      for (auto count = what.count; count != 0; --count)
        wake_next();
      feed(rules.notify(1, what.count, now));
      break;
    default:
      ADD_FAILURE() << "no such act";
    }
  }

  void on_grant(const request& what, std::uint64_t token) override {
    auto who = what.place.client;
    auto shared = what.what.what == verb::share;
    if (auto at = holds_.find(token); at != holds_.end()) {
      EXPECT_TRUE(options_.reentrant()) << "LK2: a token is used twice";
      EXPECT_EQ(at->second.client, who) << "LK2: of somebody else";
      EXPECT_TRUE(shared || !at->second.shared)
        << "LK1: alone among those that share";
      at->second.requests.push_back(what.place.request);
      return;
    }
    EXPECT_TRUE(is_free_for(what)) << "LK1: two hold it";
    EXPECT_GT(token, last_token_) << "LK2";
    last_token_ = token;
    holds_[token] = {who, shared, {what.place.request}};
  }

  void on_cancel(std::size_t, const line::place& what, bool) override {
    if (waits_.count(what.request) != 0) {
      auto is_it = [&](const request& x) {
        return x.asleep && x.place.request == what.request;
      };
      wake(std::find_if(waiting.begin(), waiting.end(), is_it));
      pass_on(what.request);
      return;
    }
    auto has_it = [&](const auto& x) {
      const auto& all = x.second.requests;
      return std::count(all.begin(), all.end(), what.request) != 0;
    };
    if (auto at = std::find_if(holds_.begin(), holds_.end(), has_it);
        at != holds_.end())
      end_one(at->first, what.request);
  }

  /// A wait is not refused when it is given up.
  [[nodiscard]] bool cancel_refuses(const request& x) const override {
    return waits_.count(x.place.request) == 0;
  }

  void on_death(std::size_t who) override {
    if (hold_of(who) != holds_.end())
      cool_until_ = now + options_.cooldown();
    std::erase_if(holds_,
                  [&](const auto& x) { return x.second.client == who; });
    auto told = told_;
    for (const auto& [id, whose] : told)
      if (whose == who)
        pass_on(id);
  }

  void check() override {
    EXPECT_EQ(rules.waiting(), in_line());
    EXPECT_EQ(rules.waiting_for(1), waiting.size() - in_line())
      << "a notification was lost, or came from nowhere";
    EXPECT_EQ(rules.locked(), !holds_.empty()) << "LK4, LK5";
    for (const auto& [token, of] : holds_)
      EXPECT_TRUE(rules.holds(token)) << "LK1: it was taken away";
    EXPECT_FALSE(first() && is_free_for(*first()))
      << "somebody waits for a free lock";
    for (std::size_t i = 0; i != clients(); ++i)
      EXPECT_EQ(grants(i), count_of(i)) << "its monitor is wrong";
  }

  [[nodiscard]] bool overtakes(const request& what) const override {
    return options_.reentrant() && hold_of(what.place.client) != holds_.end();
  }

  [[nodiscard]] bool may_refuse(const request& what, errc why) const override {
    auto at = hold_of(what.place.client);
    return why == errc::already_held && at != holds_.end()
           && (!options_.reentrant()
               || (at->second.shared && what.what.what != verb::share));
  }

  using holds_map = std::map<std::uint64_t, hold>; // by token

  [[nodiscard]] holds_map::const_iterator hold_of(std::size_t who) const {
    return std::find_if(holds_.begin(), holds_.end(),
                        [&](const auto& x) { return x.second.client == who; });
  }

  [[nodiscard]] std::int64_t count_of(std::size_t who) const {
    auto at = hold_of(who);
    return at == holds_.end()
             ? 0
             : static_cast<std::int64_t>(at->second.requests.size());
  }

  [[nodiscard]] bool is_free_for(const request& what) const {
    auto shares = [](const auto& x) { return x.second.shared; };
    return now >= cool_until_
           && (holds_.empty()
               || (what.what.what == verb::share
                   && std::all_of(holds_.begin(), holds_.end(), shares)));
  }

  line::request_id end_one(std::uint64_t token, line::request_id what) {
    auto& requests = holds_.at(token).requests;
    requests.erase(std::find(requests.begin(), requests.end(), what));
    if (requests.empty())
      holds_.erase(token);
    return what;
  }

  // -- the condition ----------------------------------------------------------

  /// It comes after those that wait for the lock already.
  void wake(std::deque<request>::iterator at) {
    if (at == waiting.end())
      return;
    auto woken = *at;
    woken.asleep = false;
    waiting.erase(at);
    waiting.push_back(woken);
  }

  void wake_next() {
    auto at = std::find_if(waiting.begin(), waiting.end(),
                           [](const request& x) { return x.asleep; });
    if (at != waiting.end())
      told_[at->place.request] = at->place.client;
    wake(at);
  }

  /// Somebody who was told goes on without it.
  void pass_on(line::request_id what) {
    if (told_.erase(what) != 0)
      wake_next();
  }

  std::set<line::request_id> waits_; // ever
  // Who was told, and has not released the lock since.
  std::map<line::request_id, std::size_t> told_;

  const lock_options options_;
  holds_map holds_;
  std::uint64_t last_token_ = 0;
  time_point cool_until_ = time_point::min();
};

} // namespace troupe::testing
