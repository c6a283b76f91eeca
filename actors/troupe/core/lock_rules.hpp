#pragma once

#include "troupe/core/lease.hpp"
#include "troupe/core/permit_rules.hpp"
#include "troupe/core/waiting_line.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// How a lock behaves. Setters chain.
class lock_options {
public:
  lock_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// For people who look at what waits for it; see `tree`. Default: none.
  lock_options& name(std::string x) {
    name_ = std::move(x);
    return *this;
  }
  /// Whether its holder may acquire it again, and has to release it as often;
  /// else it gets `already_held`. Default: false.
  lock_options& reentrant(bool x) {
    reentrant_ = x;
    return *this;
  }
  /// Most clients that wait; more are `overloaded`. Default: unlimited.
  lock_options& max_waiting(std::size_t x) {
    max_waiting_ = x;
    return *this;
  }
  /// How long nobody gets it after a holder has died: for what cannot tell by
  /// the token who is late. Default: zero.
  lock_options& cooldown(duration x) {
    cooldown_ = x;
    return *this;
  }

  /// Whether who released it last may take it again without asking, as long as
  /// nobody else wants it; that costs nanoseconds. Not for one that is
  /// reentrant. Default: true.
  lock_options& cached(bool x) {
    cached_ = x;
    return *this;
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool reentrant() const { return reentrant_; }
  [[nodiscard]] std::size_t max_waiting() const { return max_waiting_; }
  [[nodiscard]] duration cooldown() const { return cooldown_; }
  [[nodiscard]] bool cached() const { return cached_; }

private:
  std::string name_;
  bool reentrant_ = false;
  bool cached_ = true;
  std::size_t max_waiting_ = std::numeric_limits<std::size_t>::max();
  duration cooldown_ = duration::zero();
};

/// The rules of a lock and its conditions: `permit_rules` where one holder
/// takes all permits, or shares them.
///
/// See `semantics` in its tests for the invariants LK1 to LK5.
///
/// Order:   first come, first served: also between those that share and those
///          that do not. Whoever is notified comes after those that wait for
///          the lock already.
/// Threads: none of its own; one caller at a time.
class lock_rules {
public:
  struct claim {
    line::place place;
    /// Which of the client's tasks.
    std::uint64_t task = 0;
    bool shared = false;
    /// Whether the client knows the lock's lease.
    bool keeps = false;
  };

  /// Numbers the conditions of a lock.
  using condition_id = std::uint64_t;

  explicit lock_rules(const lock_options& options = lock_options{});

  /// Which a client that holds the lock alone has, while nobody waits for it.
  /// Every input recalls it, and learns what the client did.
  [[nodiscard]] lease& shared_lease() const noexcept { return *lease_; }

  // -- inputs -----------------------------------------------------------------

  /// Refuses: `busy`, `timed_out`, `already_held`, `overloaded`.
  std::span<const line::output> acquire(const claim& what, time_point now);

  /// Does nothing if that is not held.
  std::span<const line::output> release(std::uint64_t token, time_point now);

  /// Releases the lock, and acquires it again once somebody notified: grants
  /// with a new token.
  ///
  /// Refuses: `stale_token`.
  /// @pre Not shared, nor held more than once; see `holds_alone`.
  std::span<const line::output> wait(const line::place& place,
                                     std::uint64_t token,
                                     condition_id condition, time_point now);

  /// Those that waited longest, at most so many, acquire the lock again.
  std::span<const line::output> notify(condition_id condition,
                                       std::uint64_t count, time_point now);

  /// Leaves the line, or releases what was granted. Who waits for a condition
  /// acquires the lock again, and keeps it; if it was told, another one is told
  /// instead.
  std::span<const line::output> withdraw(line::client_id client,
                                         std::uint64_t ticket, time_point now);

  /// The client has ended. If it was told by a condition and has not released
  /// the lock since, another one is told: it may not have known.
  std::span<const line::output> gone(line::client_id client, time_point now);

  /// Time passed; see `wakeup`.
  std::span<const line::output> tick(time_point now);

  /// There is no lock any more: nobody takes it again without asking.
  void close() noexcept { lease_->recall(); }

  // -- observers --------------------------------------------------------------

  [[nodiscard]] bool holds(std::uint64_t token) const;
  /// Whether it is held by that, not shared, and not more than once.
  [[nodiscard]] bool holds_alone(std::uint64_t token) const;
  [[nodiscard]] bool locked() const noexcept;
  /// How many wait for the lock.
  [[nodiscard]] std::size_t waiting() const noexcept {
    return permits_.waiting();
  }
  /// As `permit_rules::holders`, while somebody waits.
  std::size_t holders(std::span<line::holder> into) const noexcept {
    return permits_.holders(into);
  }
  /// How many wait for a condition.
  [[nodiscard]] std::size_t waiting_for(condition_id condition) const;
  /// When `tick` is wanted next; `never` if it is not.
  [[nodiscard]] time_point wakeup() const noexcept { return permits_.wakeup(); }
  /// As `permit_rules::looks_at_time`.
  [[nodiscard]] bool looks_at_time() const noexcept {
    return permits_.looks_at_time();
  }

private:
  using wait_id = std::pair<line::client_id, std::uint64_t>; // its ticket

  using waits = std::multiset<std::pair<wait_id, condition_id>>;

  static wait_id wait_of(const line::place& x) { return {x.client, x.ticket}; }
  void start(time_point now);
  void take(std::span<const line::output> outputs);
  std::span<const line::output> finish();
  void lend(std::uint64_t token);
  void told(std::uint64_t token);
  /// Takes one out of the line of its condition.
  permit_rules::claim leave_condition(waits::iterator which);
  void notify_some(condition_id condition, std::uint64_t count, time_point now);
  void acquire_again(const permit_rules::claim& what,
                     std::optional<condition_id> told, time_point now);

  bool lends_;
  permit_rules permits_;
  std::unique_ptr<lease> lease_ = std::make_unique<lease>();
  std::uint64_t leased_ = 0; // the token with which it was, or 0
  std::map<condition_id, line::waiting_line<permit_rules::claim>> conditions_;
  waits waits_; // those in `conditions_`, by who waits
  // Waits that are over, until the lock they end with is released. By which
  // condition they were told, unless that is for somebody else by now.
  std::multimap<wait_id, std::optional<condition_id>> woken_;
  std::vector<line::output> out_;
};

} // namespace troupe
