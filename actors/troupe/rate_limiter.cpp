#include "troupe/rate_limiter.hpp"

#include "troupe/core/rate_limiter_actor.hpp"
#include "troupe/detail/line_op.hpp"

#include <utility>

namespace troupe {

namespace {

using namespace detail;

task<void> pass(actor_ref limiter, std::string key, std::uint64_t count) {
  v1::RateAcquire what;
  what.set_key(std::move(key));
  what.set_count(count);
  line_op<v1::RatePassed, v1::RateAcquire> wait{std::move(limiter),
                                                std::move(what)};
  co_await wait;
}

} // namespace

rate_limiter::rate_limiter(std::uint64_t count, duration period,
                           const rate_limiter_options& options)
  : rate_limiter(system_or_current(nullptr), count, period, options) {}

rate_limiter::rate_limiter(caf::actor_system& system, std::uint64_t count,
                           duration period, const rate_limiter_options& options)
  : actor_(ref_of(spawn_rate_limiter(
    system, count, period, options.burst().value_or(count), options.name()))) {}

rate_limiter::rate_limiter(std::uint64_t count, duration period,
                           std::uint64_t burst)
  : rate_limiter(system_or_current(nullptr), count, period, burst) {}

rate_limiter::rate_limiter(caf::actor_system& system, std::uint64_t count,
                           duration period, std::uint64_t burst)
  : actor_(ref_of(spawn_rate_limiter(system, count, period, burst))) {}

task<void> rate_limiter::acquire(std::string key, std::uint64_t count) const {
  return pass(actor_, std::move(key), count);
}

} // namespace troupe
