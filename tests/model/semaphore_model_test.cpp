#include "troupe/core/permit_rules.hpp"
#include "troupe/testing/explore.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <map>
#include <span>
#include <variant>
#include <vector>

using namespace troupe;
using namespace troupe::testing;

namespace {

constexpr std::uint64_t permits = 2;

/// One of a client's acts: it takes so many, gives back its oldest, gives up
/// its last request, or dies.
struct act {
  enum { take, give_back, cancel, die } what;
  std::uint64_t count = 1;
};

using script = std::vector<act>;

/// A semaphore of two permits and its clients, whose acts come in any order.
class world {
public:
  explicit world(const std::vector<script>& scripts)
    : scripts_(scripts), clients_(scripts.size()) {}

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
    EXPECT_EQ(rules_.available() + held(), permits) << "SM1, SM2";
    EXPECT_EQ(rules_.waiting(), line_.size());
    EXPECT_TRUE(line_.empty() || line_.front().count > rules_.available())
      << "the first one waits for nothing";
    return true;
  }

private:
  struct client_state {
    std::size_t next = 0;
    line::request_id request = 0;
    std::map<std::uint64_t, std::uint64_t> held; // permits by token
  };
  struct waiting {
    line::request_id request;
    std::size_t client;
    std::uint64_t count;
  };

  [[nodiscard]] bool can_act(std::size_t i) const {
    const auto& one = clients_[i];
    if (one.next == scripts_[i].size())
      return false;
    return scripts_[i][one.next].what != act::give_back || !one.held.empty();
  }

  void do_act(std::size_t i, act x) {
    auto& one = clients_[i];
    switch (x.what) {
    case act::take:
      one.request = ++requests_;
      line_.push_back({requests_, i, x.count});
      take(
        rules_.acquire({{requests_, i, requests_, never}, 0, x.count}, now_));
      break;
    case act::give_back: {
      auto token = one.held.begin()->first;
      one.held.erase(token);
      take(rules_.release(token, now_));
      break;
    }
    case act::cancel:
      if (std::erase_if(line_,
                        [&](const auto& w) { return w.request == one.request; })
          == 0)
        std::erase_if(one.held, [&](const auto& h) {
          return tokens_[h.first] == one.request;
        });
      take(rules_.withdraw(i, one.request, now_));
      break;
    case act::die:
      std::erase_if(line_, [&](const auto& w) { return w.client == i; });
      one.held.clear();
      one.next = scripts_[i].size();
      take(rules_.gone(i, now_));
      break;
    }
  }

  void take(std::span<const line::output> outputs) {
    for (const auto& out : outputs) {
      const auto* granted = std::get_if<line::granted>(&out);
      if (!granted)
        continue;
      ASSERT_FALSE(line_.empty());
      auto first = line_.front();
      line_.pop_front();
      EXPECT_EQ(first.request, granted->request) << "out of order";
      clients_[first.client].held[granted->value] = first.count;
      tokens_[granted->value] = first.request;
    }
  }

  [[nodiscard]] std::uint64_t held() const {
    std::uint64_t sum = 0;
    for (const auto& one : clients_)
      for (const auto& [token, count] : one.held)
        sum += count;
    return sum;
  }

  const std::vector<script>& scripts_;
  permit_rules rules_{permit_options{}.permits(permits)};
  time_point now_ = time_point{} + std::chrono::hours{1};
  std::vector<client_state> clients_;
  std::deque<waiting> line_;
  std::map<std::uint64_t, line::request_id> tokens_;
  line::request_id requests_ = 0;
};

void every_order(const std::vector<script>& scripts) {
  auto result = explore(
    [&](choices& way) {
      world all{scripts};
      while (all.step(way)) {
      }
    },
    explore_options{}.limit(5'000'000).stop_when(
      [] { return ::testing::Test::HasFailure(); }));
  std::printf("%s\n", result.to_string().c_str());
  EXPECT_TRUE(result.complete);
}

const script one_twice{
  {act::take}, {act::give_back}, {act::take}, {act::give_back}};
const script two_at_once{{act::take, 2}, {act::give_back}};
const script gives_up{{act::take, 2}, {act::cancel}};
const script dies{{act::take}, {act::take}, {act::die}};

TEST(SemaphoreModelTest, HoldsInEveryOrderOfFewAndMany) {
  every_order({one_twice, one_twice, two_at_once});
}

TEST(SemaphoreModelTest, HoldsInEveryOrderOfACancel) {
  every_order({one_twice, two_at_once, gives_up});
}

TEST(SemaphoreModelTest, HoldsInEveryOrderOfADeath) {
  every_order({one_twice, two_at_once, dies});
}

} // namespace
