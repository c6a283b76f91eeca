#include "model/exploration.hpp"
#include "troupe/core/lock_rules.hpp"
#include "troupe/testing/explore.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::testing {
namespace {

/// What a client of the lock does.
enum class act { acquire, release, cancel, die, lose };

using script = std::vector<act>;

/// A lock, its lease, its clients, and the messages between them. A step is one
/// message delivered, or one act of a client, of which a release by message is
/// two: finding the lease recalled, and telling.
class lease_world {
public:
  explicit lease_world(const std::vector<script>& scripts)
    : scripts_(scripts), clients_(scripts.size()) {}

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
  }

  [[nodiscard]] std::size_t taken_again() const noexcept { return again_; }

private:
  struct client_state {
    std::size_t next = 0;
    std::uint64_t ticket = 0; // while it waits
    std::uint64_t token = 0;  // that it holds
    bool dead = false;
    std::deque<std::function<void()>> outbox;
    std::deque<line::granted> inbox;
  };

  [[nodiscard]] bool can_act(std::size_t i) const {
    const auto& x = clients_[i];
    if (x.dead || x.next == scripts_[i].size())
      return false;
    switch (scripts_[i][x.next]) {
    case act::acquire:
      return x.ticket == 0 && x.token == 0;
    case act::release:
    case act::lose:
      return x.token != 0;
    default:
      return true;
    }
  }

  void do_next(std::size_t i) {
    auto& x = clients_[i];
    switch (scripts_[i][x.next++]) {
    case act::acquire:
      acquire(i);
      break;
    case act::release:
      release(i);
      break;
    case act::cancel:
      if (x.token != 0)
        release(i);
      if (auto ticket = std::exchange(x.ticket, 0); ticket != 0) {
        x.inbox.clear();
        x.outbox.emplace_back(
          [this, i, ticket] { take(rules_.withdraw(i, ticket, now_)); });
        std::erase(line_, i);
      }
      break;
    case act::die: // what it holds is destroyed with it
      if (x.token != 0)
        release(i);
      [[fallthrough]];
    case act::lose: // what it holds lives on elsewhere
      x.dead = true;
      x.token = 0;
      x.inbox.clear();
      std::erase(line_, i);
      x.outbox.emplace_back([this, i] { take(rules_.gone(i, now_)); });
      break;
    }
  }

  void acquire(std::size_t i) {
    auto& x = clients_[i];
    auto token = rules_.shared_lease().take({i, 0});
    if (token != 0) {
      EXPECT_EQ(rules_.waiting(), 0u) << "taken while somebody waits: LK3";
      ++again_;
      return has(x, token);
    }
    x.ticket = ++tickets_;
    x.outbox.emplace_back([this, i, ticket = x.ticket] {
      if (!clients_[i].dead && clients_[i].ticket == ticket)
        line_.push_back(i);
      take(rules_.acquire({{ticket, i, ticket, never}, 0, false, true}, now_));
    });
  }

  void release(std::size_t i) {
    auto token = std::exchange(clients_[i].token, 0);
    if (!rules_.shared_lease().release(token))
      clients_[i].outbox.emplace_back(
        [this, token] { take(rules_.release(token, now_)); });
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
    has(x, what.value);
  }

  void has(client_state& x, std::uint64_t token) {
    EXPECT_GT(token, last_token_) << "LK2";
    last_token_ = token;
    x.token = token;
  }

  void take(std::span<const line::output> outputs) {
    for (const auto& out : outputs) {
      const auto* granted = std::get_if<line::granted>(&out);
      if (!granted)
        continue;
      for (std::size_t i = 0; i != clients_.size(); ++i) {
        if (clients_[i].dead || clients_[i].ticket != granted->request)
          continue;
        EXPECT_EQ(line_.front(), i) << "LK3";
        std::erase(line_, i);
        clients_[i].inbox.push_back(*granted);
      }
    }
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
  time_point now_ = time_point{} + std::chrono::hours{1};
  lock_rules rules_;
  std::vector<client_state> clients_;
  std::deque<std::size_t> line_; // those that wait, as they came
  std::uint64_t tickets_ = 0;
  std::uint64_t last_token_ = 0;
  std::size_t again_ = 0;
};

void every_order(const std::vector<script>& scripts) {
  std::size_t again = 0;
  explore_all([&](choices& way) {
    lease_world all{scripts};
    while (all.step(way)) {
    }
    all.check_end();
    again += all.taken_again();
  });
  EXPECT_GT(again, 0u) << "it was never taken again";
}

const script twice{act::acquire, act::release, act::acquire, act::release};
const script once{act::acquire, act::release};

TEST(LeaseModelTest, HoldsInEveryOrderOfTwoClientsThatAcquireTwice) {
  every_order({twice, twice});
}

TEST(LeaseModelTest, HoldsInEveryOrderOfThreeClients) {
  every_order({twice, once, once});
}

TEST(LeaseModelTest, HoldsInEveryOrderOfACancel) {
  every_order({twice, {act::acquire, act::cancel}});
}

TEST(LeaseModelTest, HoldsInEveryOrderOfADeath) {
  every_order({twice, {act::acquire, act::release, act::acquire, act::die}});
}

TEST(LeaseModelTest, HoldsInEveryOrderOfADeathWhileWhatItHeldLivesOn) {
  every_order({twice, {act::acquire, act::release, act::acquire, act::lose}});
}

} // namespace
} // namespace troupe::testing
