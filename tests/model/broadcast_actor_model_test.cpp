// A broadcast's actor, and plain actors as its clients, in every order of their
// turns.

#include "model/scene.hpp"
#include "troupe/core/broadcast_actor.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>

using namespace troupe;
using namespace troupe::testing;

namespace {

using enum verb;

/// A broadcast on whose subscribers one item has room. Values are all
/// different.
///
/// Checked are: publishes are let in first come, first served; each subscriber
/// gets its items in the order of publication, none twice, and all that were
/// published while it was there but those that its lag counts; the bound; who
/// waits for whom, and that nobody waits for the dead.
class broadcast_scene final : public scene {
public:
  explicit broadcast_scene(on_full policy)
    : policy_(policy),
      news_(spawn_broadcast(system.get(),
                            broadcast_options{}.max_size(1).on_full(policy))) {}

private:
  enum line : std::uint64_t { for_room, for_item };
  static constexpr auto nobody = std::numeric_limits<std::uint64_t>::max();

  struct publication {
    std::uint64_t place;
    std::uint64_t known_at = nobody; // after which request
  };
  struct reader {
    std::uint64_t id;
    std::uint64_t asked_at; // after which request
    std::uint64_t joined_at;
    std::uint64_t gets = 0;
    std::uint64_t came_back = 0;
    std::map<std::uint64_t, std::int64_t> given = {}; // by number
  };

  // -- what clients do --------------------------------------------------------

  void perform(scene_client& who, const act& what) override {
    switch (what.what) {
    case add:
      return publish(who, static_cast<std::int64_t>(what.count));
    case subscribe:
      return who.request(news_, caf::infinite, v1::BroadcastSubscribe{})
        .then(
          [this, &who, before = asked](const v1::BroadcastSubscribed& x) {
            readers_[who.index] = {x.subscriber(), before, asked};
            who.go_on();
          },
          [this, &who](const caf::error& why) { refuse(who, why); });
    case ask:
      return get(who);
    case unsubscribe: {
      v1::BroadcastUnsubscribe message;
      message.set_subscriber(readers_.at(who.index).id);
      who.send(news_, message);
      readers_.erase(who.index);
      return who.go_on();
    }
    case cancel:
      return stop(who);
    case shut_down:
    case shut_down_at_once: {
      v1::BroadcastShutdown message;
      message.set_immediate(what.what == shut_down_at_once);
      at_once_ |= message.immediate();
      ended_at_ = std::min(ended_at_, asked);
      return who.request(news_, caf::infinite, message)
        .then([&who](const v1::BroadcastState&) { who.go_on(); });
    }
    default:
      FAIL() << "no such act";
    }
  }

  void publish(scene_client& who, std::int64_t value) {
    who.line = for_room;
    who.ask<v1::BroadcastPublished>(
      news_, [this, &who](const auto&) { published(who); },
      v1::BroadcastPublish{}, payload{value});
    publishes_[who.index] = value;
    sent_.emplace(value, publication{who.place});
  }

  void get(scene_client& who) {
    auto at = readers_.find(who.index);
    if (at == readers_.end()) // it came too late to subscribe
      return who.go_on();
    ++at->second.gets;
    v1::BroadcastGet message;
    message.set_subscriber(at->second.id);
    who.line = for_item + who.index;
    who.ask<v1::BroadcastItems, payloads>(
      news_,
      [this, &who](const v1::BroadcastItems& places, const payloads& values) {
        given(who, places.seq(0), values.at(0));
      },
      message);
  }

  /// Ends its last request, and learns what became of it.
  void stop(scene_client& who) {
    who.given_up = true;
    v1::BroadcastCancel message;
    message.set_ticket(who.ticket);
    who.request(news_, caf::infinite, message)
      .then([this, &who](const v1::BroadcastCancelled& x) {
        if (who.line == for_room && (x.ended() || !who.answered))
          sent_.erase(publishes_[who.index]);
        else if (who.line == for_room)
          enter(who);
        who.go_on();
      });
  }

  void leave(scene_client& who) override {
    ++deaths_;
    readers_.erase(who.index);
  }

  // -- what they hear ---------------------------------------------------------

  void published(scene_client& who) {
    expect_turn(who);
    EXPECT_LE(who.place, ended_at_) << "it was shut down before";
    if (!who.given_up)
      enter(who);
  }

  void enter(scene_client& who) {
    auto at = sent_.find(publishes_[who.index]);
    if (at == sent_.end()) // it was refused
      return;
    at->second.known_at = asked;
    ++known_;
    for (const auto& [_, x] : readers_)
      EXPECT_TRUE(policy_ != on_full::block || x.joined_at != 0
                  || known_ <= 1 + x.gets)
        << "more are published than there is room for";
  }

  void given(scene_client& who, std::uint64_t seq, const payload& what) {
    auto& to = readers_.at(who.index);
    if (!who.given_up)
      return see(to, seq, what.as<std::int64_t>().value());
    ++to.came_back;
    v1::BroadcastGiveBack message;
    message.set_subscriber(to.id);
    message.mutable_items()->add_seq(seq);
    who.send(news_, message, payloads{what});
  }

  void see(reader& to, std::uint64_t seq, std::int64_t value) {
    auto at = sent_.find(value);
    ASSERT_TRUE(at != sent_.end()) << value << " came from nowhere";
    EXPECT_EQ(log_.emplace(seq, value).first->second, value)
      << "others have got something else";
    EXPECT_TRUE(to.given.empty() || to.given.rbegin()->first < seq)
      << "not in the order of publication";
    EXPECT_TRUE(at->second.known_at > to.asked_at) << "it was published before";
    to.given.emplace(seq, value);
  }

  void refuse(scene_client& who, const caf::error& why) {
    if (refuse(who, from_caf(why).code()))
      who.go_on();
  }

  bool refuse(scene_client& who, errc why) override {
    if (why == errc::lost) // it is over
      return false;
    if (why == errc::overloaded) {
      EXPECT_EQ(policy_, on_full::disconnect);
      const auto& x = readers_.at(who.index);
      EXPECT_TRUE(x.joined_at != 0 || x.given.size() == x.given.rbegin()->first)
        << "it missed something before";
    } else {
      EXPECT_EQ(why, errc::closed);
      EXPECT_NE(ended_at_, nobody);
    }
    if (who.line == for_room)
      sent_.erase(publishes_[who.index]);
    return true;
  }

  // -- the end ----------------------------------------------------------------

  v1::BroadcastSubscriberState state_of(const reader& x) {
    v1::BroadcastQuerySubscriber message;
    message.set_subscriber(x.id);
    return query<v1::BroadcastSubscriberState>(news_, message);
  }

  void check_end() override {
    auto all = query<v1::BroadcastState>(news_, v1::BroadcastQuery{});
    std::uint64_t getters = 0;
    auto somebody_is_full = false;
    for (const auto& [_, x] : readers_) {
      auto state = state_of(x);
      getters += state.getters();
      somebody_is_full |= policy_ == on_full::block && state.size() != 0;
      check_reader(x, state, all.published());
    }
    EXPECT_TRUE(all.publishers() == 0 || somebody_is_full)
      << "a publisher waits for nobody";
    EXPECT_TRUE(ended_at_ == nobody || all.publishers() + getters == 0);
    EXPECT_EQ(
      static_cast<std::uint64_t>(std::count(ended.begin(), ended.end(), false)),
      all.publishers() + getters)
      << "somebody waits for ever";
    EXPECT_LE(known_, all.published());
    EXPECT_LE(all.published(), known_ + deaths_);
    check_log();
  }

  void check_reader(const reader& x, const v1::BroadcastSubscriberState& state,
                    std::uint64_t published) const {
    EXPECT_LE(state.size(), 1 + x.came_back);
    EXPECT_TRUE(state.getters() == 0 || state.size() == 0);
    EXPECT_TRUE(policy_ != on_full::block || state.lagged() == 0);
    EXPECT_EQ(state.disconnected(),
              policy_ == on_full::disconnect && state.lagged() != 0);
    if (at_once_)
      return;
    auto before = published - x.given.size() - state.size() - state.lagged();
    auto count = [this](auto predicate) {
      return static_cast<std::uint64_t>(
        std::count_if(sent_.begin(), sent_.end(),
                      [&](const auto& y) { return predicate(y.second); }));
    };
    EXPECT_LE(count([&](auto& y) { return y.known_at <= x.asked_at; }), before)
      << "its lag is more than it missed";
    EXPECT_GE(count([&](auto& y) { return y.place <= x.joined_at; }), before)
      << "it missed more than its lag";
  }

  void check_log() const {
    std::uint64_t last = 0;
    for (const auto& [_, value] : log_) {
      EXPECT_LT(last, sent_.at(value).place) << "a publish overtook another";
      last = sent_.at(value).place;
    }
  }

  void let_go() override { news_ = nullptr; }

  on_full policy_;
  broadcast_actor news_;
  std::map<std::int64_t, publication> sent_;      // without those refused
  std::map<std::size_t, std::int64_t> publishes_; // the last of each client
  std::map<std::size_t, reader> readers_;         // that are there
  std::map<std::uint64_t, std::int64_t> log_;     // as somebody got it
  std::uint64_t known_ = 0;                       // by who published them
  std::uint64_t ended_at_ = nobody; // the last request before a shutdown
  bool at_once_ = false;
  std::uint64_t deaths_ = 0; // of whom each may have published one
};

// -- each policy --------------------------------------------------------------

class BroadcastActorModelTest : public ::testing::TestWithParam<on_full> {
protected:
  static void every_order(const scripts& first, const scripts& others) {
    explore_all([&](choices& way) {
      broadcast_scene{GetParam()}.play(first, others, way);
    });
  }
};

std::string name_of(const ::testing::TestParamInfo<on_full>& x) {
  static constexpr std::array names{"", "Block", "DropOldest", "DropNewest",
                                    "Disconnect"};
  return names.at(static_cast<std::size_t>(x.param));
}

INSTANTIATE_TEST_SUITE_P(Policy, BroadcastActorModelTest,
                         ::testing::Values(on_full::block, on_full::drop_oldest,
                                           on_full::drop_newest,
                                           on_full::disconnect),
                         name_of);

const script reads_one{{subscribe}, {ask}};
const script reads_two{{subscribe}, {ask}, {ask}};
const script gives_up{{subscribe}, {ask}, {ask}, {cancel}};
const script goes_on{{subscribe}, {ask}, {ask}, {cancel}, {ask}, {ask}};
const script dies{{subscribe}, {ask}, {ask}, {die}};
const script leaves{{subscribe}, {ask}, {unsubscribe}};
const script publishes_two{{add, 1}, {add, 2}};
const script publishes_three{{add, 1}, {add, 2}, {add, 3}};
const script publishes_another{{add, 4}};

TEST_P(BroadcastActorModelTest, HoldsInEveryOrderOfTwoReaders) {
  every_order({}, {publishes_two, reads_two, reads_one});
  every_order({reads_two}, {publishes_three, reads_one});
}

TEST_P(BroadcastActorModelTest, HoldsInEveryOrderOfTwoPublishers) {
  every_order({reads_two}, {publishes_two, {{add, 3}, {add, 4}}});
}

TEST_P(BroadcastActorModelTest, HoldsInEveryOrderOfACancelledReader) {
  every_order({goes_on}, {publishes_three});
  every_order({gives_up}, {publishes_two, publishes_another});
}

TEST_P(BroadcastActorModelTest, HoldsInEveryOrderOfACancelledPublisher) {
  every_order({reads_two}, {{{add, 1}, {add, 2}, {cancel}}, {{add, 3}}});
}

TEST_P(BroadcastActorModelTest, HoldsInEveryOrderOfADeadReader) {
  every_order({dies}, {publishes_three, publishes_another});
  every_order({reads_two}, {publishes_three, {{kill, 0}}});
}

TEST_P(BroadcastActorModelTest, HoldsInEveryOrderOfADeadPublisher) {
  every_order({reads_two}, {{{add, 1}, {add, 2}, {die}}, publishes_another});
}

TEST_P(BroadcastActorModelTest, HoldsInEveryOrderOfAReaderWhoLeaves) {
  every_order({leaves}, {publishes_three, publishes_another});
}

TEST_P(BroadcastActorModelTest, HoldsInEveryOrderOfAShutdown) {
  for (auto end : {shut_down, shut_down_at_once}) {
    every_order({reads_one}, {publishes_three, {{end}}});
    every_order({gives_up}, {publishes_two, {{end}}});
    every_order({}, {{{add, 1}}, reads_one, {{end}}});
  }
}

} // namespace
