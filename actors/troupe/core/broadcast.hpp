#pragma once

#include "troupe/core/broadcast_options.hpp"
#include "troupe/core/time.hpp"
#include "troupe/msg/expected.hpp"
#include "troupe/msg/payload.hpp"

#include "troupe/v1/broadcast.pb.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace troupe {

/// The rules of a broadcast: who gets which item, who misses it, who waits,
/// what a cancel, a death, a time limit and a shutdown do.
///
/// A pure state machine: `step` takes one input and says whom to answer what.
/// Every request is answered exactly once, unless its client is gone.
///
/// Order:   publishes that wait are let in first come, first served, and so are
///          the gets of one subscriber.
/// Threads: none of its own; one caller at a time.
class broadcast_rules {
public:
  /// Names a request for its answer; chosen by the caller.
  using request_id = std::uint64_t;

  /// Who asks, and how its request is named in a `cancel`; 0 is nobody's.
  struct sender {
    std::uint64_t client = 0;
    std::uint64_t ticket = 0;

    // NOLINTNEXTLINE(modernize-use-nullptr): clang 14 is wrong here
    friend auto operator<=>(const sender&, const sender&) = default;
  };

  struct item {
    std::uint64_t seq = 0; // in the order of publication
    payload value;
  };
  using items = std::vector<item>;

  static constexpr time_point dont_wait = time_point::min();

  // -- inputs -----------------------------------------------------------------

  struct subscribe {
    request_id id;
    std::uint64_t client;
    broadcast_options options = broadcast_options{};
  };
  struct unsubscribe {
    std::uint64_t subscriber;
  };
  struct publish {
    request_id id;
    sender from;
    payload value;
    time_point give_up = never; // `dont_wait`: it does not wait at all
  };
  struct get {
    request_id id;
    sender from;
    std::uint64_t subscriber;
    std::size_t max = 1; // at least that
    time_point give_up = never;
  };
  /// Items that were taken and not used go back to their places.
  struct give_back {
    std::uint64_t subscriber;
    items values;
  };
  struct cancel {
    request_id id;
    sender from; // of the request to cancel
  };
  struct shutdown {
    request_id id;
    bool immediate;
  };
  /// The client is gone, and with it its requests and subscriptions.
  struct gone {
    std::uint64_t client;
  };
  /// Time passed; see `wakeup`.
  struct tick {};

  using input = std::variant<subscribe, unsubscribe, publish, get, give_back,
                             cancel, shutdown, gone, tick>;

  // -- outputs ----------------------------------------------------------------

  struct subscribed {
    request_id id;
    std::uint64_t subscriber;
  };
  struct published {
    request_id id;
    std::uint64_t reached; // subscribers
  };
  struct gives {
    request_id id;
    items values;
  };
  struct cancel_done {
    request_id id;
    bool ended; // it waited
  };
  struct shut_down_done {
    request_id id;
  };
  struct fails {
    request_id id;
    error why;
  };
  /// Nobody is there to be answered.
  struct forget {
    request_id id;
  };

  using output = std::variant<subscribed, published, gives, cancel_done,
                              shut_down_done, fails, forget>;

  // -- operations -------------------------------------------------------------

  explicit broadcast_rules(
    const broadcast_options& options = broadcast_options{});
  broadcast_rules(const broadcast_rules&) = delete;
  broadcast_rules& operator=(const broadcast_rules&) = delete;
  broadcast_rules(broadcast_rules&&) = default;
  broadcast_rules& operator=(broadcast_rules&&) = default;
  ~broadcast_rules() = default;

  /// Takes one input, and whatever it brings out of it.
  ///
  /// @return Whom to answer what, in this order, to be moved from; valid until
  ///         the next step.
  std::span<output> step(input in, time_point now);

  // -- observers --------------------------------------------------------------

  [[nodiscard]] v1::BroadcastState state() const;

  /// Fails: `closed` when that subscription has ended.
  [[nodiscard]] expected<v1::BroadcastSubscriberState>
  state_of(std::uint64_t id) const;

  /// When `tick` is wanted next; `never` if it is not.
  [[nodiscard]] time_point wakeup() const;

private:
  /// A publish or a get that waits.
  struct waiter {
    request_id id;
    sender from;
    time_point give_up;
    payload value = {};           // of a publish
    std::uint64_t subscriber = 0; // of a get
    std::size_t max = 0;
  };
  using line = std::list<waiter>;
  using place = line::iterator;

  struct subscriber {
    std::uint64_t client;
    std::size_t max_size;
    on_full policy;
    std::deque<item> stored = {};
    std::uint64_t lagged = 0;
    bool disconnected = false;
    bool blocks = false; // publishers wait until it takes something
    line getters = {};   // while nothing is stored
  };
  using subscribers = std::map<std::uint64_t, subscriber>;

  void on(const subscribe& x);
  void on(const unsubscribe& x);
  void on(publish&& x);
  void on(const get& x);
  void on(give_back&& x);
  void on(const cancel& x);
  void on(const shutdown& x);
  void on(const gone& x);
  void on(const tick& x);

  void deliver(request_id id, const payload& value);
  bool offer(subscriber& to, item what);
  void serve(subscriber& who);
  items take(subscriber& from, std::size_t max);
  void stored_changed(subscriber& x);
  void settle();

  void belongs_to(subscribers::iterator which, std::uint64_t client);
  void remove(subscribers::iterator which);

  [[nodiscard]] line& line_of(const waiter& who);
  void wait(waiter&& who);
  void leave(place who);
  void withdraw(place who, const error& why);
  void fail(request_id id, errc why, std::string text);
  void fail_all(line& those, const char* text);

  broadcast_options options_;
  time_point now_ = {};
  subscribers subscribers_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> by_client_;
  std::uint64_t last_subscriber_ = 0;
  std::uint64_t published_ = 0;
  std::size_t blocking_ = 0; // subscribers
  bool shut_down_ = false;
  bool dropping_ = false; // shut down at once: what comes back is dropped

  line publishers_;
  std::map<std::pair<sender, request_id>, place> by_sender_;
  std::map<std::pair<time_point, request_id>, place> by_time_;
  std::vector<output> out_;
};

} // namespace troupe
