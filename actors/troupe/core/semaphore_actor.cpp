#include "troupe/core/semaphore_actor.hpp"

#include "troupe/core/detail/line_actor.hpp"

#include <caf/actor_system.hpp>

#include <algorithm>

namespace troupe {

namespace {

using semaphore_base =
  detail::line_actor<semaphore_actor, permit_rules, v1::SemaphoreGranted>;

class semaphore_impl final : public semaphore_base {
public:
  semaphore_impl(caf::actor_config& config, const permit_options& options)
    : semaphore_base(config, permit_rules{options}) {}

  const char* name() const override { return "troupe.semaphore"; }

protected:
  behavior_type make_behavior() override {
    return {
      [this](const v1::SemaphoreAcquire& x) {
        auto count = std::max<std::uint64_t>(x.count(), 1);
        return ask<v1::SemaphoreGranted>(x, [&](const line::place& place) {
          return rules.acquire({place, x.task(), count}, now(place));
        });
      },
      [this](const v1::SemaphoreRelease& x) {
        return x.has_token() ? release(x) : add(x);
      },
      [this](const v1::SemaphoreResize& x) {
        perform(rules.resize(x.permits(), now()));
        return state();
      },
      [this](const v1::SemaphoreQuery& x) { return state(x.token()); },
      [this](const v1::SemaphoreKeep& x) {
        if (rules.holds(x.token()))
          perform(rules.keep(x.token()));
      },
      [this](const v1::Withdraw& x) { withdraw(x); },
    };
  }

private:
  caf::result<v1::SemaphoreState> release(const v1::SemaphoreRelease& x) {
    if (!rules.holds(x.token()))
      return errc::stale_token;
    auto count = x.count() == 0 ? permit_rules::all : x.count();
    perform(rules.release(x.token(), now(), count));
    return state(x.token());
  }

  caf::result<v1::SemaphoreState> add(const v1::SemaphoreRelease& x) {
    auto count = std::max<std::uint64_t>(x.count(), 1);
    if (!rules.fits(count))
      return to_caf({errc::invalid_argument,
                     "the semaphore was released more often than acquired"});
    perform(rules.add(count, now()));
    return state();
  }

  [[nodiscard]] v1::SemaphoreState state(std::uint64_t token = 0) const {
    v1::SemaphoreState result;
    result.set_available(rules.available());
    result.set_held(rules.held());
    result.set_waiting(rules.waiting());
    result.set_current(rules.holds(token));
    return result;
  }
};

} // namespace

semaphore_actor spawn_semaphore(caf::actor_system& system,
                                const permit_options& options) {
  return system.spawn<semaphore_impl>(options);
}

} // namespace troupe
