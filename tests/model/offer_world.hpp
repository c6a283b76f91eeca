#pragma once

#include "troupe/core/queue.hpp"
#include "troupe/testing/explore.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::testing {

/// What somebody does with a queue.
enum class offer_act { put, get, poll, choose, die };

using offer_script = std::vector<offer_act>;

/// A queue and its clients, of which some are only offered an item, and take or
/// decline it, as messages on their way have it. Every order of what they do;
/// nothing is overtaken: items are taken as they were put.
class offer_world {
public:
  explicit offer_world(const std::vector<offer_script>& what)
    : scripts_(what), clients_(what.size()) {}

  /// Anything that clients can do, at random.
  static void play_any(choices& way) {
    using enum offer_act;
    constexpr std::array acts{put, put, put, get, poll, choose, choose, die};
    std::vector<offer_script> what(2 + way.choose(3));
    for (auto& one : what)
      for (auto count = way.choose(7); count != 0; --count)
        one.push_back(acts[way.choose(acts.size())]);
    offer_world{what}.play(way);
  }

  void play(choices& way) {
    while (step(way)) {
    }
    check_end();
  }

  /// Takes one step; false when there is none.
  bool step(choices& way) {
    std::vector<std::pair<void (offer_world::*)(std::size_t), std::size_t>> can;
    for (std::size_t i = 0; i != clients_.size(); ++i) {
      const auto& x = clients_[i];
      if (x.dead)
        continue;
      if (x.next != scripts_[i].size()
          && (x.free() || scripts_[i][x.next] == offer_act::die))
        can.emplace_back(&offer_world::act_next, i);
      if (x.offered) {
        can.emplace_back(&offer_world::accept, i);
        can.emplace_back(&offer_world::decline, i);
      } else if (x.chooses) {
        can.emplace_back(&offer_world::decline, i);
      }
    }
    if (can.empty())
      return false;
    auto [does, whose] = can[can.size() == 1 ? 0 : way.choose(can.size())];
    (this->*does)(whose);
    check();
    return true;
  }

  void check_end() {
    for (auto left = rules_.size(); left != 0; --left)
      feed(queue_rules::get{99, {}, queue_rules::dont_wait});
    EXPECT_EQ(taken_, put_) << "an item was lost";
  }

private:
  struct client_state {
    std::size_t next = 0;
    bool waits = false;   // for an item that it gets
    bool chooses = false; // waits for one that it is offered
    bool offered = false;
    bool dead = false;

    [[nodiscard]] bool free() const { return !waits && !chooses && !offered; }
  };

  static queue_rules::sender sender_of(std::size_t i) { return {i + 1, 1}; }

  void act_next(std::size_t i) {
    auto& x = clients_[i];
    switch (scripts_[i][x.next++]) {
    case offer_act::put:
      feed(queue_rules::put{i, {i + 1, 0}, payload{++put_}});
      break;
    case offer_act::get:
      x.waits = true;
      feed(queue_rules::get{i, sender_of(i)});
      break;
    case offer_act::poll:
      x.waits = true;
      feed(queue_rules::get{i, sender_of(i), queue_rules::dont_wait});
      break;
    case offer_act::choose:
      x.chooses = true;
      feed(queue_rules::get{i, sender_of(i), never, true});
      break;
    case offer_act::die:
      x.dead = true;
      feed(queue_rules::gone{i + 1});
      break;
    }
  }

  void accept(std::size_t i) {
    clients_[i].offered = false;
    see_taken();
    feed(queue_rules::accept{sender_of(i)});
  }

  void decline(std::size_t i) {
    clients_[i].offered = false;
    clients_[i].chooses = false;
    feed(queue_rules::decline{sender_of(i)});
  }

  void feed(queue_rules::input in) {
    std::vector<std::size_t> offers;
    for (auto& out : rules_.step(std::move(in), now_)) {
      if (auto* given = std::get_if<queue_rules::gives>(&out)) {
        EXPECT_EQ(given->value.value.as<std::int64_t>().value(), taken_ + 1)
          << "not the oldest";
        if (given->id < clients_.size() && clients_[given->id].chooses) {
          clients_[given->id].chooses = false;
          clients_[given->id].offered = true;
        } else {
          answered(given->id);
          see_taken();
        }
      } else if (auto* failed = std::get_if<queue_rules::fails>(&out)) {
        EXPECT_EQ(failed->why.code(), errc::empty);
        EXPECT_EQ(rules_.size(), 0u) << "empty, though there is an item";
        answered(failed->id);
      }
    }
  }

  void answered(std::uint64_t id) {
    if (id < clients_.size())
      clients_[id].waits = false;
  }

  void see_taken() { ++taken_; }

  void check() const {
    std::size_t offered = 0;
    std::size_t waiting = 0;
    for (const auto& x : clients_) {
      offered += !x.dead && x.offered ? 1 : 0;
      waiting += !x.dead && (x.waits || x.chooses) ? 1 : 0;
    }
    EXPECT_LE(offered, 1u);
    EXPECT_EQ(rules_.size(), static_cast<std::size_t>(put_ - taken_));
    EXPECT_TRUE(offered != 0 || waiting == 0 || rules_.size() == 0)
      << "somebody waits for what is there";
  }

  const std::vector<offer_script>& scripts_;
  time_point now_ = time_point{} + std::chrono::hours{1};
  queue_rules rules_;
  std::vector<client_state> clients_;
  std::int64_t put_ = 0;
  std::int64_t taken_ = 0;
};

} // namespace troupe::testing
