#pragma once

#include "troupe/core/line.hpp"
#include "troupe/testing/explore.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::testing {

/// What a client does. The first ones every world knows.
enum class verb {
  ask,    // for so many, waiting so long
  cancel, // its last request, answered or not: the answer may be on its way
  die,
  pass,      // so many seconds
  give_back, // its oldest grant, so many times
  // of a lock
  share,
  wait,   // for a condition
  notify, // so many
  // of permits
  resize,
  keep,
  add,
  // of events and barriers
  set,
  clear,
  reset,
  abort,
  // of queues and broadcasts; `add` puts or publishes, `ask` gets
  offer, // an item, to take or decline
  take,
  decline,
  say_done, // with what it took; with so many, if that is not 1
  join,
  shut_down,
  shut_down_at_once,
  subscribe,
  unsubscribe,
  // of actors, to another client, by its number
  kill,
  revoke,
};

struct act {
  verb what;
  std::uint64_t count = 1;
  duration limit = forever;
};

using script = std::vector<act>;
using scripts = std::vector<script>;

/// Acts at random.
inline script any_script(choices& way, std::size_t most,
                         const std::vector<verb>& verbs) {
  script result;
  for (auto count = way.choose(most + 1); count != 0; --count) {
    act one{verbs[way.choose(verbs.size())], 1 + way.choose(3)};
    if (way.choose(3) == 0)
      one.limit = std::chrono::seconds{way.choose(4)};
    result.push_back(one);
  }
  return result;
}

inline scripts any_scripts(choices& way, const std::vector<verb>& verbs) {
  scripts result;
  for (auto clients = 2 + way.choose(4); clients != 0; --clients)
    result.push_back(any_script(way, 8, verbs));
  result.push_back(any_script(way, 6, {verb::pass}));
  return result;
}

/// Something that clients wait for, by its rules, and its clients. Each does
/// its acts in order, and comes to the next one in any order with the others'.
/// One that waits acts no more than to cancel, or to die.
///
/// Checked after each act, whatever is waited for: who is granted something
/// waits for it and came first; who is refused has given up, died or waited
/// long enough; and who did that waits no more. What else is to hold is up to
/// those that derive from this, which keep books of their own.
template <class Rules>
class line_world {
public:
  line_world(const scripts& what, Rules how)
    : rules(std::move(how)), scripts_(what), clients_(what.size()) {}
  line_world(const line_world&) = delete;
  line_world& operator=(const line_world&) = delete;
  virtual ~line_world() = default;

  void play(choices& way) {
    while (step(way)) {
    }
  }

protected:
  struct request {
    line::place place;
    act what;
    bool asleep = false; // it is not its turn before it is woken
  };

  // -- what those that derive say ---------------------------------------------

  /// Whether that is possible now.
  [[nodiscard]] virtual bool can(std::size_t, const act& what) const = 0;
  /// Does what only this world knows.
  virtual void perform(std::size_t who, const act& what) = 0;
  /// The books have to say that it can be granted.
  virtual void on_grant(const request& what, std::uint64_t value) = 0;
  /// Its last request is given up; if `waiting`, it was not granted.
  virtual void on_cancel(std::size_t who, const line::place& what,
                         bool waiting) = 0;
  virtual void on_death(std::size_t who) = 0;
  virtual void check() = 0;
  /// Whether it need not wait for those that came before.
  [[nodiscard]] virtual bool overtakes(const request&) const { return false; }
  [[nodiscard]] virtual bool same_line(const request&, const request&) const {
    return true;
  }
  [[nodiscard]] virtual bool may_refuse(const request&, errc) const {
    return false;
  }
  [[nodiscard]] virtual bool cancel_refuses(const request&) const {
    return true;
  }

  // -- what they use ----------------------------------------------------------

  /// A place for a new request.
  const line::place& ask(std::size_t who, const act& what,
                         bool asleep = false) {
    auto until = what.limit == forever ? never : now + what.limit;
    auto number = ++requests_;
    waiting.push_back({{number, who, number, until}, what, asleep});
    clients_[who].last = waiting.back().place;
    return waiting.back().place;
  }

  void feed(std::span<const line::output> outputs) {
    for (const auto& out : outputs)
      std::visit([this](const auto& x) { on(x); }, out);
  }

  [[nodiscard]] bool waits(std::size_t who) const {
    return std::any_of(waiting.begin(), waiting.end(),
                       [&](const request& x) { return x.place.client == who; });
  }
  /// The one whose turn it is.
  [[nodiscard]] const request* first() const {
    auto at = std::find_if(waiting.begin(), waiting.end(),
                           [](const request& x) { return !x.asleep; });
    return at == waiting.end() ? nullptr : &*at;
  }
  [[nodiscard]] std::size_t in_line() const {
    return static_cast<std::size_t>(
      std::count_if(waiting.begin(), waiting.end(),
                    [](const request& x) { return !x.asleep; }));
  }
  /// How many grants have not ended.
  [[nodiscard]] std::int64_t grants(std::size_t who) const {
    return clients_[who].grants;
  }
  [[nodiscard]] std::size_t clients() const { return clients_.size(); }

  Rules rules;
  time_point now = time_point{} + std::chrono::hours{1};
  std::deque<request> waiting;

private:
  struct client {
    std::size_t next = 0;
    std::optional<line::place> last;
    std::int64_t grants = 0;
    bool dead = false;
  };

  bool step(choices& way) {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i != clients_.size(); ++i)
      if (can_act(i))
        ready.push_back(i);
    if (ready.empty())
      return false;
    auto who = ready[ready.size() == 1 ? 0 : way.choose(ready.size())];
    do_act(who, scripts_[who][clients_[who].next++]);
    for (const auto& x : waiting)
      EXPECT_GT(x.place.until, now) << "it waits too long";
    check();
    return true;
  }

  [[nodiscard]] bool can_act(std::size_t i) const {
    const auto& x = clients_[i];
    if (x.dead || x.next == scripts_[i].size())
      return false;
    const auto& what = scripts_[i][x.next];
    switch (what.what) {
    case verb::cancel:
      return x.last.has_value();
    case verb::die:
    case verb::pass:
      return true;
    default:
      return !waits(i) && can(i, what);
    }
  }

  void do_act(std::size_t who, const act& what) {
    switch (what.what) {
    case verb::cancel:
      return cancel(who);
    case verb::die:
      return die(who);
    case verb::pass:
      now += std::chrono::seconds{what.count};
      if (rules.wakeup() <= now)
        feed(rules.tick(now));
      return;
    default:
      return perform(who, what);
    }
  }

  void cancel(std::size_t who) {
    auto last = *clients_[who].last;
    auto at = find(last.request);
    auto refuses = at != waiting.end() && cancel_refuses(*at);
    on_cancel(who, last, at != waiting.end());
    cancelled_ = last.request;
    if constexpr (requires { rules.withdraw(who, last.ticket, now); })
      feed(rules.withdraw(who, last.ticket, now));
    else
      feed(rules.withdraw(who, last.ticket));
    cancelled_ = 0;
    EXPECT_TRUE(!refuses || find(last.request) == waiting.end())
      << "who gave up still waits";
  }

  void die(std::size_t who) {
    clients_[who].dead = true;
    on_death(who);
    if constexpr (requires { rules.gone(who, now); })
      feed(rules.gone(who, now));
    else
      feed(rules.gone(who));
    EXPECT_FALSE(waits(who)) << "the dead wait";
    EXPECT_EQ(clients_[who].grants, 0) << "LK4: the dead have something";
  }

  [[nodiscard]] typename std::deque<request>::iterator
  find(line::request_id id) {
    return std::find_if(waiting.begin(), waiting.end(), [&](const request& x) {
      return x.place.request == id;
    });
  }

  void on(const line::granted& x) {
    auto at = find(x.request);
    ASSERT_NE(at, waiting.end()) << "LK5: granted to who does not wait";
    EXPECT_FALSE(at->asleep) << "granted without a notification";
    auto before = [&](const request& other) {
      return !other.asleep && same_line(other, *at);
    };
    EXPECT_TRUE(overtakes(*at) || std::none_of(waiting.begin(), at, before))
      << "LK3: who came first still waits";
    auto what = *at;
    waiting.erase(at);
    ++clients_[what.place.client].grants;
    on_grant(what, x.value);
  }

  void on(const line::refused& x) {
    auto at = find(x.request);
    ASSERT_NE(at, waiting.end()) << "refused to who does not wait";
    EXPECT_EQ(at->place.client, x.client);
    auto due = may_refuse(*at, x.why);
    if (x.why == errc::busy || x.why == errc::timed_out)
      due = at->place.until <= now;
    else if (x.why == errc::cancelled)
      due = x.request == cancelled_ && cancel_refuses(*at);
    else if (x.why == errc::lost)
      due = clients_[x.client].dead;
    EXPECT_TRUE(due) << "refused: " << to_string(x.why);
    waiting.erase(at);
  }

  void on(const line::ended& x) {
    EXPECT_GE(--clients_[x.client].grants, 0) << "ended twice";
  }

  scripts scripts_;
  std::vector<client> clients_;
  line::request_id requests_ = 0;
  line::request_id cancelled_ = 0;
};

} // namespace troupe::testing
