#include "troupe/core/barrier_actor.hpp"

#include "troupe/core/detail/line_actor.hpp"
#include "troupe/msg/failure.hpp"

#include <caf/actor_system.hpp>

namespace troupe {

namespace {

using barrier_base =
  detail::line_actor<barrier_actor, barrier_rules, v1::BarrierPassed>;

class barrier_impl final : public barrier_base {
public:
  barrier_impl(caf::actor_config& config, std::size_t parties,
               const barrier_options& options)
    : barrier_base(config, barrier_rules{parties, options}, "barrier",
                   options.name()) {}

  const char* name() const override { return "troupe.barrier"; }

protected:
  behavior_type make_behavior() override {
    return {
      [this](const v1::BarrierWait& x) {
        return ask<v1::BarrierPassed>(x, [&](const line::place& place) {
          return rules.wait(place, now());
        });
      },
      [this](const v1::BarrierReset&) {
        perform(rules.reset());
        return state();
      },
      [this](const v1::BarrierAbort&) {
        perform(rules.abort());
        return state();
      },
      [this](const v1::BarrierQuery&) { return state(); },
      [this](const v1::Withdraw& x) { withdraw(x); },
    };
  }

private:
  [[nodiscard]] v1::BarrierState state() const {
    v1::BarrierState result;
    result.set_parties(rules.parties());
    result.set_waiting(rules.waiting());
    result.set_broken(rules.broken());
    return result;
  }
};

} // namespace

barrier_actor spawn_barrier(caf::actor_system& system, std::size_t parties,
                            const barrier_options& options) {
  if (parties == 0)
    throw failure{{errc::invalid_argument, "a barrier needs parties"}};
  return system.spawn<barrier_impl>(parties, options);
}

} // namespace troupe
