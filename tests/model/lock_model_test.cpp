#include "troupe/core/lock_rules.hpp"
#include "troupe/testing/explore.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <span>
#include <utility>
#include <variant>
#include <vector>

using namespace troupe;
using namespace troupe::testing;

namespace {

/// What a client of the lock does.
enum class act { acquire, share, release, cancel, die, wait, notify };

using script = std::vector<act>;

/// A lock and its clients, whose acts come in any order. Each client does its
/// own in order, and those that need the lock only once it has it. A cancel
/// gives up the last request, answered or not: the answer may be on its way.
class world {
public:
  explicit world(const std::vector<script>& scripts) : scripts_(scripts) {
    clients_.resize(scripts.size());
  }

  /// Takes one step; false when there is none.
  bool step(choices& way) {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < clients_.size(); ++i)
      if (can_act(i))
        ready.push_back(i);
    if (ready.empty())
      return false;
    auto i = ready[ready.size() == 1 ? 0 : way.choose(ready.size())];
    do_act(i, scripts_[i][clients_[i].next++]);
    check();
    return true;
  }

  /// Nobody was forgotten.
  void check_end() const {
    EXPECT_TRUE(rules_.locked() || rules_.waiting() == 0)
      << "a free lock, and somebody waits";
    EXPECT_EQ(rules_.locked(), holders() != 0) << "LK4, LK5";
  }

private:
  struct client_state {
    std::size_t next = 0;
    line::request_id request = 0;
    bool waits = false;
    bool shared = false;
    std::uint64_t token = 0;
  };

  [[nodiscard]] bool can_act(std::size_t i) const {
    const auto& one = clients_[i];
    if (one.next == scripts_[i].size())
      return false;
    switch (scripts_[i][one.next]) {
    case act::release:
    case act::wait:
    case act::notify:
      return one.token != 0;
    case act::acquire:
    case act::share:
      return !one.waits && one.token == 0;
    case act::cancel:
    case act::die:
      return true;
    }
    return false;
  }

  void do_act(std::size_t i, act what) {
    auto& one = clients_[i];
    switch (what) {
    case act::acquire:
    case act::share:
      one.shared = what == act::share;
      one.waits = true;
      in_line_.push_back(i);
      take(rules_.acquire({place(i), 0, one.shared}, now_));
      break;
    case act::release: {
      auto token = std::exchange(one.token, 0);
      take(rules_.release(token, now_));
      break;
    }
    case act::wait: {
      auto token = std::exchange(one.token, 0);
      one.waits = true;
      from_condition_.push_back(i);
      take(rules_.wait(place(i), token, 1, now_));
      break;
    }
    case act::notify:
      take(rules_.notify(1, 1, now_));
      break;
    case act::cancel:
      std::erase(in_line_, i);
      one.waits = false;
      one.token = 0;
      take(rules_.withdraw(i, one.request, now_));
      break;
    case act::die:
      std::erase(in_line_, i);
      std::erase(from_condition_, i);
      one.waits = false;
      one.token = 0;
      one.next = scripts_[i].size();
      take(rules_.gone(i, now_));
      break;
    }
  }

  line::place place(std::size_t i) {
    clients_[i].request = ++requests_;
    return {requests_, i, requests_, never};
  }

  void take(std::span<const line::output> outputs) {
    for (const auto& out : outputs)
      if (const auto* granted = std::get_if<line::granted>(&out))
        grant(*granted);
  }

  void grant(const line::granted& x) {
    EXPECT_GT(x.value, last_token_) << "LK2";
    last_token_ = x.value;
    auto at =
      std::find_if(clients_.begin(), clients_.end(), [&](const auto& one) {
        return one.request == x.request && one.waits;
      });
    ASSERT_NE(at, clients_.end()) << "LK5: granted to who does not wait";
    at->waits = false;
    at->token = x.value;
    auto i = static_cast<std::size_t>(at - clients_.begin());
    if (std::erase(from_condition_, i) != 0)
      return;
    EXPECT_EQ(in_line_.front(), i) << "LK3";
    in_line_.pop_front();
  }

  [[nodiscard]] std::size_t holders() const {
    return static_cast<std::size_t>(
      std::count_if(clients_.begin(), clients_.end(),
                    [](const auto& one) { return one.token != 0; }));
  }

  void check() const {
    auto alone =
      std::count_if(clients_.begin(), clients_.end(), [](const auto& one) {
        return one.token != 0 && !one.shared;
      });
    EXPECT_TRUE(alone == 0 || holders() == 1u) << "LK1";
    for (const auto& one : clients_)
      EXPECT_TRUE(one.token == 0 || rules_.holds(one.token)) << "LK1";
  }

  const std::vector<script>& scripts_;
  lock_rules rules_;
  time_point now_ = time_point{} + std::chrono::hours{1};
  std::vector<client_state> clients_;
  std::deque<std::size_t> in_line_; // those that wait, as they came
  line::request_id requests_ = 0;
  std::deque<std::size_t> from_condition_;
  std::uint64_t last_token_ = 0;
};

void every_order(const std::vector<script>& scripts) {
  auto result = explore(
    [&](choices& way) {
      world all{scripts};
      while (all.step(way)) {
      }
      all.check_end();
    },
    explore_options{}.limit(5'000'000).stop_when(
      [] { return ::testing::Test::HasFailure(); }));
  std::printf("%s\n", result.to_string().c_str());
  EXPECT_TRUE(result.complete);
}

const script twice{act::acquire, act::release, act::acquire, act::release};
const script once{act::acquire, act::release};
const script readers{act::share, act::release};
const script gives_up{act::acquire, act::cancel};
const script dies{act::acquire, act::die};
const script waits{act::acquire, act::wait, act::release};
const script waits_and_gives_up{act::acquire, act::wait, act::die};
const script notifies{act::acquire, act::notify, act::release};

TEST(LockModelTest, HoldsInEveryOrderOfThreeClientsThatAcquireTwice) {
  every_order({twice, twice, twice});
}

TEST(LockModelTest, HoldsInEveryOrderOfThreeClientsAndACancel) {
  every_order({twice, twice, gives_up});
}

TEST(LockModelTest, HoldsInEveryOrderOfThreeClientsAndADeath) {
  every_order({twice, twice, dies});
}

TEST(LockModelTest, HoldsInEveryOrderOfReadersAndWriters) {
  every_order({readers, readers, once, gives_up});
}

TEST(LockModelTest, HoldsInEveryOrderOfAConditionAndADeath) {
  every_order({waits, waits_and_gives_up, notifies, notifies});
}

} // namespace
