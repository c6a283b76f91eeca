#include "troupe/detail/timers.hpp"

#include "troupe/core/alarm.hpp"
#include "troupe/core/detail/in_place.hpp"
#include "troupe/core/detail/lean.hpp"
#include "troupe/core/detail/race_point.hpp"
#include "troupe/core/timer_wheel.hpp"
#include "troupe/detail/messaging.hpp"

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::detail {

namespace {

/// The next timer has changed.
struct timers_changed {};

} // namespace

} // namespace troupe::detail

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::detail::timers_changed)

namespace troupe::detail {

// -- timer_table --------------------------------------------------------------

/// The timers, as all threads see them.
class timer_table {
public:
  struct owner {
    actor_ref who;
    slot_id slot;
  };

  /// @param keeps_alarm Whether an alarm stays set that no timer needs.
  explicit timer_table(bool keeps_alarm) : keeps_alarm_(keeps_alarm) {}

  /// @return Whether the bell is to hear of it.
  bool set(owner whose, time_point when, bool is_limit) {
    std::lock_guard lock{mutex_};
    key name{whose.who.get(), whose.slot};
    ids_[name] = wheel_.set(when, std::move(whose), is_limit);
    if (when >= next_ring_)
      return false;
    next_ring_ = when;
    return true;
  }

  bool clear(const caf::actor_control_block* who, slot_id slot) {
    std::lock_guard lock{mutex_};
    auto found = ids_.find(key{who, slot});
    if (found == ids_.end())
      return false;
    wheel_.cancel(found->second); // its owner lives: that is who calls
    ids_.erase(found);
    return wheel_.size() == 0 && !keeps_alarm_;
  }

  /// Takes out those that are due.
  std::vector<owner> expire(time_point now) {
    std::lock_guard lock{mutex_};
    auto result = wheel_.expire(now);
    for (const auto& due : result)
      ids_.erase(key{due.who.get(), due.slot});
    next_ring_ = wheel_.next();
    return result;
  }

  /// When to ring next. `never`: the alarm is to be cleared.
  time_point next() {
    std::lock_guard lock{mutex_};
    if (wheel_.size() != 0)
      return wheel_.next();
    if (!keeps_alarm_)
      next_ring_ = never;
    return next_ring_;
  }

  void drop_all() {
    timer_wheel<owner> left; // destroyed after the lock
    std::lock_guard lock{mutex_};
    std::swap(left, wheel_);
    ids_.clear();
  }

private:
  struct key {
    const caf::actor_control_block* who;
    slot_id slot;
    friend bool operator==(const key&, const key&) = default;
  };
  struct hash {
    std::size_t operator()(const key& x) const noexcept {
      return std::hash<const void*>{}(x.who) * 31 + x.slot;
    }
  };

  const bool keeps_alarm_;
  std::mutex mutex_;
  timer_wheel<owner> wheel_;
  std::unordered_map<key, timer_wheel<owner>::timer_id, hash> ids_;
  time_point next_ring_ = never; // the bell knows, or is told
};

// -- the bell -----------------------------------------------------------------

namespace {

/// Rings when timers are due.
class bell final : public listed<caf::event_based_actor, activity::serves> {
public:
  bell(caf::actor_config& config, std::shared_ptr<timer_table> table)
    : listed(config), table_(std::move(table)) {}

  const char* name() const override { return "troupe.timers"; }

  void on_exit() override {
    alarm_.clear(*this);
    table_->drop_all();
  }

protected:
  caf::behavior make_behavior() override {
    return {[this](timers_changed) { arm(); }};
  }

private:
  static constexpr auto slack = std::chrono::microseconds{250};

  void ring() {
    auto now = clock().now();
    // Where timers come faster than it can ring, some share a ring.
    earliest_ = now > armed_ ? after(now, slack) : now;
    armed_ = never;
    for (const auto& due : table_->expire(now))
      due.who.get()->get()->eq_impl(caf::message_id{due.slot}, nullptr,
                                    context(), ready{});
    arm();
  }

  void arm() {
    auto next = table_->next();
    if (next == never) {
      alarm_.clear(*this);
      armed_ = never;
      return;
    }
    auto when = std::max(next, earliest_);
    if (when >= armed_)
      return;
    armed_ = when;
    alarm_.set(*this, armed_, [this] { ring(); });
  }

  std::shared_ptr<timer_table> table_;
  alarm alarm_;
  time_point armed_ = never; // when it goes off
  time_point earliest_ = time_point::min();
};

} // namespace

// -- timer_service ------------------------------------------------------------

// Most timers are taken back, and the next one is soon there: an alarm that
// goes off in vain costs less than one that is cleared each time. In a test's
// system each alarm is a step of the schedule.
timer_service::timer_service(caf::actor_system& system)
  : table_(std::make_shared<timer_table>(!is_test_system(system))) {
  auto actor = system.spawn<bell>(table_);
  bell_ = actor_ref{caf::actor_cast<caf::strong_actor_ptr>(actor).get()};
}

timer_service::~timer_service() {
  bell_.get()->get()->eq_impl(
    caf::make_message_id(), nullptr, nullptr,
    caf::exit_msg{caf::actor_addr{}, caf::exit_reason::kill});
}

void timer_service::set(caf::local_actor& who, slot_id slot, time_point when,
                        bool is_limit) {
  if (table_->set({actor_ref{who.ctrl()}, slot}, when, is_limit))
    wake_bell(who);
}

void timer_service::clear(caf::local_actor& who, slot_id slot) {
  if (table_->clear(who.ctrl(), slot))
    wake_bell(who);
}

void timer_service::wake_bell(caf::local_actor& from) {
  race_point();
  bell_.get()->get()->eq_impl(caf::make_message_id(), nullptr, from.context(),
                              timers_changed{});
}

} // namespace troupe::detail
