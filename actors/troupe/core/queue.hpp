#pragma once

#include "troupe/core/queue_options.hpp"
#include "troupe/core/time.hpp"
#include "troupe/msg/error.hpp"
#include "troupe/msg/payload.hpp"

#include "troupe/v1/queue.pb.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace troupe {

/// The rules of a queue: who waits, who gets which item, what a cancel, a
/// death, a time limit and a shutdown do.
///
/// A pure state machine: `step` takes one input and says whom to answer what.
/// Every request is answered exactly once, unless its client is gone.
///
/// Order:   puts, gets and joins that wait are served first come, first served.
/// Threads: none of its own; one caller at a time.
class queue_rules {
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

  /// An item and its place in the queue.
  struct item {
    std::uint64_t seq = 0;
    std::int64_t priority = 0;
    payload value;
    sender from = {}; // whose put it is
  };
  using items = std::vector<item>;

  static constexpr time_point dont_wait = time_point::min();

  // -- inputs -----------------------------------------------------------------

  struct put {
    request_id id;
    sender from;
    payload value;
    std::int64_t priority = 0;
    time_point give_up = never; // `dont_wait`: it does not wait at all
  };
  struct put_many {
    request_id id;
    sender from;
    payloads values;
    std::int64_t priority = 0;
    time_point give_up = never;
  };
  struct get {
    request_id id;
    sender from;
    time_point give_up = never;
    // The item is only offered: nobody gets one until the sender took or
    // declined it, or its time is over.
    bool offer = false;
  };
  struct get_many {
    request_id id;
    sender from;
    std::size_t max;
    time_point give_up = never;
  };
  /// Items that were taken and not used go back to their places.
  struct give_back {
    items values;
  };
  struct cancel {
    request_id id;
    sender from; // of the request to cancel
  };
  /// To an offer.
  struct accept {
    sender from; // of the get
  };
  /// The same, or the get is given up before.
  struct decline {
    sender from;
  };
  struct task_done {
    request_id id;
    std::uint64_t count;
  };
  struct join {
    request_id id;
    sender from;
    time_point give_up = never;
  };
  struct shutdown {
    request_id id;
    bool immediate;
  };
  struct query {
    request_id id;
  };
  /// The client is gone, and its requests with it.
  struct gone {
    std::uint64_t client;
  };
  /// Time passed; see `wakeup`.
  struct tick {};

  using input =
    std::variant<put, put_many, get, get_many, give_back, cancel, accept,
                 decline, task_done, join, shutdown, query, gone, tick>;

  // -- outputs ----------------------------------------------------------------

  /// The items of a put are all in.
  struct accepted {
    request_id id;
  };
  /// To a get.
  struct gives {
    request_id id;
    item value;
  };
  /// To a get_many.
  struct gives_many {
    request_id id;
    items values;
  };
  struct cancel_done {
    request_id id;
    bool ended; // it waited, or was a put of which items were still in
  };
  struct joined {
    request_id id;
  };
  /// To `task_done`, `shutdown` and `query`.
  struct tells_state {
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

  using output = std::variant<accepted, gives, gives_many, cancel_done, joined,
                              tells_state, fails, forget>;

  // -- operations -------------------------------------------------------------

  explicit queue_rules(const queue_options& options = queue_options{});
  queue_rules(const queue_rules&) = delete;
  queue_rules& operator=(const queue_rules&) = delete;
  queue_rules(queue_rules&&) = default;
  queue_rules& operator=(queue_rules&&) = default;
  ~queue_rules() = default;

  /// Takes one input, and whatever it brings out of it.
  ///
  /// @return Whom to answer what, in this order, to be moved from; valid until
  ///         the next step.
  std::span<output> step(input in, time_point now);

  // -- observers --------------------------------------------------------------

  /// Items that nobody has taken.
  [[nodiscard]] std::size_t size() const noexcept {
    return stored_.size() + (offered_ ? 1 : 0);
  }
  [[nodiscard]] v1::QueueState state() const;

  /// When `tick` is wanted next; `never` if it is not.
  [[nodiscard]] time_point wakeup() const;

private:
  enum class wants { item, room, end };
  /// A request that waits.
  struct waiter {
    wants what;
    request_id id;
    sender from;
    time_point give_up;
    std::size_t max = 0;    // of a get_many; 0: of a get
    bool offer = false;     // of a get
    payloads values = {};   // of a put
    std::size_t stored = 0; // of them, with these numbers
    std::uint64_t first_seq = 0;
    std::int64_t priority = 0; // of a put
  };
  using line = std::list<waiter>;
  using place = line::iterator;

  void on(put&& x);
  void on(put_many&& x);
  void on(const get& x);
  void on(const get_many& x);
  void on(give_back&& x);
  void on(const cancel& x);
  void on(const accept& x);
  void on(const decline& x);
  void on(const task_done& x);
  void on(const join& x);
  void on(const shutdown& x);
  void on(const query& x);
  void on(const gone& x);
  void on(const tick& x);

  [[nodiscard]] std::size_t room() const noexcept;
  void store(payload value, std::int64_t priority, sender from);
  void restore(item&& value);
  item take();
  /// Whether a get need not wait.
  [[nodiscard]] bool has_item() const noexcept {
    return !stored_.empty() && !offered_;
  }
  /// Whether a get that does not want to wait fails, rather than to wait for
  /// the end of an offer: without a look at all those that wait.
  [[nodiscard]] bool fails_at_once(time_point give_up) const noexcept {
    return give_up == dont_wait && !offered_ && !shut_down_;
  }
  void give(const get& to);
  [[nodiscard]] bool is_offered_to(const sender& x) const noexcept {
    return offered_ && offer_to_ == x;
  }
  void close_offer();
  items take_up_to(std::size_t max);
  template <class Predicate>
  std::size_t drop_if(Predicate predicate);

  void settle();
  void admit();
  void serve();
  void count_done(std::uint64_t count);

  [[nodiscard]] line& line_of(wants what) noexcept;
  void wait(waiter&& who);
  void leave(place who);
  void withdraw(place who, const error& why);
  void fail(request_id id, errc why, const char* text);
  void fail_all(line& those);
  void fail_getters();

  queue_options options_;
  time_point now_ = {};
  // By seq; of a priority queue a heap, the next one in front.
  std::deque<item> stored_;
  std::uint64_t next_seq_ = 1;
  std::uint64_t unfinished_ = 0;
  bool shut_down_ = false;
  bool dropping_ = false; // shut down at once: what comes back is dropped

  std::optional<item> offered_;
  sender offer_to_;
  time_point offer_until_ = never;

  line getters_;
  std::size_t polls_ = 0; // of them wait only for the end of an offer
  line putters_;
  line joiners_;
  std::map<std::pair<sender, request_id>, place> by_sender_;
  std::map<std::pair<time_point, request_id>, place> by_time_;
  std::vector<output> out_;
};

} // namespace troupe
