#pragma once

#include "troupe/core/queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::testing {

inline std::int64_t number(const payload& x) {
  return x.as<std::int64_t>().value();
}

/// An output of a queue's rules, as a test spells it: "3 gets 7".
inline std::string to_string(const queue_rules::output& x) {
  struct printer {
    static std::string on(queue_rules::request_id id, std::string_view what) {
      return std::to_string(id).append(" ").append(what);
    }
    std::string operator()(const queue_rules::accepted& x) const {
      return on(x.id, "accepted");
    }
    std::string operator()(const queue_rules::gives& x) const {
      return on(x.id, "gets")
        .append(" ")
        .append(std::to_string(number(x.value.value)));
    }
    std::string operator()(const queue_rules::gives_many& x) const {
      std::string result = "gets";
      for (const auto& item : x.values)
        result.append(" ").append(std::to_string(number(item.value)));
      return on(x.id, result);
    }
    std::string operator()(const queue_rules::cancel_done& x) const {
      return on(x.id, x.ended ? "ended it" : "was late");
    }
    std::string operator()(const queue_rules::joined& x) const {
      return on(x.id, "joined");
    }
    std::string operator()(const queue_rules::tells_state& x) const {
      return on(x.id, "state");
    }
    std::string operator()(const queue_rules::fails& x) const {
      return on(x.id, troupe::to_string(x.why.code()));
    }
    std::string operator()(const queue_rules::forget& x) const {
      return on(x.id, "forgotten");
    }
  };
  return std::visit(printer{}, x);
}

/// Feeds the rules of a queue and spells what they say. A request has the
/// number of its client and ticket.
class QueueFixture : public ::testing::Test {
protected:
  using outputs = std::vector<std::string>;

  void make(const queue_options& options) { rules = queue_rules{options}; }

  outputs take(queue_rules::input in) {
    outputs result;
    for (auto& out : rules.step(std::move(in), now)) {
      result.push_back(to_string(out));
      if (auto* x = std::get_if<queue_rules::gives>(&out))
        taken.push_back(std::move(x->value));
      else if (auto* many = std::get_if<queue_rules::gives_many>(&out))
        for (auto& value : many->values)
          taken.push_back(std::move(value));
    }
    return result;
  }

  static queue_rules::sender from(std::uint64_t client) {
    return {client, client};
  }

  outputs put(std::uint64_t who, int value, std::int64_t priority = 0,
              time_point give_up = never) {
    return take(
      queue_rules::put{who, from(who), payload{value}, priority, give_up});
  }

  outputs put_now(std::uint64_t who, int value) {
    return put(who, value, 0, queue_rules::dont_wait);
  }

  outputs put_many(std::uint64_t who, std::initializer_list<int> values,
                   time_point give_up = never) {
    payloads list;
    for (auto x : values)
      list.emplace_back(x);
    return take(
      queue_rules::put_many{who, from(who), std::move(list), 0, give_up});
  }

  outputs get(std::uint64_t who, time_point give_up = never) {
    return take(queue_rules::get{who, from(who), give_up});
  }

  outputs get_now(std::uint64_t who) {
    return get(who, queue_rules::dont_wait);
  }

  outputs get_many(std::uint64_t who, std::size_t max,
                   time_point give_up = never) {
    return take(queue_rules::get_many{who, from(who), max, give_up});
  }

  /// Gives back what the last gets took, newest first.
  outputs give_back(std::size_t count = 1) {
    outputs result;
    for (; count != 0; --count) {
      queue_rules::items one;
      one.push_back(std::move(taken.back()));
      taken.pop_back();
      for (auto& out : take(queue_rules::give_back{std::move(one)}))
        result.push_back(std::move(out));
    }
    return result;
  }

  outputs cancel(std::uint64_t who) {
    return take(queue_rules::cancel{100 + who, from(who)});
  }

  outputs task_done(std::uint64_t who, std::uint64_t count = 1) {
    return take(queue_rules::task_done{who, count});
  }

  outputs join(std::uint64_t who) {
    return take(queue_rules::join{who, from(who)});
  }

  outputs shutdown(std::uint64_t who, bool immediate = false) {
    return take(queue_rules::shutdown{who, immediate});
  }

  outputs die(std::uint64_t who) { return take(queue_rules::gone{who}); }

  /// Moves the clock, and wakes the rules if they want to be.
  outputs pass(duration length) {
    now += length;
    if (rules.wakeup() > now)
      return {};
    return take(queue_rules::tick{});
  }

  time_point now = time_point{} + std::chrono::hours{1};
  queue_rules rules;
  queue_rules::items taken;
};

} // namespace troupe::testing
