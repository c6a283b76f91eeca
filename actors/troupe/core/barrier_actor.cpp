#include "troupe/core/barrier_actor.hpp"

#include "troupe/core/detail/line_actor.hpp"
#include "troupe/msg/failure.hpp"

#include <caf/actor_system.hpp>

namespace troupe {

namespace {

using barrier_base = detail::line_actor<barrier_actor, v1::BarrierPassed>;

class barrier_impl final : public barrier_base {
public:
  barrier_impl(caf::actor_config& config, std::size_t parties,
               const barrier_options& options)
    : barrier_base(config), rules_(parties, options) {}

  const char* name() const override { return "troupe.barrier"; }

protected:
  behavior_type make_behavior() override {
    return {
      [this](const v1::BarrierWait& x) {
        return ask<v1::BarrierPassed>(x, [&](const line::place& place) {
          return rules_.wait(place, now());
        });
      },
      [this](const v1::BarrierReset&) {
        perform(rules_.reset());
        return state();
      },
      [this](const v1::BarrierAbort&) {
        perform(rules_.abort());
        return state();
      },
      [this](const v1::BarrierQuery&) { return state(); },
      [this](const v1::Withdraw& x) {
        withdraw([&](line::client_id client) {
          return rules_.withdraw(client, x.ticket());
        });
      },
    };
  }

private:
  [[nodiscard]] v1::BarrierState state() const {
    v1::BarrierState result;
    result.set_parties(rules_.parties());
    result.set_waiting(rules_.waiting());
    result.set_broken(rules_.broken());
    return result;
  }

  outputs gone(line::client_id client) override { return rules_.gone(client); }
  outputs tick() override { return rules_.tick(now()); }
  time_point wakeup() override { return rules_.wakeup(); }

  barrier_rules rules_;
};

} // namespace

barrier_actor spawn_barrier(caf::actor_system& system, std::size_t parties,
                            const barrier_options& options) {
  if (parties == 0)
    throw failure{{errc::invalid_argument, "a barrier needs parties"}};
  return system.spawn<barrier_impl>(parties, options);
}

} // namespace troupe
