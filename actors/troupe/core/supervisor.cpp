#include "troupe/core/supervisor.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace troupe {

namespace {

v1::Outcome outcome_of(v1::TaskState state, const error& why) {
  v1::Outcome result;
  result.set_state(state);
  *result.mutable_error() = to_proto(why);
  return result;
}

errc usual_code(v1::TaskState state) {
  switch (state) {
  case v1::TASK_STATE_CANCELLED:
    return errc::cancelled;
  case v1::TASK_STATE_TIMED_OUT:
    return errc::timed_out;
  case v1::TASK_STATE_LOST:
    return errc::lost;
  default:
    return errc::internal;
  }
}

/// What a child says of its end, made to fit the rules of `Outcome`.
v1::Outcome tidied(v1::Outcome x) {
  if (x.state() == v1::TASK_STATE_UNSPECIFIED
      || !v1::TaskState_IsValid(x.state()))
    return outcome_of(v1::TASK_STATE_LOST,
                      {errc::lost, "the child did not say how it ended"});
  if (x.state() == v1::TASK_STATE_SUCCEEDED)
    x.clear_error();
  else if (x.error().code() == v1::ERRC_OK)
    x.mutable_error()->set_code(static_cast<v1::Errc>(usual_code(x.state())));
  return x;
}

// Children that are on their way to their start at once.
constexpr std::size_t most_starting = 256;

bool is_failure(v1::TaskState state) {
  return state == v1::TASK_STATE_FAILED || state == v1::TASK_STATE_TIMED_OUT
         || state == v1::TASK_STATE_LOST;
}

/// A child for people.
std::string called(child_id id, const std::string& name) {
  return name.empty() ? "child " + std::to_string(id) : name;
}

} // namespace

supervisor::supervisor(const supervisor_options& options)
  : options_(options), deadline_(options.deadline()) {}

std::span<const supervisor::output> supervisor::step(const input& in,
                                                     time_point now) {
  now_ = now;
  out_.clear();
  std::visit([this](const auto& x) { on(x); }, in);
  settle();
  return out_;
}

// -- inputs -------------------------------------------------------------------

void supervisor::on(const add&) {
  auto id = next_id_++;
  if (terminated()) { // SV5: it must not start
    next_start_ = next_id_;
    record(id, 0, cancelled_outcome());
  }
}

void supervisor::on(const supply&) {
  supply_ = !terminated();
}

void supervisor::on(const supplied&) {
  supply_ = false;
}

void supervisor::on(const close&) {
  closed_ = true;
}

void supervisor::on(const started& x) {
  if (auto* child = find(x.id, x.attempt)) {
    if (!std::exchange(child->running, true))
      --starting_;
    child->name = x.name;
  }
}

void supervisor::on(const parked& x) {
  auto* child = find(x.id, x.attempt);
  // An answer to a pause that was undone meanwhile says nothing of this one.
  if (!child || child->parked || child->phase == run::waiting
      || child->pause == 0 || child->pause != x.pause)
    return;
  child->parked = true;
  ++parked_;
}

void supervisor::on(const progressed& x) {
  auto* child = find(x.id, x.attempt);
  if (!child)
    return;
  counts_.set_bytes(counts_.bytes() - child->bytes + x.bytes);
  child->bytes = x.bytes;
}

void supervisor::on(const finished& x) {
  if (!find(x.id, x.attempt))
    return;
  auto outcome = tidied(x.outcome);
  if (outcome.state() == v1::TASK_STATE_CANCELLED
      && state_ == v1::GROUP_STATE_CANCELLING
      && cancelled_.reason == v1::CANCEL_REASON_DEADLINE)
    outcome = cancelled_outcome();
  end(live_.find(x.id), std::move(outcome));
}

void supervisor::on(const gone& x) {
  auto at = live_.find(x.id);
  if (at == live_.end() || at->second.phase == run::waiting)
    return;
  end(at, state_ == v1::GROUP_STATE_CANCELLING && !x.crashed
            ? cancelled_outcome()
            : tidied(outcome_of(v1::TASK_STATE_LOST, x.why)));
}

void supervisor::on(const inherit& x) {
  inherited_ = x.deadline;
}

void supervisor::on(const cancel& x) {
  if (terminated())
    return;
  state_ = v1::GROUP_STATE_CANCELLING;
  cancelled_ = x;
  supply_ = false;
  exit_at_ = after(now_, options_.grace());
  kill_at_ = exit_at_ == never ? never : after(exit_at_, options_.kill_after());
  for (auto at = live_.rbegin(); at != live_.rend(); ++at) // SV6
    if (at->second.phase != run::waiting && at->first != stopping_)
      out_.emplace_back(cancel_child{at->first, at->second.attempt});
  // A cancel wins over a pending restart.
  std::erase_if(live_, [this](const auto& one) {
    if (one.second.phase != run::waiting)
      return false;
    record(one.first, one.second.attempt, cancelled_outcome());
    return true;
  });
  waiting_ = 0;
  while (next_start_ != next_id_)
    record(next_start_++, 0, cancelled_outcome());
}

void supervisor::on(const pause& x) {
  if (owners_.empty())
    paused_at_ = now_;
  auto& owner = owners_[x.owner];
  owner.give_up = x.give_up;
  owner.answered = false;
  if (state_ != v1::GROUP_STATE_RUNNING)
    return;
  state_ = v1::GROUP_STATE_PAUSING;
  ++pauses_;
  for (auto& [id, child] : live_) {
    if (child.phase == run::waiting)
      continue;
    child.pause = pauses_;
    out_.emplace_back(pause_child{id, child.attempt, pauses_});
  }
}

void supervisor::on(const resume& x) {
  auto at = owners_.find(x.owner);
  if (at == owners_.end())
    return;
  if (!at->second.answered)
    out_.emplace_back(
      pause_failed{x.owner, {errc::cancelled, "resumed before it was paused"}});
  undo_pause(x.owner);
}

void supervisor::on(const tick&) {
  if (now_ >= deadline())
    on(cancel{v1::CANCEL_REASON_DEADLINE, "the group's deadline passed"});
  std::vector<std::string> late;
  for (const auto& [name, owner] : owners_)
    if (!owner.answered && now_ >= owner.give_up)
      late.push_back(name);
  for (const auto& name : late) {
    out_.emplace_back(pause_failed{
      name, {errc::timed_out, "not parked in time: " + names_of_running()}});
    undo_pause(name);
  }
  if (now_ >= exit_at_) {
    exit_at_ = never;
    for (auto at = live_.rbegin(); at != live_.rend(); ++at)
      out_.emplace_back(exit_child{at->first});
  }
  if (now_ >= kill_at_) {
    kill_at_ = never;
    for (auto at = live_.rbegin(); at != live_.rend(); ++at)
      out_.emplace_back(kill_child{at->first});
  }
}

// -- rules --------------------------------------------------------------------

supervisor::child_state* supervisor::find(child_id id, std::uint32_t attempt) {
  auto at = live_.find(id);
  return at != live_.end() && at->second.attempt == attempt ? &at->second
                                                            : nullptr;
}

void supervisor::end(children::iterator at, v1::Outcome outcome) {
  auto id = at->first;
  auto attempt = at->second.attempt;
  if (std::exchange(at->second.parked, false))
    --parked_;
  if (!std::exchange(at->second.running, true))
    --starting_;
  if (restarts(at, outcome))
    return;
  auto name = std::move(at->second.name);
  live_.erase(at);
  auto cancelling_now = state_ == v1::GROUP_STATE_CANCELLING;
  auto failed = is_failure(outcome.state())
                || (outcome.state() == v1::TASK_STATE_CANCELLED
                    && options_.cancelled_is_failure() && !cancelling_now);
  auto reason = outcome.error();
  auto succeeded = outcome.state() == v1::TASK_STATE_SUCCEEDED;
  auto too_often =
    first_failure_ && first_failure_->code() == v1::ERRC_RESTART_INTENSITY;
  auto gives_up = too_often && !cancelling_now;
  record(id, attempt, std::move(outcome),
         gives_up ? called(id, name) : std::string{});
  if (!succeeded)
    next_start_at_ = now_; // a failure is not waited out
  if (succeeded && !cancelling_now && counts_.done() >= options_.enough()) {
    on(cancel{v1::CANCEL_REASON_SUPERSEDED, "enough others succeeded"});
    return;
  }
  if (gives_up) {
    on(cancel{v1::CANCEL_REASON_SIBLING_FAILED,
              called(id, name) + " was restarted too often"});
    return;
  }
  if (!failed || first_failure_ || cancelling_now)
    return;
  first_failure_ = reason;
  if (options_.on_error() == on_error::cancel_siblings)
    on(cancel{v1::CANCEL_REASON_SIBLING_FAILED, called(id, name) + " failed"});
  else if (options_.on_error() == on_error::leave_running)
    out_.emplace_back(failed_early{});
}

/// Whether another run of the child follows this one.
bool supervisor::restarts(children::iterator at, const v1::Outcome& outcome) {
  auto& [id, child] = *at;
  if (terminated() || options_.restart() == restart::temporary)
    return false;
  auto stopped = child.phase == run::stopping;
  if (!stopped) {
    if (options_.restart() == restart::transient
        && !is_failure(outcome.state()))
      return false;
    while (!restarts_.empty() && now_ - restarts_.front() >= options_.within())
      restarts_.pop_front();
    if (restarts_.size() >= options_.intensity()) { // SV4
      if (!first_failure_)
        first_failure_ =
          to_proto({errc::restart_intensity,
                    called(id, child.name) + " ended again"
                      + (outcome.error().message().empty() ? "" : ": ")
                      + outcome.error().message()});
      return false;
    }
    restarts_.push_back(now_);
    plan_restart(id);
  }
  out_.emplace_back(
    child_restarts{id, child.attempt, outcome, called(id, child.name)});
  auto next = child.attempt + 1;
  child = {};
  child.attempt = next;
  child.phase = run::waiting;
  ++waiting_;
  return true;
}

/// Stops those that go with it; when they and it run again is set.
void supervisor::plan_restart(child_id id) {
  auto wait = options_.backoff();
  for (std::size_t i = 1;
       i < restarts_.size() && wait < options_.most_backoff(); ++i)
    wait = std::min(2 * wait, options_.most_backoff());
  // Deterministic, as all is here, but another share for each restart.
  std::minstd_rand random{static_cast<std::uint32_t>(id * 31 + ++drawn_)};
  auto share =
    static_cast<double>(random()) / static_cast<double>(random.max());
  restart_at_ = after(
    now_, wait / 2 + std::chrono::duration_cast<duration>(wait / 2 * share));
  if (options_.strategy() == restart_strategy::one_for_one)
    return;
  for (auto& [other, child] : live_)
    if (other != id && child.phase == run::live
        && (options_.strategy() == restart_strategy::one_for_all || other > id))
      child.phase = run::stopping;
}

/// Stops one after the other, the last first; then starts all, the first first.
void supervisor::run_again() {
  for (auto at = live_.rbegin(); at != live_.rend(); ++at)
    if (at->second.phase == run::stopping) {
      if (stopping_ != at->first)
        out_.emplace_back(cancel_child{at->first, at->second.attempt});
      stopping_ = at->first;
      return;
    }
  stopping_ = no_child;
  if (state_ != v1::GROUP_STATE_RUNNING || now_ < restart_at_)
    return;
  for (auto& [id, child] : live_)
    if (child.phase == run::waiting) {
      child.phase = run::live;
      --waiting_;
      ++starting_;
      out_.emplace_back(start_child{id, child.attempt});
    }
}

void supervisor::record(child_id id, std::uint32_t attempt, v1::Outcome outcome,
                        std::string given_up) {
  if (outcome.state() == v1::TASK_STATE_SUCCEEDED)
    counts_.set_done(counts_.done() + 1);
  else if (outcome.state() == v1::TASK_STATE_CANCELLED)
    counts_.set_cancelled(counts_.cancelled() + 1);
  else
    counts_.set_failed(counts_.failed() + 1);
  if (options_.keep_outcomes()) {
    outcomes_.resize(next_id_);
    outcomes_[id] = outcome;
  }
  out_.emplace_back(
    child_ended{id, attempt, std::move(outcome), std::move(given_up)});
}

void supervisor::undo_pause(const std::string& owner) {
  owners_.erase(owner);
  if (!owners_.empty())
    return;
  if (options_.stop_clock())
    deadline_ = after(deadline_, now_ - paused_at_);
  if (state_ != v1::GROUP_STATE_PAUSING && state_ != v1::GROUP_STATE_PAUSED)
    return;
  state_ = v1::GROUP_STATE_RUNNING;
  parked_ = 0;
  for (auto& [id, child] : live_) {
    child.pause = 0;
    child.parked = false;
    if (child.phase != run::waiting)
      out_.emplace_back(resume_child{id, child.attempt});
  }
}

time_point supervisor::deadline() const {
  auto stands = options_.stop_clock() && !owners_.empty();
  return stands ? inherited_ : std::min(deadline_, inherited_);
}

/// Whether one more child may start now.
bool supervisor::may_start() const {
  return state_ == v1::GROUP_STATE_RUNNING && live_.size() < options_.limit()
         && now_ < deadline() && starting_ < most_starting
         && now_ >= next_start_at_;
}

/// What follows from the state, whatever led to it.
void supervisor::settle() {
  if (waiting_ != 0 && !terminated())
    run_again();
  while (next_start_ != next_id_ && may_start()) {
    if (options_.stagger() != duration::zero())
      next_start_at_ = after(now_, options_.stagger());
    auto id = next_start_++;
    auto& child = live_[id];
    counts_.set_started(counts_.started() + 1);
    ++starting_;
    out_.emplace_back(start_child{id, child.attempt});
  }
  if (supply_ && next_start_ == next_id_ && may_start())
    out_.emplace_back(want_child{});
  auto all_terminal = live_.empty() && next_start_ == next_id_;
  auto ends = all_terminal && !supply_
              && (closed_ || state_ == v1::GROUP_STATE_CANCELLING)
              && state_ != v1::GROUP_STATE_DONE;
  if (state_ == v1::GROUP_STATE_PAUSING && standing() == live_.size())
    state_ = v1::GROUP_STATE_PAUSED;
  if (ends)
    state_ = v1::GROUP_STATE_DONE;
  if (state_ == v1::GROUP_STATE_PAUSED || state_ == v1::GROUP_STATE_DONE)
    for (auto& [name, owner] : owners_)
      if (!std::exchange(owner.answered, true))
        out_.emplace_back(pause_done{name});
  if (ends)
    out_.emplace_back(done{});
}

v1::Outcome supervisor::cancelled_outcome() const {
  if (cancelled_.reason == v1::CANCEL_REASON_DEADLINE)
    return outcome_of(v1::TASK_STATE_TIMED_OUT,
                      {errc::timed_out, cancelled_.text});
  if (cancelled_.reason == v1::CANCEL_REASON_UNSPECIFIED)
    return outcome_of(v1::TASK_STATE_CANCELLED,
                      {errc::closed, "the group had ended before"});
  return outcome_of(v1::TASK_STATE_CANCELLED,
                    {errc::cancelled, cancelled_.text});
}

std::string supervisor::names_of_running() const {
  constexpr std::size_t most = 10;
  std::string result;
  std::size_t count = 0;
  for (const auto& [id, child] : live_) {
    if (child.parked || child.phase == run::waiting)
      continue;
    if (count++ == most)
      return result + ", …";
    if (!result.empty())
      result += ", ";
    result += called(id, child.name);
  }
  return result;
}

// -- observers ----------------------------------------------------------------

v1::GroupProgress supervisor::progress() const {
  auto result = counts_;
  result.set_state(state_);
  result.set_total(next_id_);
  result.set_paused(parked_);
  result.set_running(live_.size() - standing());
  result.set_restarts(drawn_);
  for (const auto& [name, owner] : owners_)
    result.add_paused_by(name);
  return result;
}

v1::GroupResult supervisor::result() const {
  v1::GroupResult result;
  if (cancelled_.reason == v1::CANCEL_REASON_SUPERSEDED)
    ; // enough succeeded
  else if (first_failure_)
    *result.mutable_error() = *first_failure_;
  else if (terminated() && cancelled_.reason != v1::CANCEL_REASON_UNSPECIFIED)
    *result.mutable_error() = cancelled_outcome().error();
  result.set_reason(cancelled_.reason);
  *result.mutable_progress() = progress();
  result.mutable_outcomes()->Reserve(static_cast<int>(outcomes_.size()));
  for (const auto& outcome : outcomes_)
    *result.add_outcomes() = outcome;
  while (options_.keep_outcomes()
         && static_cast<child_id>(result.outcomes_size()) < next_id_)
    result.add_outcomes(); // of those that have not ended yet
  return result;
}

time_point supervisor::wakeup() const {
  if (state_ == v1::GROUP_STATE_DONE)
    return never;
  auto result = std::min(exit_at_, kill_at_);
  if (state_ != v1::GROUP_STATE_CANCELLING)
    result = std::min(result, deadline());
  if (state_ == v1::GROUP_STATE_RUNNING && (next_start_ != next_id_ || supply_)
      && live_.size() < options_.limit())
    result = std::min(result, next_start_at_);
  if (state_ == v1::GROUP_STATE_RUNNING && waiting_ != 0
      && stopping_ == no_child)
    result = std::min(result, restart_at_);
  for (const auto& [name, owner] : owners_)
    if (!owner.answered)
      result = std::min(result, owner.give_up);
  return result;
}

} // namespace troupe
