#pragma once

#include "troupe/core/queue.hpp"
#include "troupe/testing/explore.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::testing {

/// What a client of a queue wants: to put values, or to get so many.
struct queue_wish {
  std::vector<int> values;
  std::size_t max = 1;
  duration limit = forever;
};

/// Clients that each do one thing after the other.
struct queue_scenario {
  queue_options options;
  std::vector<std::vector<queue_wish>> clients;
  std::vector<std::size_t> cancels; // of which client, at any time
  std::vector<std::size_t> deaths;
  std::size_t ticks = 0; // seconds that pass
};

/// Clients that want something, and what happens to them, at random.
inline queue_scenario any_queue_scenario(choices& way) {
  queue_scenario result;
  result.options.max_size(way.choose(4))
    .order(static_cast<queue_order>(way.choose(3)));
  int value = 0;
  result.clients.resize(2 + way.choose(3));
  for (auto& client : result.clients)
    for (auto count = way.choose(6); count != 0; --count) {
      queue_wish one;
      if (way.choose(2) == 0)
        for (auto many = 1 + way.choose(4); many != 0; --many)
          one.values.push_back(++value);
      else
        one.max = 1 + way.choose(3);
      if (way.choose(4) == 0)
        one.limit = std::chrono::seconds{1 + way.choose(3)};
      client.push_back(std::move(one));
    }
  auto some = [&](std::size_t most) {
    std::vector<std::size_t> list;
    for (auto count = way.choose(most + 1); count != 0; --count)
      list.push_back(way.choose(result.clients.size()));
    return list;
  };
  result.cancels = some(4);
  result.deaths = some(2);
  result.ticks = way.choose(5);
  return result;
}

/// A queue, its clients, and the messages on their way. A step is one message
/// delivered, one answer used, one client that asks, is cancelled or dies.
///
/// Values are all different. Checked after each step: no value is given twice,
/// or is given that was not put; items come in order, those that were given
/// back first; nobody waits for what is there; the capacity is kept but for
/// what came back.
class queue_world {
public:
  explicit queue_world(const queue_scenario& what)
    : what_(what), rules_(what.options), clients_(what.clients.size()),
      cancels_(what.cancels), deaths_(what.deaths), ticks_(what.ticks) {}

  /// Anything that clients can do, at random.
  static void play_any(choices& way) {
    auto what = any_queue_scenario(way);
    queue_world{what}.play(way);
  }

  void play(choices& way) {
    while (step(way)) {
    }
    check_end();
  }

  /// Takes one step; false when there is none.
  bool step(choices& way) {
    std::vector<std::pair<void (queue_world::*)(std::size_t), std::size_t>> can;
    for (std::size_t i = 0; i != clients_.size(); ++i) {
      const auto& x = clients_[i];
      if (!x.outbox.empty())
        can.emplace_back(&queue_world::deliver, i);
      if (x.dead)
        continue;
      if (x.phase == idle && x.next != what_.clients[i].size())
        can.emplace_back(&queue_world::ask, i);
      if (!x.inbox.empty())
        can.emplace_back(&queue_world::answer, i);
      if (x.phase == holding)
        can.emplace_back(&queue_world::use, i);
    }
    for (std::size_t k = 0; k != cancels_.size(); ++k) {
      const auto& x = clients_[cancels_[k]];
      if (!x.dead && (x.phase == waiting || x.phase == holding))
        can.emplace_back(&queue_world::cancel, k);
    }
    for (std::size_t k = 0; k != deaths_.size(); ++k)
      can.emplace_back(&queue_world::die, k);
    if (ticks_ != 0)
      can.emplace_back(&queue_world::tick, 0);
    if (can.empty())
      return false;
    auto [does, whose] = can[can.size() == 1 ? 0 : way.choose(can.size())];
    (this->*does)(whose);
    check();
    return true;
  }

  /// Nothing was lost, nothing came from nowhere.
  void check_end() {
    while (rules_.size() != 0)
      feed(queue_rules::get_many{nobody, {}, rules_.size()});
    for (const auto& [value, how] : fates_) {
      if (how == put) {
        EXPECT_TRUE(given_.count(value)) << value << " was lost";
      } else if (how == not_put) {
        EXPECT_FALSE(given_.count(value)) << value << " was cancelled";
      }
    }
    for (auto value : given_)
      EXPECT_TRUE(fates_.count(value)) << value << " came from nowhere";
    EXPECT_EQ(rules_.state().unfinished(), given_.size() + lost_);
  }

  /// What the clients got.
  [[nodiscard]] const std::set<int>& given() const { return given_; }

private:
  enum phase { idle, waiting, holding, revoking };
  enum fate { put, not_put, unknown };
  static constexpr queue_rules::request_id nobody = 999;

  struct model_client {
    std::size_t next = 0;
    queue_world::phase phase = idle;
    std::uint64_t ticket = 0;
    bool answered = false; // while it is revoking
    bool accepted = false;
    queue_rules::items items;
    std::deque<queue_rules::input> outbox;
    std::deque<queue_rules::output> inbox;
    bool dead = false;
  };

  const queue_wish& wish(std::size_t i) const {
    return what_.clients[i][clients_[i].next];
  }

  /// A request's number names its client.
  static queue_rules::request_id id_of(std::size_t i) { return i; }

  void ask(std::size_t i) {
    auto& x = clients_[i];
    const auto& w = wish(i);
    x.phase = waiting;
    x.answered = false;
    x.accepted = false;
    ++x.ticket;
    auto give_up = after(now_, w.limit);
    auto id = id_of(i) + clients_.size() * x.ticket;
    queue_rules::sender from{i + 1, x.ticket};
    if (w.values.size() == 1)
      x.outbox.emplace_back(queue_rules::put{id, from, payload{w.values[0]},
                                             w.values[0] % 3, give_up});
    else if (!w.values.empty())
      x.outbox.emplace_back(
        queue_rules::put_many{id, from, envelopes(w.values), 0, give_up});
    else if (w.max == 1)
      x.outbox.emplace_back(queue_rules::get{id, from, give_up});
    else
      x.outbox.emplace_back(queue_rules::get_many{id, from, w.max, give_up});
    for (auto value : w.values)
      fates_[value] = unknown;
    if (x.outbox.size() == 1) // nobody can tell when it was sent
      deliver(i);
  }

  static payloads envelopes(const std::vector<int>& values) {
    payloads result;
    for (auto x : values)
      result.emplace_back(x);
    return result;
  }

  void deliver(std::size_t i) {
    auto in = std::move(clients_[i].outbox.front());
    clients_[i].outbox.pop_front();
    if (auto* back = std::get_if<queue_rules::give_back>(&in)) {
      came_back_ += back->values.size();
      for (const auto& item : back->values) {
        given_.erase(value_of(item));
        returned_.insert(item.seq);
      }
    }
    feed(std::move(in));
  }

  void answer(std::size_t i) {
    auto& x = clients_[i];
    auto what = std::move(x.inbox.front());
    x.inbox.pop_front();
    if (auto* done = std::get_if<queue_rules::cancel_done>(&what)) {
      EXPECT_TRUE(x.answered) << "the end of a cancel came before the answer";
      settle_put(i, x.accepted && !done->ended ? put : not_put);
      return finish(x);
    }
    x.answered = true;
    x.accepted = std::holds_alternative<queue_rules::accepted>(what);
    if (auto* one = std::get_if<queue_rules::gives>(&what))
      x.items.push_back(std::move(one->value));
    else if (auto* many = std::get_if<queue_rules::gives_many>(&what))
      x.items = std::move(many->values);
    if (x.phase == revoking)
      give_back(x);
    else
      x.phase = holding;
  }

  /// The coroutine goes on.
  void use(std::size_t i) {
    auto& x = clients_[i];
    settle_put(i, x.accepted ? put : not_put);
    finish(x);
  }

  void cancel(std::size_t k) {
    auto i = cancels_[k];
    cancels_.erase(cancels_.begin() + static_cast<std::ptrdiff_t>(k));
    auto& x = clients_[i];
    if (x.phase == holding && !x.accepted) {
      give_back(x);
      settle_put(i, not_put);
      return finish(x);
    }
    x.phase = revoking;
    x.outbox.emplace_back(queue_rules::cancel{
      id_of(i) + clients_.size() * x.ticket + cancel_mark, {i + 1, x.ticket}});
  }

  void die(std::size_t k) {
    auto i = deaths_[k];
    deaths_.erase(deaths_.begin() + static_cast<std::ptrdiff_t>(k));
    clients_[i].dead = true;
    clients_[i].outbox.emplace_back(queue_rules::gone{i + 1});
  }

  void tick(std::size_t) {
    --ticks_;
    now_ += std::chrono::seconds{1};
    if (rules_.wakeup() <= now_)
      feed(queue_rules::tick{});
  }

  void give_back(model_client& x) {
    if (!x.items.empty())
      x.outbox.emplace_back(queue_rules::give_back{std::move(x.items)});
    x.items.clear();
  }

  void settle_put(std::size_t i, fate how) {
    const auto& values = wish(i).values;
    for (auto value : values) // of a batch some may have been taken
      fates_[value] = how == not_put && values.size() > 1 ? unknown : how;
  }

  void finish(model_client& x) {
    x.items.clear();
    x.phase = idle;
    ++x.next;
  }

  void feed(queue_rules::input in) {
    for (auto& out : rules_.step(std::move(in), now_))
      std::visit([&](auto& x) { hand_out(x); }, out);
  }

  template <class Output>
  void hand_out(Output& x) {
    if constexpr (std::is_same_v<Output, queue_rules::gives>)
      see(x.value);
    else if constexpr (std::is_same_v<Output, queue_rules::gives_many>)
      for (const auto& item : x.values)
        see(item);
    if (x.id == nobody || std::is_same_v<Output, queue_rules::forget>)
      return;
    auto& to = clients_[x.id % cancel_mark % clients_.size()];
    if (!to.dead)
      to.inbox.emplace_back(std::move(x));
  }

  static int value_of(const queue_rules::item& x) {
    return static_cast<int>(x.value.as<std::int64_t>().value());
  }

  void see(const queue_rules::item& x) {
    EXPECT_TRUE(given_.insert(value_of(x)).second) << "given twice";
    if (what_.options.order() != queue_order::fifo) {
      returned_.erase(x.seq);
    } else if (!returned_.empty()) {
      EXPECT_EQ(x.seq, *returned_.begin()) << "not what came back first";
      returned_.erase(x.seq);
    } else {
      EXPECT_GT(x.seq, last_seq_) << "not the oldest";
      last_seq_ = x.seq;
    }
  }

  void check() const {
    auto state = rules_.state();
    EXPECT_FALSE(state.getters() != 0 && state.size() != 0);
    if (state.max_size() != 0) {
      EXPECT_LE(state.size(), state.max_size() + came_back_);
      EXPECT_FALSE(state.putters() != 0 && state.size() < state.max_size());
    }
  }

  static constexpr queue_rules::request_id cancel_mark = 1'000'000;

  const queue_scenario& what_;
  time_point now_ = time_point{} + std::chrono::hours{1};
  queue_rules rules_;
  std::vector<model_client> clients_;
  std::vector<std::size_t> cancels_;
  std::vector<std::size_t> deaths_;
  std::size_t ticks_;
  std::map<int, fate> fates_;
  std::set<int> given_;              // and not come back
  std::set<std::uint64_t> returned_; // in the queue
  std::uint64_t last_seq_ = 0;
  std::size_t came_back_ = 0;
  std::size_t lost_ = 0;
};

} // namespace troupe::testing
