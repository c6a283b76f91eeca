#pragma once

#include "troupe/core/line.hpp"
#include "troupe/core/time.hpp"
#include "troupe/core/waiting_line.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// How permits are handed out. Setters chain.
class permit_options {
public:
  static constexpr std::uint64_t unlimited =
    std::numeric_limits<std::uint64_t>::max();
  /// As many as anybody can count, whatever the bound.
  static constexpr std::uint64_t most =
    std::numeric_limits<std::int64_t>::max();

  permit_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// What a holder that asks again gets.
  enum class again {
    /// More permits: it waits as anybody.
    waits,
    /// `already_held`.
    fails,
    /// The same grant once more, to be released as often; `already_held` where
    /// that is too small.
    nests,
  };

  /// For people who look at what waits for it; see `tree`. Default: none.
  permit_options& name(std::string x) {
    name_ = std::move(x);
    return *this;
  }
  /// How many there are in the beginning, at most `most`. Default: 1.
  permit_options& permits(std::uint64_t x) {
    permits_ = x;
    return *this;
  }
  /// How many there may be, those held included. Default: unlimited.
  permit_options& bound(std::uint64_t x) {
    bound_ = x;
    return *this;
  }
  /// Default: `waits`.
  permit_options& on_again(again x) {
    again_ = x;
    return *this;
  }
  /// Most requests that wait; more are `overloaded`. Default: unlimited.
  permit_options& max_waiting(std::size_t x) {
    max_waiting_ = x;
    return *this;
  }
  /// How long nothing is granted after a holder has died: for what cannot tell
  /// by the token who is late. Default: zero.
  permit_options& cooldown(duration x) {
    cooldown_ = x;
    return *this;
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t permits() const { return permits_; }
  [[nodiscard]] std::uint64_t bound() const { return bound_; }
  [[nodiscard]] again on_again() const { return again_; }
  [[nodiscard]] std::size_t max_waiting() const { return max_waiting_; }
  [[nodiscard]] duration cooldown() const { return cooldown_; }

private:
  std::string name_;
  std::uint64_t permits_ = 1;
  std::uint64_t bound_ = unlimited;
  again again_ = again::waits;
  std::size_t max_waiting_ = std::numeric_limits<std::size_t>::max();
  duration cooldown_ = duration::zero();
};

/// The rules by which permits are handed out, some at once, first come, first
/// served. A lock has one permit.
///
/// A pure state machine: each input says what to do, in this order; valid until
/// the next input.
///
/// Order:   nobody gets anything while somebody waits who came before.
/// Threads: none of its own; one caller at a time.
class permit_rules {
public:
  /// A request for permits.
  struct claim {
    line::place place;
    /// Which of the client's tasks.
    std::uint64_t task = 0;
    std::uint64_t count = 1;
    /// However many wait.
    bool always = false;
    /// Whether the client may keep it, released; see `lease`.
    bool keeps = false;
  };

  explicit permit_rules(const permit_options& options = permit_options{})
    : options_(options), available_(options.permits()) {}

  // -- inputs -----------------------------------------------------------------

  /// Refuses: `busy`, `timed_out`, `already_held`, `overloaded`, and
  /// `invalid_argument` for more than there may be: that is one at least.
  std::span<const line::output> acquire(const claim& what, time_point now);

  /// Gives back so many of a grant's permits, or all of them.
  ///
  /// @pre `holds(token)`.
  std::span<const line::output> release(std::uint64_t token, time_point now,
                                        std::uint64_t count = all);

  /// Adds permits that were granted to nobody.
  ///
  /// @pre `fits(count)`.
  std::span<const line::output> add(std::uint64_t count, time_point now);

  /// The permits of a grant stay taken, by nobody.
  ///
  /// @pre `holds(token)`.
  std::span<const line::output> keep(std::uint64_t token);

  /// A grant has another token: its holder released it, and took it again.
  ///
  /// @pre `holds(token)`, and no other grant came after.
  void renew(std::uint64_t token, std::uint64_t to);

  /// Changes how many there are, to `permit_options::most` at most. None is
  /// taken away; those that are too many vanish as they come back. Refuses
  /// whoever waits for more than there may be.
  std::span<const line::output> resize(std::uint64_t permits, time_point now);

  /// Leaves the line, or releases what was granted.
  std::span<const line::output> withdraw(line::client_id client,
                                         std::uint64_t ticket, time_point now);

  /// The client has ended.
  std::span<const line::output> gone(line::client_id client, time_point now);

  /// Time passed; see `wakeup`.
  std::span<const line::output> tick(time_point now);

  // -- observers --------------------------------------------------------------

  [[nodiscard]] bool holds(std::uint64_t token) const {
    return holds_.contains(token);
  }
  /// The claim that a grant answered.
  ///
  /// @pre `holds(token)`.
  [[nodiscard]] const claim& claim_of(std::uint64_t token) const {
    return holds_.at(token).of;
  }
  /// How often it was granted to the same holder.
  ///
  /// @pre `holds(token)`.
  [[nodiscard]] std::size_t depth(std::uint64_t token) const {
    return holds_.at(token).tickets.size();
  }
  /// Whether so many more would not be too many. Those that nobody keeps come
  /// back in any case.
  [[nodiscard]] bool fits(std::uint64_t count) const noexcept {
    auto there = available_ + taken_ + kept_;
    auto more = count - std::min(count, kept_);
    return more == 0 || (there <= bound() && more <= bound() - there);
  }
  /// How many there may be.
  [[nodiscard]] std::uint64_t bound() const noexcept {
    return std::min(options_.bound(), permit_options::most);
  }
  /// How many there are, whoever has them.
  [[nodiscard]] std::uint64_t in_all() const noexcept {
    return available_ + taken_ + kept_ - debt_;
  }
  /// Whether nobody can ever have so many at once. (One may be had when there
  /// are some again.)
  [[nodiscard]] bool is_too_many(std::uint64_t count) const noexcept {
    return count > std::max<std::uint64_t>(bound(), 1);
  }
  /// The holders that came first, as many as there is room for.
  ///
  /// @return How many there are.
  std::size_t holders(std::span<line::holder> into) const noexcept {
    auto to = into.begin();
    for (const auto& [token, what] : holds_) {
      if (to == into.end())
        break;
      *to++ = {what.of.place.client, what.of.task};
    }
    return holds_.size();
  }
  [[nodiscard]] std::uint64_t available() const noexcept { return available_; }
  /// How many permits are held.
  [[nodiscard]] std::uint64_t held() const noexcept { return taken_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return line_.size(); }
  /// When `tick` is wanted next; `never` if it is not.
  [[nodiscard]] time_point wakeup() const noexcept;
  /// Whether inputs other than `tick`, and requests without a time limit, need
  /// the time: else any will do.
  [[nodiscard]] bool looks_at_time() const noexcept {
    return options_.cooldown() > duration::zero()
           || line_.first_limit() != never;
  }

  static constexpr std::uint64_t all =
    std::numeric_limits<std::uint64_t>::max();

private:
  struct hold {
    claim of;
    // Each request that was granted to the same holder, the first one first.
    std::vector<std::uint64_t> tickets;
    std::uint64_t left; // of its permits
  };
  using holds_map = std::map<std::uint64_t, hold>;

  void grant(const claim& what);
  void refuse(const claim& what, errc why);
  void refuse_late(time_point now);
  void serve(time_point now);
  void give_back(std::uint64_t count);
  void free(std::uint64_t count);
  void end(holds_map::iterator at);
  template <class Condition>
  [[nodiscard]] holds_map::iterator find(line::client_id client,
                                         Condition condition);
  [[nodiscard]] bool free_for(const claim& what, time_point now) const noexcept;

  permit_options options_;
  std::uint64_t available_;
  std::uint64_t taken_ = 0;
  std::uint64_t kept_ = 0; // by nobody
  std::uint64_t debt_ = 0; // to vanish when they come back
  std::uint64_t last_token_ = 0;
  time_point cool_until_ = time_point::min();
  holds_map holds_;                                            // by token
  std::set<std::pair<line::client_id, std::uint64_t>> tokens_; // of clients
  line::waiting_line<claim> line_;
  std::vector<line::output> out_;
};

} // namespace troupe
