#pragma once

#include "model/scene.hpp"
#include "troupe/core/queue_actor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace troupe::testing {

/// A queue's actor and its clients. Values are all different; their priority is
/// what is left of them by 3.
///
/// Checked are: no value is lost, given twice or from nowhere; puts and gets
/// are served first come, first served, and nobody behind one who is offered an
/// item; a get takes the next one of those that were in for sure when it was
/// sent; the capacity; nothing gets in after a shutdown; who joins goes on when
/// all is done, and not before.
class queue_scene final : public scene {
public:
  explicit queue_scene(const queue_options& options)
    : options_(options), queue_(spawn_queue(system.get(), options)) {}

private:
  enum line : std::uint64_t { for_item, for_room, for_end };
  static constexpr auto nobody = std::numeric_limits<std::uint64_t>::max();

  /// A value that was put. Requests are named by their places.
  struct item {
    std::uint64_t put;
    std::uint64_t in_since = nobody; // from that one on it is in for sure
    std::uint64_t taken_by = nobody;
    std::uint64_t seq = 0;
    bool came_back = false;
    bool done = false;
  };
  struct open_offer {
    std::uint64_t place;
    std::int64_t value;
    std::uint64_t seq;
  };

  // -- what clients do --------------------------------------------------------

  void perform(scene_client& who, const act& what) override {
    switch (what.what) {
    case verb::add:
      return put(who, what);
    case verb::ask:
    case verb::offer:
      return get(who, what);
    case verb::take:
      return take(who);
    case verb::decline:
      return decline(who);
    case verb::cancel:
      return choosing_.count(who.index) != 0 ? decline(who) : stop(who);
    case verb::say_done:
      return what.count == 1 ? say_done(who) : say_too_often(who, what.count);
    case verb::join:
      who.line = for_end;
      return who.ask<v1::QueueJoined>(
        queue_, [this, &who](const auto&) { joined(who); }, v1::QueueJoin{});
    case verb::shut_down:
    case verb::shut_down_at_once:
      return shut_down(who, what.what == verb::shut_down_at_once);
    default:
      FAIL() << "no such act";
    }
  }

  template <class Message>
  static Message limited(duration limit) {
    Message result;
    if (limit == duration::zero())
      result.set_no_wait(true);
    else if (limit != forever)
      result.set_limit_ms(to_ms(limit));
    return result;
  }

  void put(scene_client& who, const act& what) {
    auto value = static_cast<std::int64_t>(what.count);
    auto message = limited<v1::QueuePut>(what.limit);
    message.set_priority(value % 3);
    who.line = for_room;
    who.ask<v1::QueueAccepted>(
      queue_, [this, &who](const auto&) { accepted(who); }, message,
      payload{value});
    puts_[who.index] = value;
    items_.emplace(value, item{who.place});
  }

  void get(scene_client& who, const act& what) {
    auto message = limited<v1::QueueGet>(what.limit);
    message.set_offer(what.what == verb::offer);
    who.line = for_item;
    ++gets_;
    who.ask<v1::QueueItem, payload>(
      queue_,
      [this, &who](const v1::QueueItem& place, const payload& value) {
        given(who, place, value.as<std::int64_t>().value());
      },
      message);
    if (what.what == verb::offer)
      choosing_.insert(who.index);
    else
      choosing_.erase(who.index);
  }

  void take(scene_client& who) {
    auto offer = offers_.find(who.index);
    if (offer != offers_.end()) {
      v1::QueueTake message;
      message.set_ticket(who.ticket);
      who.send(queue_, message);
      see_taken(offer->second.value, offer->second.seq, who);
      offers_.erase(offer);
    }
    who.go_on();
  }

  void decline(scene_client& who) {
    who.send(queue_, withdrawal(who));
    who.given_up = true;
    offers_.erase(who.index);
    who.go_on();
  }

  /// Ends its last request, and learns what became of it.
  void stop(scene_client& who) {
    who.given_up = true;
    v1::QueueCancel message;
    message.set_ticket(who.ticket);
    who.request(queue_, caf::infinite, message)
      .then([this, &who](const v1::QueueCancelled& x) {
        if (who.line == for_room) {
          if (who.answered && !x.ended())
            enter(who);
          else
            items_.erase(puts_[who.index]);
        }
        who.go_on();
      });
  }

  /// Says something, and goes on with the answer.
  template <class Message>
  void tell(scene_client& who, const Message& what) {
    who.request(queue_, caf::infinite, what)
      .then([&who](const v1::QueueState&) { who.go_on(); });
  }

  void say_done(scene_client& who) {
    auto& used = used_[who.index];
    if (used.empty())
      return who.go_on();
    v1::QueueTaskDone message;
    message.set_count(used.size());
    for (auto value : used)
      items_.at(value).done = true;
    used.clear();
    tell(who, message);
  }

  void say_too_often(scene_client& who, std::uint64_t count) {
    v1::QueueTaskDone message;
    message.set_count(count);
    who.request(queue_, caf::infinite, message)
      .then([](const v1::QueueState&) { FAIL() << "so many were not put"; },
            [&who](const caf::error& why) {
              EXPECT_EQ(from_caf(why).code(), errc::invalid_argument);
              who.go_on();
            });
  }

  void shut_down(scene_client& who, bool at_once) {
    v1::QueueShutdown message;
    message.set_immediate(at_once);
    at_once_ |= at_once;
    ended_at_ = std::min(ended_at_, asked);
    tell(who, message);
  }

  void leave(scene_client& who) override {
    if (choosing_.count(who.index) == 0) // else it had nothing
      ++deaths_;
    offers_.erase(who.index);
  }

  // -- what they hear ---------------------------------------------------------

  void accepted(scene_client& who) {
    expect_turn(who);
    EXPECT_LE(who.place, ended_at_) << "it was shut down before";
    if (!who.given_up)
      enter(who);
  }

  void enter(scene_client& who) {
    auto at = items_.find(puts_[who.index]);
    if (at == items_.end()) // it was refused
      return;
    at->second.in_since = asked + 1;
    ++entered_;
    EXPECT_TRUE(options_.max_size() == 0
                || entered_ <= options_.max_size() + gets_)
      << "more are in than there is room for";
  }

  void given(scene_client& who, const v1::QueueItem& place,
             std::int64_t value) {
    expect_turn(who);
    for (const auto& [index, x] : offers_)
      EXPECT_LE(who.place, x.place) << index << " is offered an item";
    auto served = std::exchange(served_, std::max(served_, who.place));
    if (choosing_.count(who.index) != 0) {
      if (who.given_up)
        return;
      EXPECT_LE(served, who.place) << "others were served meanwhile";
      offers_[who.index] = {who.place, value, place.seq()};
      return;
    }
    if (!who.given_up)
      return see_taken(value, place.seq(), who);
    items_.at(value).came_back = true;
    v1::QueueGiveBack message;
    message.mutable_items()->add_seq(place.seq());
    message.mutable_items()->add_priority(place.priority());
    who.send(queue_, message, payloads{payload{value}});
  }

  bool refuse(scene_client& who, errc why) override {
    if (why == errc::lost) // it is over
      return false;
    EXPECT_TRUE(why != errc::closed || ended_at_ != nobody);
    if (who.line == for_room)
      items_.erase(puts_[who.index]);
    none_left_ |= who.line == for_item && why == errc::closed;
    return true;
  }

  void joined(scene_client& who) {
    for (const auto& [value, x] : items_)
      EXPECT_TRUE(x.in_since > who.place || x.done
                  || (at_once_ && x.taken_by == nobody))
        << value << " is not done";
  }

  void see_taken(std::int64_t value, std::uint64_t seq, scene_client& who) {
    see_taken(value, seq, who.place);
    used_[who.index].push_back(value);
  }

  void see_taken(std::int64_t value, std::uint64_t seq, std::uint64_t by) {
    auto at = items_.find(value);
    ASSERT_TRUE(at != items_.end()) << value << " came from nowhere";
    EXPECT_EQ(at->second.taken_by, nobody) << value << " was given twice";
    at->second.taken_by = by;
    at->second.seq = seq;
  }

  // -- the end ----------------------------------------------------------------

  v1::QueueState state() {
    return query<v1::QueueState>(queue_, v1::QueueQuery{});
  }

  void check_end() override {
    auto left = state();
    auto waiting = left.getters() + left.putters();
    auto asleep =
      static_cast<std::uint64_t>(std::count(ended.begin(), ended.end(), false));
    EXPECT_TRUE(asleep == waiting || left.unfinished() != 0)
      << "somebody waits for ever";
    EXPECT_TRUE(waiting == 0 || ended_at_ == nobody);
    EXPECT_TRUE(left.getters() == 0 || left.size() == 0);
    EXPECT_TRUE(left.putters() == 0 || left.size() >= options_.max_size());
    auto came_back = [](const auto& x) { return x.second.came_back; };
    EXPECT_TRUE(!none_left_ || left.size() == 0
                || std::any_of(items_.begin(), items_.end(), came_back))
      << "those who were told that it is empty could have had them";
    EXPECT_TRUE(!at_once_ || left.size() == 0);
    while (state().size() != 0)
      take_the_rest();
    check_items();
  }

  void check_items() {
    std::uint64_t taken = 0;
    std::uint64_t done = 0;
    std::map<std::uint64_t, std::uint64_t> puts; // by number
    for (const auto& [value, x] : items_) {
      done += x.done ? 1 : 0;
      if (x.taken_by == nobody)
        continue;
      ++taken;
      puts.emplace(x.seq, x.put);
      check_order(value, x);
    }
    EXPECT_TRUE(std::is_sorted(
      puts.begin(), puts.end(),
      [](const auto& a, const auto& b) { return a.second < b.second; }))
      << "a put overtook another one";
    EXPECT_TRUE(at_once_ || items_.size() - taken <= deaths_)
      << "an item was lost";
    EXPECT_TRUE(deaths_ != 0 || state().unfinished() == taken - done);
  }

  /// It was the next one, when it was taken, of those that were in.
  void check_order(std::int64_t value, const item& x) const {
    for (const auto& [other, y] : items_) {
      auto was_in = y.in_since <= x.taken_by && x.taken_by < y.taken_by
                    && y.taken_by != nobody && !y.came_back;
      EXPECT_TRUE(!was_in || rank(value, x) < rank(other, y))
        << other << " comes before " << value;
    }
  }

  [[nodiscard]] std::tuple<std::int64_t, std::int64_t>
  rank(std::int64_t value, const item& x) const {
    auto seq = static_cast<std::int64_t>(x.seq);
    switch (options_.order()) {
    case queue_order::lifo:
      return {0, -seq};
    case queue_order::priority:
      return {value % 3, seq};
    default:
      return {0, seq};
    }
  }

  void take_the_rest() {
    system.get().spawn([this](caf::event_based_actor* self) {
      v1::QueueGetMany all;
      all.set_max_items(9);
      self->request(queue_, caf::infinite, all)
        .then([this](const v1::QueueItems& places, const payloads& values) {
          for (std::size_t i = 0; i != values.size(); ++i)
            see_taken(values[i].as<std::int64_t>().value(),
                      places.seq(static_cast<int>(i)), ++asked);
        });
    });
    system.run_ready();
  }

  void let_go() override { queue_ = nullptr; }

  queue_options options_;
  queue_actor queue_;
  std::map<std::int64_t, item> items_;       // without those refused
  std::map<std::size_t, std::int64_t> puts_; // the last one of each client
  std::set<std::size_t> choosing_;           // by their last get
  std::map<std::size_t, open_offer> offers_; // neither taken nor declined
  std::map<std::size_t, std::vector<std::int64_t>> used_; // and not yet done
  std::uint64_t entered_ = 0;
  std::uint64_t gets_ = 0;
  std::uint64_t served_ = 0;        // the last get that anybody had an item for
  std::uint64_t ended_at_ = nobody; // the last request before a shutdown
  bool at_once_ = false;
  bool none_left_ = false; // a get was told so
  std::size_t deaths_ = 0; // of whom each may have taken one, or put none
};

/// Plays the scene in every order there is.
inline void every_order(const queue_options& options, const scripts& first,
                        const scripts& others) {
  explore_all(
    [&](choices& way) { queue_scene{options}.play(first, others, way); });
}

} // namespace troupe::testing
