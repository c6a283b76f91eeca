#include "troupe/core/event_actor.hpp"

#include "troupe/core/detail/line_actor.hpp"
#include "troupe/core/event_rules.hpp"

#include <caf/actor_system.hpp>

namespace troupe {

namespace {

using event_base =
  detail::line_actor<event_actor, event_rules, v1::EventHappened>;

class event_impl final : public event_base {
public:
  event_impl(caf::actor_config& config, const event_options& options)
    : event_base(config, {}, "event", options.name()) {}

  const char* name() const override { return "troupe.event"; }

protected:
  behavior_type make_behavior() override {
    return {
      [this](const v1::EventWait& x) {
        return ask<v1::EventHappened>(x, [&](const line::place& place) {
          return rules.wait(place, now());
        });
      },
      [this](const v1::EventSet&) {
        perform(rules.set());
        return state();
      },
      [this](const v1::EventClear&) {
        rules.clear();
        return state();
      },
      [this](const v1::EventQuery&) { return state(); },
      [this](const v1::Withdraw& x) { withdraw(x); },
    };
  }

private:
  [[nodiscard]] v1::EventState state() const {
    v1::EventState result;
    result.set_set(rules.is_set());
    result.set_generation(rules.generation());
    result.set_waiting(rules.waiting());
    return result;
  }
};

} // namespace

event_actor spawn_event(caf::actor_system& system,
                        const event_options& options) {
  return system.spawn<event_impl>(options);
}

} // namespace troupe
