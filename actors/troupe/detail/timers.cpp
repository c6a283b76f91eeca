#include "troupe/detail/timers.hpp"

#include "troupe/core/alarm.hpp"
#include "troupe/core/detail/in_place.hpp"
#include "troupe/core/detail/lean.hpp"
#include "troupe/core/timer_wheel.hpp"
#include "troupe/detail/messaging.hpp"

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <unordered_map>
#include <utility>

namespace troupe::detail {

namespace {

class timer_actor : public listed<caf::event_based_actor, activity::serves> {
public:
  using listed::listed;

  const char* name() const override { return "troupe.timers"; }

  void on_exit() override { alarm_.clear(*this); }

protected:
  caf::behavior make_behavior() override {
    return {
      [this](const timer_set& x) { set(x); },
      [this](const timer_clear& x) { clear(x); },
    };
  }

private:
  static constexpr auto slack = std::chrono::microseconds{250};

  struct owner {
    actor_ref who;
    slot_id slot;
  };
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

  void set(const timer_set& x) {
    auto* who = current_sender().get();
    if (!who)
      return;
    ids_[key{who, x.slot}] =
      wheel_.set(x.when, owner{actor_ref{who}, x.slot}, x.is_limit);
    arm();
  }

  void clear(const timer_clear& x) {
    auto found = ids_.find(key{current_sender().get(), x.slot});
    if (found == ids_.end())
      return;
    wheel_.cancel(found->second);
    ids_.erase(found);
    if (wheel_.size() == 0 && !keeps_alarm_) {
      alarm_.clear(*this);
      armed_ = never;
    }
  }

  void ring() {
    auto now = clock().now();
    // Where timers come faster than it can ring, some share a ring.
    next_ring_ = now > armed_ ? after(now, slack) : now;
    armed_ = never;
    for (const auto& due : wheel_.expire(now)) {
      ids_.erase(key{due.who.get(), due.slot});
      due.who.get()->get()->eq_impl(caf::message_id{due.slot}, nullptr,
                                    context(), ready{});
    }
    arm();
  }

  void arm() {
    auto when = std::max(wheel_.next(), next_ring_);
    if (when >= armed_)
      return;
    armed_ = when;
    alarm_.set(*this, armed_, [this] { ring(); });
  }

  timer_wheel<owner> wheel_;
  std::unordered_map<key, timer_wheel<owner>::timer_id, hash> ids_;
  alarm alarm_;
  time_point armed_ = never; // when it goes off
  time_point next_ring_ = time_point::min();
  // Most timers are taken back, and the next one is soon there: an alarm that
  // goes off in vain costs less than one that is cleared each time. In a test's
  // system each alarm is a step of the schedule.
  bool keeps_alarm_ = !is_test_system(home_system());
};

} // namespace

actor_ref spawn_timers(caf::actor_system& system) {
  auto actor = system.spawn<timer_actor>();
  return actor_ref{caf::actor_cast<caf::strong_actor_ptr>(actor).get()};
}

} // namespace troupe::detail
