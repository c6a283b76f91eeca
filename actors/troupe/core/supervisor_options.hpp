#pragma once

#include "troupe/core/time.hpp"
#include "troupe/msg/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

namespace troupe {

/// What the first failed child means for the others.
enum class on_error {
  /// They are cancelled; the group ends with that failure.
  cancel_siblings,
  /// They run on; whoever joins hears of the failure at once.
  leave_running,
  /// They run on; the failure is one outcome among the others.
  collect,
};

/// Which children are started again when they end (OTP's words).
enum class restart {
  /// None.
  temporary,
  /// Those that failed, timed out or were lost.
  transient,
  /// All.
  permanent,
};

/// Which other children are started again with one that is.
enum class restart_strategy {
  one_for_one,
  /// All others, which are stopped before.
  one_for_all,
  /// Those that were added after it.
  rest_for_one,
};

/// What a supervisor tells of a run of a child that has ended, where the child
/// is started again, or would be.
struct restart_note {
  /// The child's name, or "child 3".
  std::string child;
  /// How it ended: no error for success, `cancelled` for one that was stopped
  /// with another.
  error why;
  /// Whether it ended too often: then the group fails.
  bool given_up = false;
};

/// How a group treats its children. Setters chain.
class supervisor_options {
public:
  static constexpr std::size_t unlimited =
    std::numeric_limits<std::size_t>::max();

  supervisor_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// Default: `cancel_siblings`.
  supervisor_options& on_error(troupe::on_error x) { return set(on_error_, x); }
  /// Most children that are started and not terminal, at least 1. Default:
  /// unlimited.
  supervisor_options& limit(std::size_t x) {
    return set(limit_, x == 0 ? 1 : x);
  }
  /// How many successes are enough: then the others are cancelled, and the
  /// group has succeeded whatever failed before. Default: unlimited.
  supervisor_options& enough(std::size_t x) { return set(enough_, x); }
  /// Whether a child that was cancelled, and not by the group, has failed.
  /// Default: false.
  supervisor_options& cancelled_is_failure(bool x) {
    return set(cancelled_is_failure_, x);
  }
  /// Longest time between two starts, unless one fails in between. Default:
  /// zero, which starts them together.
  supervisor_options& stagger(duration x) { return set(stagger_, x); }
  /// Default: `temporary`.
  supervisor_options& restart(troupe::restart x) { return set(restart_, x); }
  /// Default: `one_for_one`.
  supervisor_options& strategy(restart_strategy x) { return set(strategy_, x); }
  /// Most restarts within some time; one more and the group fails with
  /// `restart_intensity`. Default: 1 within 5 s, as in OTP.
  supervisor_options& intensity(std::size_t restarts, duration within) {
    intensity_ = restarts;
    within_ = within;
    return *this;
  }
  /// How long a restart waits: drawn between half of `first` and `first`, which
  /// doubles with each restart within the time of `intensity`, up to `most`.
  /// Default: not at all.
  supervisor_options& backoff(duration first, duration most) {
    backoff_ = first;
    most_backoff_ = most;
    return *this;
  }
  /// When the group is cancelled, children `TIMED_OUT`. Default: never.
  supervisor_options& deadline(time_point x) { return set(deadline_, x); }
  /// What gives the deadline of what is around the group, which may be moved:
  /// it is asked again once that has passed. From the supervisor's thread.
  supervisor_options& outer_deadline(std::function<time_point()> x) {
    outer_deadline_ = std::move(x);
    return *this;
  }
  /// Takes what is told of restarts, in the supervisor's thread. Default:
  /// nobody.
  supervisor_options& on_restart(std::function<void(const restart_note&)> x) {
    on_restart_ = std::move(x);
    return *this;
  }
  /// Whether that of `deadline` moves away by the time that the group is
  /// paused. Default: false.
  supervisor_options& stop_clock(bool x) { return set(stop_clock_, x); }
  /// How long after a cancel children are sent an exit message. Default: never.
  supervisor_options& grace(duration x) { return set(grace_, x); }
  /// How long after `grace` they are killed. Default: never.
  supervisor_options& kill_after(duration x) { return set(kill_after_, x); }
  /// Whether outcomes (and values) are kept for the result. Default: true.
  /// Without, a group of millions holds only what runs.
  supervisor_options& keep_outcomes(bool x) { return set(keep_outcomes_, x); }

  [[nodiscard]] troupe::on_error on_error() const { return on_error_; }
  [[nodiscard]] std::size_t limit() const { return limit_; }
  [[nodiscard]] std::size_t enough() const { return enough_; }
  [[nodiscard]] bool cancelled_is_failure() const {
    return cancelled_is_failure_;
  }
  [[nodiscard]] duration stagger() const { return stagger_; }
  [[nodiscard]] troupe::restart restart() const { return restart_; }
  [[nodiscard]] restart_strategy strategy() const { return strategy_; }
  [[nodiscard]] std::size_t intensity() const { return intensity_; }
  [[nodiscard]] duration within() const { return within_; }
  [[nodiscard]] duration backoff() const { return backoff_; }
  [[nodiscard]] duration most_backoff() const { return most_backoff_; }
  [[nodiscard]] time_point deadline() const { return deadline_; }
  [[nodiscard]] const std::function<time_point()>& outer_deadline() const {
    return outer_deadline_;
  }
  [[nodiscard]] const std::function<void(const restart_note&)>&
  on_restart() const {
    return on_restart_;
  }
  [[nodiscard]] bool stop_clock() const { return stop_clock_; }
  [[nodiscard]] duration grace() const { return grace_; }
  [[nodiscard]] duration kill_after() const { return kill_after_; }
  [[nodiscard]] bool keep_outcomes() const { return keep_outcomes_; }

private:
  template <class T>
  supervisor_options& set(T& option, std::type_identity_t<T> value) {
    option = value;
    return *this;
  }

  troupe::on_error on_error_ = troupe::on_error::cancel_siblings;
  std::size_t limit_ = unlimited;
  std::size_t enough_ = unlimited;
  bool cancelled_is_failure_ = false;
  duration stagger_ = duration::zero();
  troupe::restart restart_ = troupe::restart::temporary;
  restart_strategy strategy_ = restart_strategy::one_for_one;
  std::size_t intensity_ = 1;
  duration within_ = std::chrono::seconds{5};
  duration backoff_ = duration::zero();
  duration most_backoff_ = duration::zero();
  time_point deadline_ = never;
  std::function<time_point()> outer_deadline_;
  std::function<void(const restart_note&)> on_restart_;
  bool stop_clock_ = false;
  duration grace_ = forever;
  duration kill_after_ = forever;
  bool keep_outcomes_ = true;
};

} // namespace troupe
