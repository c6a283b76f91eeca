#pragma once

#include "troupe/core/queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::testing {

/// Sees every message to a queue, and all that it answers, and knows from that
/// what has to be in it and who has to wait.
///
/// Values are all different. Checked are: those who wait are served first come,
/// first served; each value is given once, and the next one by the queue's
/// order; what is in, its number and the capacity; nobody waits for what is
/// there, nor who does not want to wait, nor the dead; a cancel ends what it
/// says; a join is answered when all is done, and not before; task_done fails
/// when it is said too often; after a shutdown nothing gets in, and `closed`
/// means that nothing is left.
class queue_witness {
public:
  explicit queue_witness(const queue_options& options) : options_(options) {}

  /// The queue is about to take it.
  void sees(const queue_rules::input& in, time_point now) {
    now_ = now;
    std::visit([this](const auto& x) { on(x); }, in);
  }

  /// The queue answers that.
  void sees(const queue_rules::output& out) {
    std::visit([this](const auto& x) { see(x); }, out);
  }

  /// It has done all that its last message brought.
  void check(const v1::QueueState& state) {
    if (in_.size() < state.size() && !putters_.empty())
      admit(putters_.front(), state.size() - in_.size());
    EXPECT_EQ(state.size(), in_.size());
    EXPECT_EQ(state.unfinished(), unfinished());
    EXPECT_EQ(state.getters(), getters_.size());
    EXPECT_EQ(state.putters(), putters_.size());
    EXPECT_EQ(state.shut_down(), shut_down_);
    EXPECT_FALSE(too_often_) << "it takes more than there is to be done";
    EXPECT_TRUE(getters_.empty() || (in_.empty() && !shut_down_));
    EXPECT_TRUE(putters_.empty() || (is_full() && !shut_down_));
    EXPECT_TRUE(joiners_.empty() || unfinished() != 0);
    for (const auto* those : {&getters_, &putters_, &joiners_})
      for (const auto& x : *those) {
        EXPECT_NE(x.give_up, queue_rules::dont_wait) << x.id << " waits";
        EXPECT_FALSE(dead_.count(x.from.client)) << x.id << " is dead";
      }
  }

  /// Items that were put, and are not done.
  [[nodiscard]] std::size_t unfinished() const {
    return in_.size() + given_.size() - done_;
  }

  /// Whether the value was in the queue, and was not taken back by its putter.
  [[nodiscard]] bool came_out(int value) const {
    return given_.count(value) != 0 || dropped_.count(value) != 0;
  }

  /// Values that were given, and did not come back.
  [[nodiscard]] const std::set<int>& given() const { return given_; }

private:
  struct request {
    queue_rules::request_id id;
    queue_rules::sender from;
    time_point give_up;
    std::size_t max = 1;          // of a get
    std::vector<int> values = {}; // of a put
    std::size_t stored = 0;       // of them
  };
  using line = std::vector<request>;

  // -- what it is told --------------------------------------------------------

  void on(const queue_rules::put& x) {
    on_put({x.id, x.from, x.give_up, 1, {value_of(x.value)}}, x.priority);
  }

  void on(const queue_rules::put_many& x) {
    request who{x.id, x.from, x.give_up};
    for (const auto& value : x.values)
      who.values.push_back(value_of(value));
    on_put(std::move(who), x.priority);
  }

  void on_put(request who, std::int64_t priority) {
    for (auto value : who.values) {
      auto number = static_cast<std::int64_t>(places_.size());
      if (options_.order() == queue_order::lifo)
        number = -number;
      if (options_.order() != queue_order::priority)
        priority = 0;
      places_.emplace(value, std::pair{priority, number});
    }
    putters_.push_back(std::move(who));
  }

  void on(const queue_rules::get& x) {
    getters_.push_back({x.id, x.from, x.give_up});
  }

  void on(const queue_rules::get_many& x) {
    getters_.push_back({x.id, x.from, x.give_up, x.max});
  }

  void on(const queue_rules::give_back& x) {
    for (const auto& item : x.values) {
      auto value = value_of(item.value);
      given_.erase(value);
      if (dropping_)
        dropped_.insert(value);
      else
        insert(value);
    }
  }

  void on(const queue_rules::cancel& x) {
    cancelled_ = x.from;
    ends_ = false;
    for (const auto* those : {&getters_, &putters_, &joiners_})
      for (const auto& who : *those)
        ends_ |= who.from == x.from;
    auto put = ended_.find(x.from);
    if (put != ended_.end())
      ends_ = take_out(put->second);
  }

  void on(const queue_rules::task_done& x) {
    too_often_ = x.count > unfinished();
    if (!too_often_)
      done_ += x.count;
  }

  void on(const queue_rules::join& x) {
    joiners_.push_back({x.id, x.from, x.give_up});
  }

  void on(const queue_rules::shutdown& x) {
    shut_down_ = true;
    if (!x.immediate)
      return;
    dropping_ = true;
    dropped_.insert(in_.begin(), in_.end());
    in_.clear();
  }

  void on(const queue_rules::gone& x) { dead_.insert(x.client); }

  template <class Input>
  void on(const Input&) {}

  // -- what it answers --------------------------------------------------------

  void see(const queue_rules::accepted& x) {
    auto who = serve(putters_, x.id);
    EXPECT_FALSE(shut_down_) << "it takes items after its end";
    admit(who, who.values.size());
    ended_.emplace(who.from, std::move(who.values));
  }

  void see(const queue_rules::gives& x) {
    serve(getters_, x.id);
    see_given(x.value);
  }

  void see(const queue_rules::gives_many& x) {
    auto who = serve(getters_, x.id);
    for (const auto& item : x.values)
      see_given(item);
    EXPECT_LE(x.values.size(), who.max);
    EXPECT_TRUE(x.values.size() == who.max || in_.empty()) << "more were there";
  }

  void see(const queue_rules::cancel_done& x) { EXPECT_EQ(x.ended, ends_); }

  void see(const queue_rules::joined& x) {
    serve(joiners_, x.id);
    EXPECT_EQ(unfinished(), 0u) << "not all is done";
  }

  void see(const queue_rules::forget& x) {
    for (auto* those : {&getters_, &putters_, &joiners_})
      std::erase_if(*those, [&](const request& who) {
        return who.id == x.id && dead_.count(who.from.client) != 0;
      });
  }

  void see(const queue_rules::fails& x) {
    auto why = x.why.code();
    if (why == errc::invalid_argument) {
      EXPECT_TRUE(std::exchange(too_often_, false)) << "it was not too often";
    } else if (has(getters_, x.id)) {
      see_end(leave(getters_, x.id), why);
      EXPECT_TRUE(why != errc::closed || in_.empty()) << "items are left";
      EXPECT_TRUE(why != errc::empty || in_.empty()) << "it is not empty";
    } else if (has(putters_, x.id)) {
      see_refused(x.id, why);
    } else {
      see_end(leave(joiners_, x.id), why);
      EXPECT_NE(why, errc::closed) << "a join outlives the end";
    }
  }

  template <class Output>
  void see(const Output&) {}

  void see_refused(queue_rules::request_id id, errc why) {
    auto fits = putters_.size() == 1; // nobody is before it
    auto who = leave(putters_, id);
    see_end(who, why);
    auto size = in_.size() + who.values.size();
    fits &= options_.max_size() == 0 || size <= options_.max_size();
    EXPECT_TRUE(why != errc::full || !fits) << "there is room";
    if (why == errc::cancelled || why == errc::timed_out)
      take_out(who.values);
    else
      ended_.emplace(who.from, std::move(who.values)); // some may be in
  }

  void see_end(const request& who, errc why) const {
    auto waits = who.give_up != queue_rules::dont_wait;
    if (why == errc::closed) {
      EXPECT_TRUE(shut_down_);
    } else if (why == errc::cancelled) {
      EXPECT_EQ(who.from, cancelled_);
    } else if (why == errc::timed_out) {
      EXPECT_TRUE(waits && who.give_up <= now_) << "it has time left";
    } else {
      EXPECT_FALSE(waits) << "it would have waited";
    }
  }

  void see_given(const queue_rules::item& x) {
    auto value = value_of(x.value);
    while (!is_in(value) && !putters_.empty()
           && admit(putters_.front(), 1)) { // it is of a batch that waits
    }
    ASSERT_TRUE(is_in(value)) << value << " is not in";
    EXPECT_EQ(value, in_.front()) << "not the next one";
    std::erase(in_, value);
    given_.insert(value);
    were_given_.insert(value);
  }

  // -- items ------------------------------------------------------------------

  static int value_of(const payload& x) {
    return static_cast<int>(x.as<std::int64_t>().value());
  }

  bool is_in(int value) const {
    return std::find(in_.begin(), in_.end(), value) != in_.end();
  }

  bool is_full() const {
    return options_.max_size() != 0 && in_.size() >= options_.max_size();
  }

  void insert(int value) {
    auto next = [this](int a, int b) { return places_.at(a) < places_.at(b); };
    in_.insert(std::upper_bound(in_.begin(), in_.end(), value, next), value);
  }

  /// So many values of a put get in.
  ///
  /// @return Whether there were any.
  bool admit(request& who, std::size_t count) {
    auto end = std::min(who.values.size(), who.stored + count);
    auto any = who.stored != end;
    for (; who.stored != end; ++who.stored) {
      EXPECT_FALSE(is_full()) << "it takes more than it may";
      insert(who.values[who.stored]);
    }
    return any;
  }

  /// A put takes back what nobody was given.
  ///
  /// @return Whether there was any.
  bool take_out(const std::vector<int>& values) {
    auto count = std::erase_if(in_, [&](int x) {
      return std::find(values.begin(), values.end(), x) != values.end()
             && were_given_.count(x) == 0;
    });
    return count != 0;
  }

  // -- who waits --------------------------------------------------------------

  static bool has(const line& those, queue_rules::request_id id) {
    return std::any_of(those.begin(), those.end(),
                       [&](const auto& x) { return x.id == id; });
  }

  static request leave(line& those, queue_rules::request_id id) {
    auto at = std::find_if(those.begin(), those.end(),
                           [&](const auto& x) { return x.id == id; });
    if (at == those.end()) {
      ADD_FAILURE() << id << " did not ask, or was answered already";
      return {id, {}, never};
    }
    auto result = std::move(*at);
    those.erase(at);
    return result;
  }

  static request serve(line& those, queue_rules::request_id id) {
    EXPECT_TRUE(!those.empty() && those.front().id == id)
      << id << " overtook somebody";
    return leave(those, id);
  }

  queue_options options_;
  time_point now_ = {};
  line getters_;
  line putters_;
  line joiners_;
  std::map<int, std::pair<std::int64_t, std::int64_t>> places_; // as they rank
  std::vector<int> in_;      // the next one in front
  std::set<int> given_;      // and not come back
  std::set<int> were_given_; // come back or not
  std::set<int> dropped_;    // by a shutdown
  std::size_t done_ = 0;
  std::map<queue_rules::sender, std::vector<int>> ended_; // puts
  std::set<std::uint64_t> dead_;
  queue_rules::sender cancelled_; // by the last cancel
  bool ends_ = false;             // it ends something
  bool too_often_ = false;        // the last task_done
  bool shut_down_ = false;
  bool dropping_ = false;
};

} // namespace troupe::testing
