#pragma once

#include "troupe/core/child_link.hpp"
#include "troupe/core/supervisor.hpp"
#include "troupe/testing/explore.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::testing {

inline constexpr time_point start_of_time =
  time_point{} + std::chrono::hours{1};
inline constexpr time_point deadline = start_of_time + std::chrono::seconds{10};
inline constexpr time_point pause_limit =
  start_of_time + std::chrono::seconds{5};

/// How a child ends that is left alone, each time that it runs; to `stay` is
/// not to end at all.
enum class plan { succeed, fail, fail_once, crash, say_twice, stay };

/// What happens to a group. Each script is one party's, in order; the parties
/// act independently of each other. A `tick` moves the clock to the deadline.
/// Children that no script adds, and a close that is in none, come first. When
/// nothing else can happen, time passes until the group wants to be woken.
struct scenario {
  supervisor_options options;
  std::vector<plan> children;
  std::vector<std::vector<supervisor::input>> scripts;
};

/// A child as far as its supervisor can tell. It runs anew in another actor:
/// what the one before was sent is lost, and what that says is still on its
/// way.
struct model_child {
  enum { fresh, running, parked, ended } state = fresh;
  std::uint32_t attempt = 1;
  std::deque<supervisor::output> inbox;
  struct letter {
    std::uint32_t attempt;
    supervisor::input what;
  };
  std::deque<letter> outbox;

  void say(supervisor::input what) {
    outbox.push_back({attempt, std::move(what)});
  }
};

/// One group, its children, and the messages on their way. Every step is one
/// message delivered, one child that ends, or one act of a party.
class world {
public:
  /// @param merge Whether orders count as one that differ only in when a child
  ///              did what nobody else can see yet: it does its own steps just
  ///              before the group hears of them.
  world(const scenario& what, bool merge)
    : what_(what), merge_(merge), group_(what.options),
      children_(what.children.size()), next_(what.scripts.size(), 0) {
    std::size_t late = 0;
    bool closed_late = false;
    for (const auto& script : what.scripts)
      for (const auto& x : script) {
        late += std::holds_alternative<supervisor::add>(x) ? 1 : 0;
        closed_late =
          closed_late || std::holds_alternative<supervisor::close>(x);
      }
    while (group_.size() != children_.size() - late)
      feed(supervisor::add{});
    if (!closed_late)
      feed(supervisor::close{});
  }

  /// Takes one step; false when there is none.
  bool step(choices& way) {
    enabled_.clear();
    if (busy_)
      add_steps_of(*busy_);
    if (enabled_.empty())
      add_all_steps();
    if (enabled_.empty() && group_.wakeup() != never) {
      now_ = group_.wakeup();
      add_all_steps();
    }
    if (enabled_.empty())
      return false;
    auto [does, whose] =
      enabled_[enabled_.size() == 1 ? 0 : way.choose(enabled_.size())];
    busy_.reset();
    (this->*does)(whose);
    if (merge_ && (does == &world::deliver || does == &world::end))
      busy_ = whose;
    check();
    return true;
  }

  /// Nothing was lost on the way.
  void check_end() {
    EXPECT_TRUE(done_) << "the group never ended";
    EXPECT_EQ(ended_.size(), children_.size());
    EXPECT_EQ(open_pauses_, 0) << "a pause without an answer";
  }

private:
  template <class Queue>
  static typename Queue::value_type pop(Queue& from) {
    auto result = std::move(from.front());
    from.pop_front();
    return result;
  }

  void act(std::size_t party) {
    const auto& x = what_.scripts[party][next_[party]++];
    if (const auto* pause = std::get_if<supervisor::pause>(&x)) {
      ++open_pauses_;
      complete_.erase(pause->owner);
    } else if (const auto* resume = std::get_if<supervisor::resume>(&x)) {
      complete_.erase(resume->owner);
    } else if (std::holds_alternative<supervisor::cancel>(x)) {
      must_not_start_ = true;
    } else if (std::holds_alternative<supervisor::tick>(x)) {
      now_ = deadline;
      must_not_start_ = must_not_start_ || now_ >= what_.options.deadline();
      return;
    }
    feed(x);
  }

  void wake(std::size_t) {
    feed(supervisor::tick{});
    EXPECT_GT(group_.wakeup(), now_) << "it wakes for ever";
  }

  void add_steps_of(child_id id) {
    const auto& child = children_[id];
    if (!child.inbox.empty() && child.state != model_child::ended)
      enabled_.push_back({&world::deliver, id});
    if (!child.outbox.empty())
      enabled_.push_back({&world::hear, id});
    auto how = what_.children[id];
    if ((child.state == model_child::running && how != plan::stay)
        || (child.state == model_child::parked && how == plan::crash))
      enabled_.push_back({&world::end, id});
  }

  void add_all_steps() {
    for (child_id id = 0; id < children_.size(); ++id)
      add_steps_of(id);
    if (group_.wakeup() <= now_)
      enabled_.push_back({&world::wake, 0});
    for (std::size_t i = 0; i < next_.size(); ++i)
      if (next_[i] != what_.scripts[i].size())
        enabled_.push_back({&world::act, i});
  }

  void hear(child_id id) {
    auto& child = children_[id];
    auto message = pop(child.outbox);
    // The supervisor's actor knows of which actor it is told that it is gone.
    if (std::holds_alternative<supervisor::gone>(message.what)
        && message.attempt != child.attempt)
      return;
    feed(message.what);
  }

  void deliver(child_id id) {
    auto& child = children_[id];
    auto message = pop(child.inbox);
    if (std::holds_alternative<supervisor::start_child>(message)) {
      child.state = model_child::running;
    } else if (auto* pause = std::get_if<supervisor::pause_child>(&message)) {
      EXPECT_EQ(child.state, model_child::running) << "paused twice";
      child.state = model_child::parked;
      child.say(supervisor::parked{id, child.attempt, pause->pause});
    } else if (std::holds_alternative<supervisor::resume_child>(message)) {
      EXPECT_EQ(child.state, model_child::parked) << "resumed without a pause";
      child.state = model_child::running;
    } else {
      child.state = model_child::ended;
      child.say(supervisor::finished{id, child.attempt,
                                     failed(error{errc::cancelled})});
    }
  }

  void end(child_id id) {
    auto& child = children_[id];
    child.state = model_child::ended;
    auto how = what_.children[id];
    auto fails =
      how == plan::fail || (how == plan::fail_once && child.attempt == 1);
    if (how != plan::crash)
      child.say(supervisor::finished{
        id, child.attempt, fails ? failed(error{errc::full}) : succeeded()});
    if (how == plan::crash || how == plan::say_twice)
      child.say(supervisor::gone{id, error{errc::lost}});
  }

  void feed(const supervisor::input& in) {
    std::size_t lowest_cancelled = children_.size();
    auto outputs = group_.step(in, now_);
    auto terminated = group_.state() == v1::GROUP_STATE_CANCELLING
                      || group_.state() == v1::GROUP_STATE_DONE;
    for (const auto& out : outputs) {
      EXPECT_TRUE(!done_ || std::holds_alternative<supervisor::pause_done>(out)
                  || std::holds_alternative<supervisor::child_ended>(out))
        << "SV3: something happens after the end";
      auto starts = std::holds_alternative<supervisor::start_child>(out);
      EXPECT_FALSE(starts && must_not_start_) << "SV5";
      if (const auto* x = std::get_if<supervisor::cancel_child>(&out)) {
        must_not_start_ = must_not_start_ || terminated;
        EXPECT_LT(x->id, lowest_cancelled) << "SV6";
        lowest_cancelled = x->id;
      }
      std::visit([&](const auto& x) { handle(x); }, out);
    }
  }

  template <class ToChild>
  void handle(const ToChild& x) {
    children_[x.id].inbox.push_back(x);
  }
  void handle(const supervisor::start_child& x) {
    auto& child = children_[x.id];
    EXPECT_TRUE(child.state != model_child::running
                && child.state != model_child::parked)
      << "it is started while it runs";
    child.state = model_child::fresh;
    child.attempt = x.attempt;
    child.inbox.assign({x});
    live_.insert(x.id);
  }
  void handle(const supervisor::want_child&) {
    ADD_FAILURE() << "it has no supply";
  }
  void handle(const supervisor::child_restarts& x) {
    EXPECT_TRUE(runs_.emplace(x.id, x.attempt).second) << "SV1: it ended twice";
    live_.erase(x.id);
    if (stopping_.erase(x.id) != 0)
      return; // it goes with another one
    auto strategy = what_.options.strategy();
    for (auto id : live_)
      if (strategy == restart_strategy::one_for_all
          || (strategy == restart_strategy::rest_for_one && id > x.id))
        stopping_.insert(id);
    restarts_.push_back(now_);
    auto recent =
      std::count_if(restarts_.begin(), restarts_.end(),
                    [&](auto t) { return now_ - t < what_.options.within(); });
    EXPECT_LE(static_cast<std::size_t>(recent), what_.options.intensity())
      << "SV4";
  }
  void handle(const supervisor::child_ended& x) {
    live_.erase(x.id);
    EXPECT_TRUE(ended_.insert(x.id).second) << "SV1: it ended twice";
    EXPECT_NE(x.outcome.state(), v1::TASK_STATE_UNSPECIFIED);
  }
  void handle(const supervisor::pause_done& x) {
    --open_pauses_;
    complete_.insert(x.owner);
  }
  void handle(const supervisor::pause_failed&) { --open_pauses_; }
  void handle(const supervisor::failed_early&) {}
  void handle(const supervisor::done&) {
    done_ = true;
    EXPECT_EQ(ended_.size(), group_.size()) << "SV2";
  }

  void check() {
    auto running = std::any_of(children_.begin(), children_.end(), [](auto& x) {
      return x.state == model_child::running;
    });
    EXPECT_FALSE(running && done_) << "SV3: a child runs after the end";
    EXPECT_FALSE(running && !complete_.empty()) << "a child runs in a pause";
    auto progress = group_.progress();
    EXPECT_EQ(progress.done() + progress.failed() + progress.cancelled(),
              ended_.size());
    EXPECT_LE(progress.running() + progress.paused(), what_.options.limit());
  }

  struct possible_step {
    void (world::*does)(std::size_t);
    std::size_t whose;
  };

  const scenario& what_;
  bool merge_;
  std::optional<child_id> busy_; // does its own steps
  std::vector<possible_step> enabled_;
  time_point now_ = start_of_time;
  supervisor group_;
  std::vector<model_child> children_;
  std::vector<std::size_t> next_;
  std::set<child_id> ended_;
  std::set<std::pair<child_id, std::uint32_t>> runs_; // that another followed
  std::set<child_id> live_;
  std::set<child_id> stopping_; // to run again with another one
  std::vector<time_point> restarts_;
  std::set<std::string> complete_; // whose pause is complete
  int open_pauses_ = 0;
  bool must_not_start_ = false;
  bool done_ = false;
};

} // namespace troupe::testing
