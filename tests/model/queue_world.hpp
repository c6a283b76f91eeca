#pragma once

#include "model/queue_scenario.hpp"
#include "model/queue_witness.hpp"
#include "troupe/core/queue.hpp"
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

/// A queue, its clients, and the messages on their way. A step is one message
/// delivered, one answer used, one client that asks, is cancelled or dies.
///
/// A witness checks each step; at the end, what each client believes to have
/// put, and nothing else, has come out.
class queue_world {
public:
  explicit queue_world(const queue_scenario& what)
    : what_(what), rules_(what.options), witness_(what.options),
      clients_(what.clients.size()), cancels_(what.cancels),
      deaths_(what.deaths), ticks_(what.ticks) {}

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
    go_on();
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
    return true;
  }

  /// Nothing was lost, nothing came from nowhere.
  void check_end() {
    while (rules_.size() != 0)
      feed(queue_rules::get_many{nobody, {}, rules_.size()});
    for (const auto& [value, how] : fates_) {
      if (how == put) {
        EXPECT_TRUE(witness_.came_out(value)) << value << " was lost";
      } else if (how == not_put) {
        EXPECT_FALSE(witness_.came_out(value)) << value << " was cancelled";
      }
    }
    for (auto value : witness_.given())
      EXPECT_TRUE(fates_.count(value)) << value << " came from nowhere";
  }

private:
  enum phase { idle, waiting, holding, revoking };
  enum fate { put, not_put, unknown };
  static constexpr queue_rules::request_id nobody = 999;
  static constexpr queue_rules::request_id cancel_mark = 1'000'000;

  struct model_client {
    std::size_t next = 0;
    queue_world::phase phase = idle;
    std::uint64_t ticket = 0;
    bool answered = false; // while it is revoking
    bool accepted = false;
    queue_rules::items items;
    std::size_t used = 0; // items, of which it has not said that they are done
    std::deque<queue_rules::input> outbox;
    std::deque<queue_rules::output> inbox;
    bool dead = false;
  };

  const queue_wish& wish(std::size_t i) const {
    return what_.clients[i][clients_[i].next];
  }

  /// A request's number names its client.
  queue_rules::request_id id_of(std::size_t i) const {
    return i + clients_.size() * clients_[i].ticket;
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
    if (w.what == queue_wish::task_done && !w.too_often && x.used == 0)
      return finish(x);
    x.phase = waiting;
    x.answered = false;
    x.accepted = false;
    ++x.ticket;
    x.outbox.push_back(request_of(i));
    for (auto value : w.values)
      fates_[value] = unknown;
    if (x.outbox.size() == 1) // nobody can tell when it was sent
      deliver(i);
  }

  queue_rules::input request_of(std::size_t i) {
    const auto& w = wish(i);
    auto id = id_of(i);
    auto give_up = w.limit == duration::zero() ? queue_rules::dont_wait
                                               : after(now_, w.limit);
    queue_rules::sender from{i + 1, clients_[i].ticket};
    switch (w.what) {
    case queue_wish::put:
      if (w.values.size() == 1)
        return queue_rules::put{id, from, payload{w.values[0]}, w.values[0] % 3,
                                give_up};
      return queue_rules::put_many{id, from, envelopes(w.values), 0, give_up};
    case queue_wish::get:
      if (w.max == 1)
        return queue_rules::get{id, from, give_up};
      return queue_rules::get_many{id, from, w.max, give_up};
    case queue_wish::join:
      return queue_rules::join{id, from,
                               w.limit == duration::zero() ? never : give_up};
    case queue_wish::task_done:
      return queue_rules::task_done{
        id, w.too_often ? 0 : std::exchange(clients_[i].used, 0)};
    default:
      return queue_rules::shutdown{id, w.immediate};
    }
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
    if (auto* done = std::get_if<queue_rules::task_done>(&in))
      if (done->count == 0)
        done->count = witness_.unfinished() + 1;
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
    x.used += x.items.size();
    settle_put(i, x.accepted ? put : not_put);
    finish(x);
  }

  void cancel(std::size_t k) {
    auto i = cancels_[k];
    cancels_.erase(cancels_.begin() + static_cast<std::ptrdiff_t>(k));
    auto& x = clients_[i];
    auto what = wish(i).what;
    if (what == queue_wish::task_done || what == queue_wish::shutdown) {
      x.inbox.clear(); // it takes place all the same
      return finish(x);
    }
    if (x.phase == holding && !x.accepted) {
      give_back(x);
      settle_put(i, not_put);
      return finish(x);
    }
    x.phase = revoking;
    x.outbox.emplace_back(
      queue_rules::cancel{id_of(i) + cancel_mark, {i + 1, x.ticket}});
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

  // -- what the queue says ----------------------------------------------------

  void feed(queue_rules::input in) {
    witness_.sees(in, now_);
    for (auto& out : rules_.step(std::move(in), now_)) {
      witness_.sees(out);
      std::visit([&](auto& x) { hand_out(x); }, out);
    }
    witness_.check(rules_.state());
  }

  template <class Output>
  void hand_out(Output& x) {
    if (x.id == nobody || std::is_same_v<Output, queue_rules::forget>)
      return;
    auto i = x.id % cancel_mark % clients_.size();
    auto& to = clients_[i];
    if (!to.dead && to.phase != idle && x.id % cancel_mark == id_of(i))
      to.inbox.emplace_back(std::move(x));
  }

  const queue_scenario& what_;
  time_point now_ = time_point{} + std::chrono::hours{1};
  queue_rules rules_;
  queue_witness witness_;
  std::vector<model_client> clients_;
  std::vector<std::size_t> cancels_;
  std::vector<std::size_t> deaths_;
  std::size_t ticks_;
  std::map<int, fate> fates_;
};

} // namespace troupe::testing
