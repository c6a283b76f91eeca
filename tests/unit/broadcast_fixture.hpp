#pragma once

#include "troupe/core/broadcast.hpp"

#include <gmock/gmock.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::testing {

/// An output of a broadcast's rules, as a test spells it: "3 gets 7".
inline std::string to_string(const broadcast_rules::output& x) {
  struct printer {
    static std::string on(std::uint64_t id, std::string_view what) {
      return std::to_string(id).append(" ").append(what);
    }
    std::string operator()(const broadcast_rules::subscribed& x) const {
      return on(x.id, "subscribed");
    }
    std::string operator()(const broadcast_rules::published& x) const {
      return on(x.id, "reached ") + std::to_string(x.reached);
    }
    std::string operator()(const broadcast_rules::gives& x) const {
      std::string result = "gets";
      for (const auto& item : x.values)
        result.append(" ").append(
          std::to_string(item.value.as<std::int64_t>().value()));
      return on(x.id, result);
    }
    std::string operator()(const broadcast_rules::cancel_done& x) const {
      return on(x.id, x.ended ? "ended it" : "was late");
    }
    std::string operator()(const broadcast_rules::shut_down_done& x) const {
      return on(x.id, "shut it down");
    }
    std::string operator()(const broadcast_rules::fails& x) const {
      return on(x.id, troupe::to_string(x.why.code()));
    }
    std::string operator()(const broadcast_rules::forget& x) const {
      return on(x.id, "forgotten");
    }
  };
  return std::visit(printer{}, x);
}

/// Feeds the rules of a broadcast and spells what they say. A request has the
/// number of its client and ticket, and each client one subscription.
class BroadcastFixture : public ::testing::Test {
protected:
  using outputs = std::vector<std::string>;

  void make(const broadcast_options& options) {
    rules = broadcast_rules{options};
  }

  outputs take(broadcast_rules::input in) {
    outputs result;
    for (auto& out : rules.step(std::move(in), now)) {
      result.push_back(to_string(out));
      if (auto* x = std::get_if<broadcast_rules::gives>(&out))
        for (auto& value : x->values)
          taken[x->id].push_back(std::move(value));
      else if (auto* y = std::get_if<broadcast_rules::subscribed>(&out))
        subscribers[y->id] = y->subscriber;
      else if (auto* z = std::get_if<broadcast_rules::fails>(&out))
        reason = z->why.message();
    }
    return result;
  }

  static broadcast_rules::sender from(std::uint64_t client) {
    return {client, client};
  }

  outputs subscribe(std::uint64_t who,
                    const broadcast_options& options = broadcast_options{}) {
    return take(broadcast_rules::subscribe{who, who, options});
  }

  outputs subscribe(std::uint64_t who, std::size_t max_size, on_full policy) {
    return subscribe(who,
                     broadcast_options{}.max_size(max_size).on_full(policy));
  }

  outputs unsubscribe(std::uint64_t who) {
    return take(broadcast_rules::unsubscribe{subscribers[who]});
  }

  outputs publish(std::uint64_t who, int value, time_point give_up = never) {
    return take(
      broadcast_rules::publish{who, from(who), payload{value}, give_up});
  }

  outputs publish_now(std::uint64_t who, int value) {
    return publish(who, value, broadcast_rules::dont_wait);
  }

  outputs get(std::uint64_t who, std::size_t max = 1,
              time_point give_up = never) {
    return take(
      broadcast_rules::get{who, from(who), subscribers[who], max, give_up});
  }

  outputs get_now(std::uint64_t who, std::size_t max = 9) {
    return get(who, max, broadcast_rules::dont_wait);
  }

  /// Gives back what that client took since the last time.
  outputs give_back(std::uint64_t who) {
    return take(broadcast_rules::give_back{subscribers[who],
                                           std::exchange(taken[who], {})});
  }

  outputs cancel(std::uint64_t who) {
    return take(broadcast_rules::cancel{100 + who, from(who)});
  }

  outputs shutdown(std::uint64_t who, bool immediate = false) {
    return take(broadcast_rules::shutdown{who, immediate});
  }

  outputs die(std::uint64_t who) { return take(broadcast_rules::gone{who}); }

  /// Moves the clock, and wakes the rules if they want to be.
  outputs pass(duration length) {
    now += length;
    if (rules.wakeup() > now)
      return {};
    return take(broadcast_rules::tick{});
  }

  [[nodiscard]] v1::BroadcastSubscriberState state_of(std::uint64_t who) {
    return rules.state_of(subscribers[who]).value();
  }

  [[nodiscard]] std::uint64_t lag(std::uint64_t who) {
    return state_of(who).lagged();
  }

  time_point now = time_point{} + std::chrono::hours{1};
  broadcast_rules rules;
  std::map<std::uint64_t, broadcast_rules::items> taken;
  std::map<std::uint64_t, std::uint64_t> subscribers;
  std::string reason; // of the last failure
};

} // namespace troupe::testing
