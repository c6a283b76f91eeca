#pragma once

#include "troupe/core/supervisor_options.hpp"
#include "troupe/core/time.hpp"
#include "troupe/msg/error.hpp"

#include "troupe/v1/group.pb.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace troupe {

/// Numbers the children of a group in the order in which they were added.
using child_id = std::uint64_t;

/// The rules of a group of children: when they start, what a failure, a
/// cancel, a pause and a deadline do to them, and when the group is done.
///
/// A pure state machine: `step` takes one input and says what to do. See
/// `semantics` in the supervisor's tests for the invariants SV1 to SV6.
///
/// Order:   children start in the order in which they were added, and are
///          cancelled in the reverse. No more than 256 are on their way at
///          once: the next start when these say that they have started, so
///          that a group of a million short tasks has few at a time.
/// Threads: none of its own; one caller at a time.
class supervisor {
public:
  // -- inputs -----------------------------------------------------------------

  /// One more child.
  struct add {};
  /// There are further children: each is added when `want_child` asks for it.
  struct supply {};
  /// They have all been added.
  struct supplied {};
  /// No more children, but for those of a supply.
  struct close {};
  /// The child runs.
  struct started {
    child_id id;
    std::uint32_t attempt;
    std::string name = {}; // for people
  };
  /// The child stands still, as the pause with this number asked it to.
  struct parked {
    child_id id;
    std::uint32_t attempt;
    std::uint64_t pause;
  };
  struct progressed {
    child_id id;
    std::uint32_t attempt;
    std::uint64_t bytes;
  };
  struct finished {
    child_id id;
    std::uint32_t attempt;
    v1::Outcome outcome;
  };
  /// The child is gone. If it had not finished, this is how it ended: `LOST`,
  /// or `CANCELLED` if that was what we wanted and it did not crash.
  struct gone {
    child_id id;
    error why;
    bool crashed = false;
  };
  struct cancel {
    v1::CancelReason reason = v1::CANCEL_REASON_REQUESTED;
    std::string text;
  };
  /// What is around the group has this deadline, which no pause moves.
  struct inherit {
    time_point deadline;
  };
  /// Nothing starts and every child parks, until every owner resumed. Past
  /// `give_up` a pause that is not complete is undone.
  struct pause {
    std::string owner;
    time_point give_up = never;
  };
  struct resume {
    std::string owner;
  };
  /// Time passed; see `wakeup`.
  struct tick {};

  using input =
    std::variant<add, supply, supplied, close, started, parked, progressed,
                 finished, gone, cancel, inherit, pause, resume, tick>;

  // -- outputs ----------------------------------------------------------------

  struct start_child {
    child_id id;
    std::uint32_t attempt;
  };
  /// The next child of the supply could start at once: add it, or say
  /// `supplied`.
  struct want_child {};
  struct cancel_child {
    child_id id;
    std::uint32_t attempt;
  };
  struct pause_child {
    child_id id;
    std::uint32_t attempt;
    std::uint64_t pause;
  };
  struct resume_child {
    child_id id;
    std::uint32_t attempt;
  };
  /// The time of grace is over: ask the actor itself to end.
  struct exit_child {
    child_id id;
  };
  struct kill_child {
    child_id id;
  };
  /// The child is terminal: exactly once for every child that was added.
  struct child_ended {
    child_id id;
    std::uint32_t attempt;
    v1::Outcome outcome;
    std::string given_up = {}; // the name of one that ended too often
  };
  /// The owner's pause is complete.
  struct pause_done {
    std::string owner;
  };
  /// The owner's pause was undone before it was complete.
  struct pause_failed {
    std::string owner;
    error why;
  };
  /// A child failed and the others are left running.
  struct failed_early {};
  /// Every child is terminal and none will follow.
  struct done {};
  /// This run of the child is over, and another one will follow.
  struct child_restarts {
    child_id id;
    std::uint32_t attempt;
    v1::Outcome outcome;
    std::string name;
  };

  using output =
    std::variant<start_child, want_child, cancel_child, pause_child,
                 resume_child, exit_child, kill_child, child_ended, pause_done,
                 pause_failed, failed_early, done, child_restarts>;

  // -- operations -------------------------------------------------------------

  explicit supervisor(const supervisor_options& options = {});

  /// Takes one input.
  ///
  /// @return What to do, in this order; valid until the next step.
  std::span<const output> step(const input& in, time_point now);

  // -- observers --------------------------------------------------------------

  [[nodiscard]] v1::GroupState state() const noexcept { return state_; }

  /// How many children were added; the next one's id.
  [[nodiscard]] child_id size() const noexcept { return next_id_; }

  /// Why the group was cancelled.
  [[nodiscard]] const cancel& cancelled_because() const noexcept {
    return cancelled_;
  }

  /// Of all children together.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return counts_.bytes(); }

  /// Counts, and who keeps the group paused.
  [[nodiscard]] v1::GroupProgress progress() const;

  /// How the group ended, or would if it ended now.
  [[nodiscard]] v1::GroupResult result() const;

  /// When the group is cancelled.
  [[nodiscard]] time_point deadline() const;

  /// When `tick` is wanted next; `never` if it is not.
  [[nodiscard]] time_point wakeup() const;

private:
  enum class run : std::uint8_t { live, stopping, waiting };
  struct child_state {
    std::uint32_t attempt = 1;
    // Whether it runs, is being stopped to run again, or is about to.
    supervisor::run phase = run::live;
    bool running = false; // it said that it started
    bool parked = false;
    std::uint64_t pause = 0; // the last pause it was asked for; 0: none
    std::uint64_t bytes = 0;
    std::string name;
  };
  struct owner_state {
    time_point give_up = never;
    bool answered = false;
  };
  using children = std::map<child_id, child_state>;

  void on(const add&);
  void on(const supply&);
  void on(const supplied&);
  void on(const close&);
  void on(const started&);
  void on(const parked&);
  void on(const progressed&);
  void on(const finished&);
  void on(const gone&);
  void on(const cancel&);
  void on(const inherit&);
  void on(const pause&);
  void on(const resume&);
  void on(const tick&);

  child_state* find(child_id id, std::uint32_t attempt);
  void end(children::iterator at, v1::Outcome outcome);
  bool restarts(children::iterator at, const v1::Outcome& outcome);
  void plan_restart(child_id id);
  void run_again();
  [[nodiscard]] std::size_t standing() const { return parked_ + waiting_; }
  void record(child_id id, std::uint32_t attempt, v1::Outcome outcome,
              std::string given_up = {});
  void undo_pause(const std::string& owner);
  void settle();
  [[nodiscard]] bool may_start() const;
  [[nodiscard]] bool terminated() const {
    return state_ == v1::GROUP_STATE_CANCELLING
           || state_ == v1::GROUP_STATE_DONE;
  }
  [[nodiscard]] v1::Outcome cancelled_outcome() const;
  [[nodiscard]] std::string names_of_running() const;

  supervisor_options options_;
  time_point now_;
  v1::GroupState state_ = v1::GROUP_STATE_RUNNING;
  bool closed_ = false;
  bool supply_ = false; // further children come when asked for
  child_id next_id_ = 0;
  child_id next_start_ = 0; // from here on they wait for their start
  children live_;
  std::map<std::string, owner_state> owners_;
  time_point paused_at_; // by the first of them
  time_point deadline_;  // its own
  time_point inherited_ = never;
  std::uint64_t pauses_ = 0;
  cancel cancelled_{v1::CANCEL_REASON_UNSPECIFIED, {}};
  time_point next_start_at_ = time_point::min();
  time_point exit_at_ = never;
  time_point kill_at_ = never;
  std::optional<v1::Error> first_failure_;
  std::vector<v1::Outcome> outcomes_;
  v1::GroupProgress counts_;
  std::size_t parked_ = 0;
  std::size_t starting_ = 0; // did not say that they have started
  std::size_t waiting_ = 0;  // for their restart
  std::uint64_t drawn_ = 0;  // restarts so far
  static constexpr child_id no_child = std::numeric_limits<child_id>::max();
  child_id stopping_ = no_child;    // the one that was told
  std::deque<time_point> restarts_; // within the time of the intensity
  time_point restart_at_ = time_point::min();
  std::vector<output> out_;
};

} // namespace troupe
