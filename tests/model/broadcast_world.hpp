#pragma once

#include "model/broadcast_scenario.hpp"
#include "troupe/core/broadcast.hpp"
#include "troupe/testing/explore.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::testing {

/// A broadcast, its clients, and the messages on their way. A step is one
/// message delivered, one answer used, one client that asks, is cancelled or
/// dies. A client has one subscription after the other.
///
/// Checked after each step: what a subscriber gets stands in the order of
/// publication, no item twice; what it misses is its lag; its bound is kept but
/// for what came back; nobody waits for what is there; publishes that wait are
/// let in first come, first served.
class broadcast_world {
public:
  explicit broadcast_world(const broadcast_scenario& what)
    : what_(what), clients_(what.clients.size()), cancels_(what.cancels),
      deaths_(what.deaths), ticks_(what.ticks) {
    for (std::size_t i = 0; i != clients_.size(); ++i)
      if (!what.clients[i].empty()
          && what.clients[i].front().what == broadcast_wish::subscribe) {
        ask(i);
        answer(i);
        use(i);
      }
  }

  /// Anything that clients can do, at random.
  static void play_any(choices& way) {
    auto what = any_broadcast_scenario(way);
    broadcast_world{what}.play(way);
  }

  void play(choices& way) {
    while (step(way)) {
    }
    check_end();
  }

  /// Takes one step; false when there is none.
  bool step(choices& way) {
    using action = std::pair<void (broadcast_world::*)(std::size_t), size_t>;
    go_on();
    std::vector<action> can;
    for (std::size_t i = 0; i != clients_.size(); ++i) {
      const auto& x = clients_[i];
      if (!x.outbox.empty())
        can.emplace_back(&broadcast_world::deliver, i);
      if (x.dead)
        continue;
      if (x.phase == idle && x.next != what_.clients[i].size())
        can.emplace_back(&broadcast_world::ask, i);
      if (!x.inbox.empty())
        can.emplace_back(&broadcast_world::answer, i);
      if (x.phase == holding)
        can.emplace_back(&broadcast_world::use, i);
    }
    for (std::size_t k = 0; k != cancels_.size(); ++k) {
      const auto& x = clients_[cancels_[k]];
      if (!x.dead && (x.phase == waiting || x.phase == holding))
        can.emplace_back(&broadcast_world::cancel, k);
    }
    for (std::size_t k = 0; k != deaths_.size(); ++k)
      can.emplace_back(&broadcast_world::die, k);
    if (ticks_ != 0)
      can.emplace_back(&broadcast_world::tick, 0);
    if (can.empty())
      return false;
    auto [does, whose] = can[can.size() == 1 ? 0 : way.choose(can.size())];
    (this->*does)(whose);
    check();
    return true;
  }

  /// Who published knows of it; subscribers get the rest, and only that.
  void check_end() {
    for (auto value : published_)
      EXPECT_TRUE(in_log(value)) << value << " was lost";
    for (auto value : refused_)
      EXPECT_FALSE(in_log(value)) << value << " was not published";
    while (auto* x = next_to_drain())
      feed(broadcast_rules::get{nobody, {}, x->id, 99});
    for (const auto& [_, x] : subscribers_)
      check_end_of(x);
  }

private:
  enum phase { idle, waiting, holding, revoking };
  static constexpr broadcast_rules::request_id nobody = 999;
  static constexpr broadcast_rules::request_id cancel_mark = 1'000'000;

  struct model_client {
    std::size_t next = 0;
    broadcast_world::phase phase = idle;
    std::uint64_t ticket = 0;
    std::uint64_t subscriber = 0;
    bool answered = false; // while it is revoking
    bool published = false;
    broadcast_rules::items items;
    std::deque<broadcast_rules::input> outbox;
    std::deque<broadcast_rules::output> inbox;
    bool dead = false;
  };

  struct model_subscriber {
    std::uint64_t id = 0;
    std::uint64_t client = 0;
    broadcast_options options;
    std::uint64_t joined = 0;           // after so many items
    std::set<std::uint64_t> given = {}; // and not come back
    std::set<std::uint64_t> returned = {};
    std::uint64_t last = 0; // that was given
    std::size_t came_back = 0;
    std::size_t dropped = 0; // by a shutdown
  };

  const broadcast_wish& wish(std::size_t i) const {
    return what_.clients[i][clients_[i].next];
  }

  // -- what clients do --------------------------------------------------------

  /// Nobody can tell when those use their answers who will not be cancelled.
  void go_on() {
    for (std::size_t i = 0; i != clients_.size(); ++i) {
      auto& x = clients_[i];
      if (x.dead
          || std::find(cancels_.begin(), cancels_.end(), i) != cancels_.end())
        continue;
      while (!x.inbox.empty())
        answer(i);
      if (x.phase == holding)
        use(i);
    }
  }

  void ask(std::size_t i) {
    auto& x = clients_[i];
    const auto& w = wish(i);
    x.phase = waiting;
    x.answered = false;
    x.published = false;
    ++x.ticket;
    auto id = i + clients_.size() * x.ticket;
    auto give_up = after(now_, w.limit);
    broadcast_rules::sender from{i + 1, x.ticket};
    if (w.what == broadcast_wish::publish)
      x.outbox.emplace_back(
        broadcast_rules::publish{id, from, payload{w.value}, give_up});
    else if (w.what == broadcast_wish::get)
      x.outbox.emplace_back(
        broadcast_rules::get{id, from, x.subscriber, w.max, give_up});
    else if (w.what == broadcast_wish::subscribe)
      x.outbox.emplace_back(broadcast_rules::subscribe{id, i + 1, w.options});
    else if (w.what == broadcast_wish::shutdown)
      x.outbox.emplace_back(broadcast_rules::shutdown{id, w.immediate});
    else
      leave(x);
    if (x.outbox.size() == 1) // nobody can tell when it was sent
      deliver(i);
  }

  void leave(model_client& x) {
    x.outbox.emplace_back(broadcast_rules::unsubscribe{x.subscriber});
    finish(x);
  }

  void deliver(std::size_t i) {
    auto in = std::move(clients_[i].outbox.front());
    clients_[i].outbox.pop_front();
    if (std::holds_alternative<broadcast_rules::publish>(in))
      arrived_.push_back(i);
    else if (auto* left = std::get_if<broadcast_rules::unsubscribe>(&in))
      subscribers_.erase(left->subscriber);
    else if (auto* gone = std::get_if<broadcast_rules::gone>(&in))
      std::erase_if(subscribers_, [&](const auto& x) {
        return x.second.client == gone->client;
      });
    else if (auto* back = std::get_if<broadcast_rules::give_back>(&in))
      see_return(*back);
    else if (auto* end = std::get_if<broadcast_rules::shutdown>(&in))
      see_shutdown(*end);
    feed(std::move(in));
  }

  void answer(std::size_t i) {
    auto& x = clients_[i];
    auto what = std::move(x.inbox.front());
    x.inbox.pop_front();
    if (std::holds_alternative<broadcast_rules::cancel_done>(what)) {
      EXPECT_TRUE(x.answered) << "the end of a cancel came before the answer";
      settle_publish(i);
      return finish(x);
    }
    x.answered = true;
    x.published = std::holds_alternative<broadcast_rules::published>(what);
    if (auto* one = std::get_if<broadcast_rules::subscribed>(&what))
      x.subscriber = one->subscriber;
    else if (auto* some = std::get_if<broadcast_rules::gives>(&what))
      x.items = std::move(some->values);
    if (x.phase == revoking)
      undo(i);
    else
      x.phase = holding;
  }

  /// The coroutine goes on.
  void use(std::size_t i) {
    settle_publish(i);
    finish(clients_[i]);
  }

  void cancel(std::size_t k) {
    auto i = cancels_[k];
    cancels_.erase(cancels_.begin() + static_cast<std::ptrdiff_t>(k));
    auto& x = clients_[i];
    if (x.phase == holding && !x.published) {
      undo(i);
      settle_publish(i);
      return finish(x);
    }
    x.phase = revoking;
    x.outbox.emplace_back(broadcast_rules::cancel{
      i + clients_.size() * x.ticket + cancel_mark, {i + 1, x.ticket}});
  }

  void undo(std::size_t i) {
    auto& x = clients_[i];
    if (wish(i).what == broadcast_wish::subscribe)
      x.outbox.emplace_back(broadcast_rules::unsubscribe{x.subscriber});
    if (!x.items.empty())
      x.outbox.emplace_back(
        broadcast_rules::give_back{x.subscriber, std::move(x.items)});
    x.items.clear();
  }

  void die(std::size_t k) {
    auto i = deaths_[k];
    deaths_.erase(deaths_.begin() + static_cast<std::ptrdiff_t>(k));
    clients_[i].dead = true;
    clients_[i].outbox.emplace_back(broadcast_rules::gone{i + 1});
  }

  void tick(std::size_t) {
    --ticks_;
    now_ += std::chrono::seconds{1};
    if (rules_.wakeup() <= now_)
      feed(broadcast_rules::tick{});
  }

  void settle_publish(std::size_t i) {
    if (wish(i).what == broadcast_wish::publish)
      (clients_[i].published ? published_ : refused_).insert(wish(i).value);
  }

  void finish(model_client& x) {
    x.items.clear();
    x.phase = idle;
    ++x.next;
  }

  // -- what the broadcast says ------------------------------------------------

  void feed(broadcast_rules::input in) {
    auto out = rules_.step(std::move(in), now_);
    for (auto& x : out) // before what is given
      std::visit([&](auto& y) { see(y); }, x);
    for (auto& x : out)
      std::visit([&](auto& y) { hand_out(y); }, x);
  }

  template <class Output>
  void hand_out(Output& x) {
    if constexpr (std::is_same_v<Output, broadcast_rules::gives>)
      for (const auto& item : x.values)
        see_given(x.id, item);
    if (x.id == nobody)
      return;
    auto client = x.id % cancel_mark % clients_.size();
    auto& to = clients_[client];
    if constexpr (std::is_same_v<Output, broadcast_rules::subscribed>)
      subscribers_[x.subscriber] = {x.subscriber, client + 1,
                                    wish(client).options, log_.size()};
    if (!to.dead && !std::is_same_v<Output, broadcast_rules::forget>)
      to.inbox.emplace_back(std::move(x));
  }

  template <class Output>
  void see(const Output& x) {
    if (x.id == nobody)
      return;
    auto client = x.id % clients_.size();
    if constexpr (std::is_same_v<Output, broadcast_rules::published>) {
      EXPECT_EQ(arrived_.front(), client) << "it overtook somebody";
      EXPECT_LE(x.reached, subscribers_.size());
      log_.push_back(wish(client).value);
    }
    if constexpr (!std::is_same_v<Output, broadcast_rules::cancel_done>)
      std::erase(arrived_, client); // it has one request at a time
  }

  void see_given(broadcast_rules::request_id id,
                 const broadcast_rules::item& x) {
    auto& to = id == nobody
                 ? *draining_
                 : subscribers_.at(clients_[id % clients_.size()].subscriber);
    ASSERT_GT(x.seq, to.joined) << "it was published before";
    ASSERT_LE(x.seq, log_.size());
    EXPECT_EQ(x.value.as<std::int64_t>().value(), log_[x.seq - 1]);
    EXPECT_TRUE(to.given.insert(x.seq).second) << "given twice";
    // What came back may have been dropped for something newer.
    auto again = to.returned.erase(x.seq) != 0;
    EXPECT_TRUE(to.returned.empty() || *to.returned.begin() > x.seq
                || to.options.on_full() == on_full::drop_oldest)
      << "not what came back first";
    EXPECT_TRUE(again || x.seq > to.last) << "not the oldest";
    to.last = std::max(to.last, x.seq);
  }

  void see_return(const broadcast_rules::give_back& x) {
    auto at = subscribers_.find(x.subscriber);
    if (at == subscribers_.end())
      return;
    auto& from = at->second;
    for (const auto& item : x.values) {
      from.given.erase(item.seq);
      from.returned.insert(item.seq);
    }
    from.came_back += x.values.size();
    if (dropping_)
      from.dropped += x.values.size();
  }

  void see_shutdown(const broadcast_rules::shutdown& x) {
    dropping_ |= x.immediate;
    if (dropping_)
      for (auto& [id, one] : subscribers_)
        one.dropped += rules_.state_of(id).value().size();
  }

  // -- what has to be so ------------------------------------------------------

  bool in_log(int value) const {
    return std::find(log_.begin(), log_.end(), value) != log_.end();
  }

  model_subscriber* next_to_drain() {
    for (auto& [id, x] : subscribers_)
      if (rules_.state_of(id).value().size() != 0)
        return draining_ = &x;
    return nullptr;
  }

  void check() const {
    auto somebody_is_full = false;
    for (const auto& [id, x] : subscribers_) {
      auto state = rules_.state_of(id).value();
      EXPECT_EQ(log_.size() - x.joined,
                x.given.size() + state.size() + state.lagged() + x.dropped)
        << "its lag is not what it missed";
      EXPECT_LE(state.size(), state.max_size() + x.came_back);
      EXPECT_FALSE(state.getters() != 0 && state.size() != 0);
      EXPECT_TRUE(state.lagged() == 0 || x.options.on_full() != on_full::block);
      somebody_is_full |= x.options.on_full() == on_full::block
                          && state.size() >= state.max_size();
    }
    EXPECT_TRUE(somebody_is_full || rules_.state().publishers() == 0)
      << "a publisher waits for nobody";
  }

  void check_end_of(const model_subscriber& x) {
    auto state = rules_.state_of(x.id).value();
    EXPECT_EQ(state.disconnected(), x.options.on_full() == on_full::disconnect
                                      && state.lagged() != 0);
    if (state.disconnected() && x.dropped == 0 && !x.given.empty()) {
      EXPECT_EQ(x.given.size(), *x.given.rbegin() - x.joined)
        << "it missed something before it was disconnected";
    }
  }

  const broadcast_scenario& what_;
  time_point now_ = time_point{} + std::chrono::hours{1};
  broadcast_rules rules_;
  std::vector<model_client> clients_;
  std::vector<std::size_t> cancels_;
  std::vector<std::size_t> deaths_;
  std::size_t ticks_;
  std::map<std::uint64_t, model_subscriber> subscribers_;
  std::vector<int> log_;            // what was published, in this order
  std::deque<std::size_t> arrived_; // whose publish was not answered
  std::set<int> published_;         // as who published it knows
  std::set<int> refused_;
  bool dropping_ = false;
  model_subscriber* draining_ = nullptr;
};

} // namespace troupe::testing
