#include "troupe/core/rate_limiter_actor.hpp"

#include "troupe/core/detail/line_actor.hpp"
#include "troupe/core/rate_rules.hpp"
#include "troupe/msg/failure.hpp"

#include <caf/actor_system.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace troupe {

namespace {

using rate_base =
  detail::line_actor<rate_limiter_actor, rate_rules, v1::RatePassed>;

class rate_impl final : public rate_base {
public:
  rate_impl(caf::actor_config& config, rate_rules what, std::string name)
    : rate_base(config, std::move(what), "rate limiter", std::move(name)) {}

  const char* name() const override { return "troupe.rate_limiter"; }

protected:
  behavior_type make_behavior() override {
    return {
      [this](const v1::RateAcquire& x) {
        return ask<v1::RatePassed>(x, [&](const line::place& place) {
          auto count = std::max<std::uint64_t>(x.count(), 1);
          return rules.acquire(place, x.key(), count, now());
        });
      },
      [this](const v1::Withdraw& x) { withdraw(x); },
    };
  }
};

} // namespace

rate_limiter_actor spawn_rate_limiter(caf::actor_system& system,
                                      std::uint64_t count, duration period,
                                      std::uint64_t burst, std::string name) {
  if (count == 0 || period <= duration::zero() || burst == 0)
    throw failure{{errc::invalid_argument,
                   "a rate limiter needs a count, a period and a burst"}};
  if (count > static_cast<std::uint64_t>(period.count()))
    throw failure{{errc::invalid_argument,
                   "a rate limiter lets one pass in a nanosecond at most: its "
                   "period is too short for its count"}};
  // Beyond that times are out of range.
  constexpr auto most = forever / 2;
  if (burst > static_cast<std::uint64_t>(
        most / (period / static_cast<duration::rep>(count))))
    throw failure{{errc::invalid_argument,
                   "the burst of a rate limiter would take longer than 146 "
                   "years to come back: it is too large for its rate"}};
  return system.spawn<rate_impl>(rate_rules{count, period, burst},
                                 std::move(name));
}

} // namespace troupe
