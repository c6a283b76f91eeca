#include "troupe/core/supervisor_actor.hpp"

#include "troupe/core/alarm.hpp"
#include "troupe/core/child_link.hpp"
#include "troupe/core/detail/lean.hpp"
#include "troupe/core/progress_feed.hpp"
#include "troupe/msg/answer.hpp"
#include "troupe/msg/setup.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

namespace troupe {

namespace {

using joined = answer<v1::GroupResult, payloads>;

// The owner of the pauses that come from above.
constexpr const char* parent = "troupe:parent";

constexpr const char* ended = "the group's supervisor ended";

/// How a child failed whose factory threw what is being handled.
v1::Outcome why_not_started() {
  try {
    throw;
  } catch (const failure& why) {
    return failed(why.error());
  } catch (const std::exception& why) {
    return failed({errc::internal, why.what()});
  } catch (...) {
    return failed({errc::internal, "the factory threw an unknown exception"});
  }
}

/// Whether an actor did not end as it should, or was told to.
bool crashed(const caf::error& why) {
  using caf::exit_reason;
  return why && why != exit_reason::user_shutdown && why != exit_reason::kill;
}

class supervisor_impl : public detail::listed<local_supervisor_actor::base,
                                              detail::activity::works> {
public:
  supervisor_impl(caf::actor_config& config, const supervisor_options& options,
                  outcome_watcher outcomes, child_watcher children)
    : listed(config), options_(options), rules_(options),
      outcomes_(std::move(outcomes)), child_watcher_(std::move(children)) {
    answer_clearly(static_cast<caf::scheduled_actor*>(this));
    set_down_handler([this](caf::down_msg& x) { on_down(x); });
  }

  const char* name() const override { return "troupe.supervisor"; }

  void on_exit() override {
    alarm_.clear(*this);
    orphan_children();
    for (auto& factory : std::exchange(waiting_, {}))
      if (factory)
        factory->abandon();
    auto abandon = [](auto& waiting) {
      for (auto& one : std::exchange(waiting, {}))
        one.fail({errc::lost, ended});
    };
    abandon(joiners_);
    abandon(cancellers_);
    abandon(cancel_watchers_);
    for (auto& [owner, pausers] : std::exchange(pausers_, {}))
      abandon(pausers);
    watchers_.clear();
    more_ = nullptr;
    outcomes_ = nullptr;
    child_watcher_ = nullptr;
  }

protected:
  behavior_type make_behavior() override {
    look_at_time();
    // CAF tries them in this order: those that come for each child are first.
    return {
      [this](const v1::TaskStarted& x) {
        if (child_watcher_)
          send(child_watcher_, x);
        feed(supervisor::started{x.task(), x.attempt(), x.name()});
      },
      [this](const v1::TaskParked& x) {
        feed(supervisor::parked{x.task(), x.attempt(), x.pause()});
      },
      [this](const v1::TaskProgress& x) {
        if (child_watcher_)
          send(child_watcher_, x);
        feed(supervisor::progressed{x.task(), x.attempt(), x.bytes()});
      },
      [this](v1::TaskFinished& x, payload& value) {
        if (x.bytes() != 0)
          feed(supervisor::progressed{x.task(), x.attempt(), x.bytes()});
        value_ = std::move(value);
        feed(supervisor::finished{x.task(), x.attempt(),
                                  std::move(*x.mutable_outcome())});
      },
      [this](add_children& x) {
        for (auto& factory : x.factories) {
          waiting_.push_back(std::move(factory));
          feed(supervisor::add{});
        }
        if (x.more) {
          more_ = std::move(x.more);
          feed(supervisor::supply{});
        }
      },
      [this](const v1::GroupJoin&) {
        joiners_.emplace_back(this);
        auto later = joiners_.back().later();
        if (rules_.state() == v1::GROUP_STATE_DONE || failed_early_)
          answer_joiners();
        return later;
      },
      [this](const v1::GroupCancel& x) {
        cancellers_.emplace_back(this);
        auto later = cancellers_.back().later();
        feed(supervisor::cancel{x.reason() == v1::CANCEL_REASON_UNSPECIFIED
                                  ? v1::CANCEL_REASON_REQUESTED
                                  : x.reason(),
                                x.text()});
        if (rules_.state() == v1::GROUP_STATE_DONE)
          answer_cancellers();
        return later;
      },
      [this](const v1::GroupAwaitCancel&) {
        cancel_watchers_.emplace_back(this);
        auto later = cancel_watchers_.back().later();
        answer_cancel_watchers();
        return later;
      },
      [this](const v1::GroupPause& x) {
        auto& waiting = pausers_[x.owner()];
        waiting.emplace_back(this);
        auto later = waiting.back().later();
        auto give_up = x.limit_ms() == 0
                         ? never
                         : after(clock().now(), from_ms(x.limit_ms()));
        feed(supervisor::pause{x.owner(), give_up});
        return later;
      },
      [this](const v1::GroupResume& x) {
        feed(supervisor::resume{x.owner()});
        v1::GroupResumed result;
        *result.mutable_paused_by() = rules_.progress().paused_by();
        return result;
      },
      [this](const v1::GroupGetProgress&) { return rules_.progress(); },
      [this](const v1::GroupClose&) { feed(supervisor::close{}); },
      [this](const v1::GroupWatch& x, progress_watcher& watcher) {
        feed_.add(from_ms(x.interval_ms()));
        watchers_.push_back(std::move(watcher));
        publish(clock().now());
      },
      // A child of another group itself.
      [this](const v1::TaskStart& x) {
        link_.start(*this, x);
        if (x.deadline_ms() != 0)
          feed(supervisor::inherit{
            after(clock().now(), from_ms(x.deadline_ms()))});
        if (rules_.state() == v1::GROUP_STATE_DONE)
          report();
      },
      [this](const v1::TaskCancel& x) {
        // That the time is up is the same for all below.
        if (link_.is_mine(x))
          feed(supervisor::cancel{x.reason() == v1::CANCEL_REASON_DEADLINE
                                    ? v1::CANCEL_REASON_DEADLINE
                                    : v1::CANCEL_REASON_PARENT,
                                  x.text()});
      },
      [this](const v1::TaskPause& x) {
        if (!link_.is_mine(x))
          return;
        pause_from_above_ = x.pause();
        feed(supervisor::pause{parent, never});
      },
      [this](const v1::TaskResume& x) {
        if (link_.is_mine(x))
          feed(supervisor::resume{parent});
      },
    };
  }

private:
  struct running_child {
    supervised_actor handle;
    std::uint32_t attempt;
    bool monitored;
  };

  void on_down(const caf::down_msg& x) {
    auto at = ids_.find(x.source);
    if (at != ids_.end())
      feed(supervisor::gone{at->second, from_caf(x.reason), crashed(x.reason)});
  }

  /// Takes an input and does what follows.
  void feed(const supervisor::input& in) {
    auto now = clock().now();
    take(in, now);
    while (!not_started_.empty() || wanted_) {
      if (not_started_.empty()) {
        take_more(now);
        continue;
      }
      auto next = std::move(not_started_.front());
      not_started_.pop_front();
      take(next, now);
    }
    publish(now);
  }

  /// Adds the next child of the supply.
  void take_more(time_point now) {
    wanted_ = false;
    auto next = more_ ? more_() : child_factory{};
    if (!next)
      return take(supervisor::supplied{}, now);
    waiting_.push_back(std::move(next));
    take(supervisor::add{}, now);
  }

  void look_at_time() {
    if (const auto& outer = options_.outer_deadline())
      feed(supervisor::inherit{outer()});
    feed(supervisor::tick{});
  }

  void take(const supervisor::input& in, time_point now) {
    auto outputs = rules_.step(in, now);
    if (!outputs.empty() || !std::holds_alternative<supervisor::tick>(in))
      feed_.changed();
    for (const auto& out : outputs)
      std::visit([this](const auto& x) { perform(x); }, out);
    value_ = {};
    // What makes further children refers to the group, and so to this actor.
    if (more_
        && (rules_.state() == v1::GROUP_STATE_CANCELLING
            || rules_.state() == v1::GROUP_STATE_DONE))
      more_ = nullptr;
    answer_cancel_watchers();
  }

  void publish(time_point now) {
    auto is_done = rules_.state() == v1::GROUP_STATE_DONE;
    if (link_.started()
        && std::exchange(told_bytes_, rules_.bytes()) != rules_.bytes())
      link_.progress(rules_.bytes());
    auto due = is_done ? feed_.flush() : feed_.due(now);
    if (!due.empty()) {
      auto progress = rules_.progress();
      for (auto i : due)
        send(watchers_[i], progress);
    }
    if (is_done) {
      alarm_.clear(*this);
      watchers_.clear();
      feed_ = {};
    } else {
      alarm_.set(*this, std::min(rules_.wakeup(), feed_.wakeup()),
                 [this] { look_at_time(); });
    }
  }

  void perform(const supervisor::start_child& x) {
    child_factory factory;
    if (x.attempt == 1) {
      factory = std::move(waiting_.front());
      waiting_.pop_front();
      first_waiting_ = x.id + 1;
      if (options_.restart() != restart::temporary)
        factories_[x.id] = factory;
    } else {
      factory = factories_[x.id];
    }
    try {
      child_run run{ctrl(), x.id, x.attempt, context()};
      auto child = factory ? factory->start(system(), run) : supervised_actor{};
      if (!child)
        throw failure{{errc::internal, "the factory made no actor"}};
      auto monitored = !factory->is_independent();
      if (monitored) {
        monitor(child);
        ids_.emplace(child.address(), x.id);
        v1::TaskStart start;
        start.set_task(x.id);
        start.set_attempt(x.attempt);
        if (auto deadline = rules_.deadline(); deadline != never)
          start.set_deadline_ms(to_ms(deadline - clock().now()));
        send(child, std::move(start));
      }
      children_.emplace(x.id,
                        running_child{std::move(child), x.attempt, monitored});
    } catch (...) {
      not_started_.push_back({x.id, x.attempt, why_not_started()});
    }
  }

  void perform(const supervisor::want_child&) { wanted_ = true; }

  void perform(const supervisor::cancel_child& x) {
    v1::TaskCancel message;
    message.set_reason(rules_.cancelled_because().reason);
    message.set_text(rules_.cancelled_because().text);
    tell(x, std::move(message));
  }

  void perform(const supervisor::pause_child& x) {
    v1::TaskPause message;
    message.set_pause(x.pause);
    tell(x, std::move(message));
  }

  void perform(const supervisor::resume_child& x) { tell(x, v1::TaskResume{}); }

  void perform(const supervisor::exit_child& x) {
    if (auto at = children_.find(x.id); at != children_.end())
      send_exit(at->second.handle, caf::exit_reason::user_shutdown);
  }

  void perform(const supervisor::kill_child& x) {
    if (auto at = children_.find(x.id); at != children_.end())
      send_exit(at->second.handle, caf::exit_reason::kill);
  }

  /// Returns whether it ran.
  bool forget(child_id id) {
    auto at = children_.find(id);
    if (at == children_.end())
      return false;
    if (at->second.monitored)
      ids_.erase(at->second.handle.address());
    children_.erase(at);
    return true;
  }

  void perform(const supervisor::child_restarts& x) {
    forget(x.id);
    note(x.name, x.outcome, false);
  }

  void note(const std::string& child, const v1::Outcome& how, bool given_up) {
    if (const auto& tell = options_.on_restart())
      tell({child, from_proto(how.error()), given_up});
  }

  void perform(const supervisor::child_ended& x) {
    factories_.erase(x.id);
    if (!forget(x.id) && !waiting_.empty() && x.id >= first_waiting_) {
      if (waiting_.front())
        waiting_.front()->abandon();
      waiting_.pop_front();
      first_waiting_ = x.id + 1;
    }
    if (!x.given_up.empty())
      note(x.given_up, x.outcome, true);
    auto value = std::exchange(value_, {});
    if (outcomes_) {
      v1::TaskFinished message;
      message.set_task(x.id);
      message.set_attempt(x.attempt);
      *message.mutable_outcome() = x.outcome;
      send(outcomes_, std::move(message), value);
    }
    if (options_.keep_outcomes()) {
      values_.resize(std::max<std::size_t>(values_.size(), x.id + 1));
      values_[x.id] = std::move(value);
    }
  }

  void perform(const supervisor::pause_done& x) {
    if (x.owner == parent && link_.started())
      link_.parked(pause_from_above_);
    for (auto& pauser : take_pausers(x.owner))
      pauser.deliver({});
  }

  void perform(const supervisor::pause_failed& x) {
    for (auto& pauser : take_pausers(x.owner))
      pauser.fail(x.why);
  }

  void perform(const supervisor::failed_early&) {
    failed_early_ = true;
    answer_joiners();
  }

  void perform(const supervisor::done&) {
    more_ = nullptr; // before those hear of it who made it
    answer_joiners();
    answer_cancellers();
    if (link_.started())
      report();
  }

  /// Tells the supervisor of this group how it ended.
  void report() {
    auto result = rules_.result();
    // A failure that was told early is not told again.
    link_.finished(result.has_error() && !failed_early_
                     ? failed(from_proto(result.error()))
                     : succeeded(),
                   {}, result.progress().bytes());
  }

  /// Asks those that run to end, without anybody left to report to. Nothing is
  /// sent in the name of this actor, which may be past being referred to.
  void orphan_children() {
    std::vector<child_id> ids;
    for (const auto& [id, child] : children_)
      ids.push_back(id);
    std::sort(ids.rbegin(), ids.rend());
    for (auto id : ids) {
      const auto& child = children_.at(id);
      v1::TaskCancel message;
      message.set_task(id);
      message.set_attempt(child.attempt);
      message.set_reason(v1::CANCEL_REASON_SHUTDOWN);
      message.set_text(ended);
      caf::anon_send(child.handle, std::move(message));
    }
    children_.clear();
    ids_.clear();
  }

  /// The child may be gone: what it was told no longer matters then.
  template <class Output, class Message>
  void tell(const Output& x, Message message) {
    auto at = children_.find(x.id);
    if (at == children_.end())
      return;
    message.set_task(x.id);
    message.set_attempt(x.attempt);
    send(at->second.handle, std::move(message));
  }

  void answer_joiners() {
    if (options_.keep_outcomes())
      values_.resize(rules_.size());
    for (auto& joiner : std::exchange(joiners_, {}))
      joiner.deliver(rules_.result(), values_);
  }

  void answer_cancel_watchers() {
    if (cancel_watchers_.empty()
        || (rules_.state() != v1::GROUP_STATE_CANCELLING
            && rules_.state() != v1::GROUP_STATE_DONE))
      return;
    v1::GroupCancelled message;
    message.set_reason(rules_.cancelled_because().reason);
    message.set_text(rules_.cancelled_because().text);
    for (auto& watcher : std::exchange(cancel_watchers_, {}))
      watcher.deliver(message);
  }

  void answer_cancellers() {
    for (auto& canceller : std::exchange(cancellers_, {}))
      canceller.deliver(rules_.result());
  }

  std::vector<answer<v1::GroupPaused>> take_pausers(const std::string& owner) {
    auto node = pausers_.extract(owner);
    return node ? std::move(node.mapped())
                : std::vector<answer<v1::GroupPaused>>{};
  }

  supervisor_options options_;
  supervisor rules_;
  // Children whose factories failed, to be told to the rules.
  std::deque<supervisor::finished> not_started_;
  payload value_; // of the child whose end is being told
  payloads values_;

  std::deque<child_factory> waiting_;
  std::function<child_factory()> more_;
  bool wanted_ = false; // the next of those
  child_id first_waiting_ = 0;
  std::unordered_map<child_id, child_factory> factories_; // of restarts
  std::unordered_map<child_id, running_child> children_;
  std::unordered_map<caf::actor_addr, child_id> ids_;

  std::vector<joined> joiners_;
  std::vector<answer<v1::GroupResult>> cancellers_;
  std::vector<answer<v1::GroupCancelled>> cancel_watchers_;
  std::unordered_map<std::string, std::vector<answer<v1::GroupPaused>>>
    pausers_;
  bool failed_early_ = false;

  outcome_watcher outcomes_;
  child_watcher child_watcher_;
  progress_feed feed_;
  std::vector<progress_watcher> watchers_;
  alarm alarm_;

  child_link link_;
  std::uint64_t pause_from_above_ = 0;
  std::uint64_t told_bytes_ = 0; // to the supervisor of this group
};

} // namespace

local_supervisor_actor spawn_supervisor(caf::actor_system& system,
                                        const supervisor_options& options,
                                        outcome_watcher outcomes,
                                        child_watcher children) {
  return system.spawn<supervisor_impl>(options, std::move(outcomes),
                                       std::move(children));
}

} // namespace troupe
