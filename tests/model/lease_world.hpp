#pragma once

#include "troupe/core/lock_rules.hpp"
#include "troupe/testing/explore.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::testing {

/// A lock, its lease, its clients, and the messages between them. A step is one
/// message delivered, or one act of a client, of which a release by message is
/// two: finding the lease recalled, and telling. Or time passes.
///
/// The first clients may be tasks of one actor: they send in one order, and end
/// together.
class lease_world {
public:
  /// What a client of the lock does.
  enum class act {
    acquire,
    try_acquire,
    acquire_soon, // in a second at most
    release,      // if it was not too late
    wait,         // for the condition
    notify,       // one
    cancel,
    die,
    lose,
  };
  using script = std::vector<act>;

  lease_world(const std::vector<script>& what, std::size_t tasks_of_first)
    : scripts_(what), of_first_(tasks_of_first), clients_(what.size()) {}

  /// Anything that clients can do, at random, who leave nothing locked.
  static void play_any(choices& way) {
    std::vector<script> what(2 + way.choose(3));
    auto tasks_of_first = 1 + way.choose(2);
    for (std::size_t i = 0; i != what.size(); ++i)
      what[i] = any_script(way, tasks_of_first == 1 || i >= tasks_of_first);
    lease_world{what, tasks_of_first}.play(way);
  }

  void play(choices& way) {
    while (step(way)) {
    }
    check_end();
  }

  /// Takes one step; false when there is none.
  bool step(choices& way) {
    std::vector<std::pair<void (lease_world::*)(std::size_t), std::size_t>> can;
    for (std::size_t i = 0; i != clients_.size(); ++i) {
      const auto& x = clients_[i];
      if (!x.outbox.empty())
        can.emplace_back(&lease_world::deliver, i);
      if (!x.inbox.empty())
        can.emplace_back(&lease_world::hear, i);
      if (can_act(i))
        can.emplace_back(&lease_world::do_next, i);
    }
    if (rules_.wakeup() != never)
      can.emplace_back(&lease_world::let_time_pass, 0);
    if (can.empty())
      return false;
    auto [does, whose] = can[can.size() == 1 ? 0 : way.choose(can.size())];
    (this->*does)(whose);
    check();
    return true;
  }

  void check_end() const {
    EXPECT_EQ(rules_.waiting(), 0u) << "somebody was forgotten";
    EXPECT_EQ(rules_.locked(), holders() != 0) << "LK4, LK5";
    EXPECT_EQ(rules_.waiting_for(condition), asleep_.size())
      << "the notification was lost";
  }

  [[nodiscard]] std::size_t taken_again() const noexcept { return again_; }
  /// How many were too late.
  [[nodiscard]] std::size_t refused() const noexcept { return refused_; }

private:
  static script any_script(choices& way, bool may_end) {
    using enum act;
    static const std::vector<script> rounds{
      {acquire, release},        {acquire, cancel},
      {try_acquire, release},    {acquire_soon, release},
      {acquire, wait, release},  {acquire, wait, cancel, release},
      {acquire, notify, release}};
    script result;
    for (auto count = way.choose(4); count != 0; --count) {
      const auto& next = rounds[way.choose(rounds.size())];
      result.insert(result.end(), next.begin(), next.end());
    }
    if (may_end && way.choose(4) == 0)
      result.insert(result.end(), {acquire, way.choose(2) == 0 ? die : lose});
    return result;
  }

  static constexpr lock_rules::condition_id condition = 1;

  struct client_state {
    std::size_t next = 0;
    std::uint64_t ticket = 0;     // while it waits
    std::uint64_t token = 0;      // that it holds
    std::uint64_t given_back = 0; // without a message, the last one
    bool sleeps = false; // it waits for the condition, and then the lock
    bool tells = false;  // it waits until its notification has arrived
    bool dead = false;
    std::deque<std::function<void()>> outbox; // of its actor
    std::deque<line::granted> inbox;
  };

  /// Its number is that of its first task.
  [[nodiscard]] std::size_t actor_of(std::size_t i) const {
    return i < of_first_ ? 0 : i;
  }
  void send(std::size_t i, std::function<void()> what) {
    clients_[actor_of(i)].outbox.push_back(std::move(what));
  }

  [[nodiscard]] bool can_act(std::size_t i) const {
    const auto& x = clients_[i];
    if (x.dead || x.next == scripts_[i].size())
      return false;
    switch (scripts_[i][x.next]) {
    case act::acquire:
    case act::try_acquire:
    case act::acquire_soon:
      return x.ticket == 0 && x.token == 0;
    case act::release:
      return x.ticket == 0 && !x.tells;
    case act::wait:
    case act::notify:
    case act::lose:
      return x.token != 0 && !x.tells;
    default:
      return true;
    }
  }

  void do_next(std::size_t i) {
    auto& x = clients_[i];
    auto what = scripts_[i][x.next++];
    switch (what) {
    case act::acquire:
      return acquire(i, forever);
    case act::try_acquire:
      return acquire(i, duration::zero());
    case act::acquire_soon:
      return acquire(i, std::chrono::seconds{1});
    case act::release:
      return release(i);
    case act::wait:
      return wait(i);
    case act::notify:
      x.tells = true;
      return send(i, [this, i, token = x.token] { notify(i, token); });
    case act::cancel:
      return cancel(i);
    default:
      for (std::size_t j = 0; j != clients_.size(); ++j)
        if (actor_of(j) == actor_of(i))
          end(j, what == act::die);
      send(i, [this, i] { take(rules_.gone(actor_of(i), now_)); });
    }
  }

  void acquire(std::size_t i, duration limit) {
    auto& x = clients_[i];
    auto token = rules_.shared_lease().take({actor_of(i), i});
    if (token != 0) {
      EXPECT_EQ(rules_.waiting(), 0u) << "taken while somebody waits: LK3";
      ++again_;
      return has(x, token);
    }
    x.ticket = ++tickets_;
    send(i, [this, i, limit, ticket = x.ticket] {
      if (!clients_[i].dead && clients_[i].ticket == ticket)
        line_.push_back(i);
      auto until = limit == forever ? never : now_ + limit;
      take(rules_.acquire(
        {{ticket, actor_of(i), ticket, until}, i, false, true}, now_));
    });
  }

  void release(std::size_t i) {
    auto token = std::exchange(clients_[i].token, 0);
    if (token == 0)
      return;
    if (rules_.shared_lease().release(token))
      clients_[i].given_back = token;
    else
      send(i, [this, i, token] {
        told_.erase(i);
        take(rules_.release(token, now_));
      });
  }

  void wait(std::size_t i) {
    auto& x = clients_[i];
    x.ticket = ++tickets_;
    x.sleeps = true;
    send(i, [this, i, token = std::exchange(x.token, 0), ticket = x.ticket] {
      EXPECT_TRUE(rules_.holds_alone(token));
      asleep_.push_back(i);
      take(rules_.wait({ticket, actor_of(i), ticket, never}, token, condition,
                       now_));
    });
  }

  void notify(std::size_t i, std::uint64_t token) {
    clients_[i].tells = false;
    // It may have died meanwhile.
    EXPECT_NE(rules_.holds_alone(token), clients_[i].given_back == token);
    if (!rules_.holds_alone(token))
      return;
    tell_one();
    take(rules_.notify(condition, 1, now_));
  }

  void tell_one() {
    if (asleep_.empty())
      return;
    auto first = asleep_.front();
    asleep_.pop_front();
    told_.insert(first);
    line_.push_back(first);
  }

  /// Who waits for the condition gets the lock all the same.
  void cancel(std::size_t i) {
    auto& x = clients_[i];
    release(i);
    if (x.ticket == 0)
      return;
    if (x.sleeps)
      return send(i, [this, i, ticket = x.ticket] {
        if (std::erase(asleep_, i) != 0)
          line_.push_back(i);
        else if (told_.erase(i) != 0)
          tell_one();
        take(rules_.withdraw(actor_of(i), ticket, now_));
      });
    x.inbox.clear();
    std::erase(line_, i);
    send(i, [this, i, ticket = std::exchange(x.ticket, 0)] {
      take(rules_.withdraw(actor_of(i), ticket, now_));
    });
  }

  /// What it holds is destroyed with it, or lives on elsewhere.
  void end(std::size_t i, bool destroyed) {
    auto& x = clients_[i];
    if (destroyed)
      release(i);
    x.dead = true;
    x.token = 0;
    x.inbox.clear();
    std::erase(line_, i);
  }

  void let_time_pass(std::size_t) {
    now_ = rules_.wakeup();
    take(rules_.tick(now_));
  }

  void deliver(std::size_t i) {
    auto message = std::move(clients_[i].outbox.front());
    clients_[i].outbox.pop_front();
    message();
  }

  void hear(std::size_t i) {
    auto& x = clients_[i];
    auto what = x.inbox.front();
    x.inbox.pop_front();
    if (what.request != x.ticket)
      return;
    x.ticket = 0;
    x.sleeps = false;
    if (what.value != 0)
      has(x, what.value);
  }

  void has(client_state& x, std::uint64_t token) {
    EXPECT_GT(token, last_token_) << "LK2";
    last_token_ = token;
    x.token = token;
  }

  void take(std::span<const line::output> outputs) {
    for (const auto& out : outputs)
      std::visit([this](const auto& x) { on(x); }, out);
  }

  void on(const line::granted& x) {
    auto i = who_asked(x.request);
    if (i == clients_.size())
      return;
    EXPECT_EQ(line_.front(), i) << "LK3";
    std::erase(line_, i);
    clients_[i].inbox.push_back(x);
  }
  void on(const line::refused& x) {
    auto i = who_asked(x.request);
    if (i == clients_.size())
      return;
    EXPECT_TRUE(x.why == errc::busy || x.why == errc::timed_out);
    EXPECT_TRUE(rules_.locked()) << "refused though nobody has it";
    ++refused_;
    std::erase(line_, i);
    clients_[i].inbox.push_back({x.request, 0});
  }
  void on(const line::ended&) {}

  /// Who waits for that still, if anybody.
  [[nodiscard]] std::size_t who_asked(std::uint64_t ticket) const {
    std::size_t i = 0;
    while (i != clients_.size()
           && (clients_[i].dead || clients_[i].ticket != ticket))
      ++i;
    return i;
  }

  [[nodiscard]] std::size_t holders() const {
    std::size_t result = 0;
    for (const auto& x : clients_)
      result += x.token != 0 ? 1 : 0;
    return result;
  }

  void check() const {
    EXPECT_LE(holders(), 1u) << "LK1";
    for (const auto& x : clients_)
      EXPECT_TRUE(x.token == 0 || rules_.holds(x.token)) << "LK1";
  }

  const std::vector<script>& scripts_;
  std::size_t of_first_;
  time_point now_ = time_point{} + std::chrono::hours{1};
  lock_rules rules_;
  std::vector<client_state> clients_;
  std::deque<std::size_t> line_;   // those that wait, as they came
  std::deque<std::size_t> asleep_; // those that wait for the condition
  std::set<std::size_t> told_;     // by it, and have not released the lock yet
  std::uint64_t tickets_ = 0;
  std::uint64_t last_token_ = 0;
  std::size_t again_ = 0;
  std::size_t refused_ = 0;
};

} // namespace troupe::testing
