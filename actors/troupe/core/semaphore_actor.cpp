#include "troupe/core/semaphore_actor.hpp"

#include "troupe/core/detail/line_actor.hpp"
#include "troupe/msg/failure.hpp"

#include <caf/actor_system.hpp>

#include <algorithm>
#include <atomic>
#include <string>

namespace troupe {

namespace {

using semaphore_base =
  detail::line_actor<semaphore_actor, permit_rules, v1::SemaphoreGranted>;

const char* kind_of(const permit_options& options) {
  return options.on_again() == permit_options::again::fails ? "capacity limiter"
                                                            : "semaphore";
}

error too_many(std::uint64_t asked, std::uint64_t bound) {
  return {errc::invalid_argument,
          std::to_string(asked)
            + " permits were asked for, and there are never " + "more than "
            + std::to_string(bound)};
}

class semaphore_impl final : public semaphore_base {
public:
  semaphore_impl(caf::actor_config& config, const permit_options& options)
    : semaphore_base(config, permit_rules{options}, kind_of(options),
                     options.name()),
      warns_(options.permits() != 0 && options.bound() >= permit_options::most),
      in_all_(options.permits()) {}

  [[nodiscard]] std::string too_few(std::uint64_t count) const {
    auto all = in_all_.load(std::memory_order_relaxed);
    if (!warns_ || count <= all)
      return {};
    return plate.text() + " has " + std::to_string(all) + " permits in all";
  }

  const char* name() const override { return "troupe.semaphore"; }

protected:
  behavior_type make_behavior() override {
    return {
      [this](
        const v1::SemaphoreAcquire& x) -> caf::result<v1::SemaphoreGranted> {
        auto count = std::max<std::uint64_t>(x.count(), 1);
        if (rules.is_too_many(count))
          return to_caf(too_many(count, rules.bound()));
        return ask<v1::SemaphoreGranted>(x, [&](const line::place& place) {
          return rules.acquire({place, x.task(), count}, now(place));
        });
      },
      [this](const v1::SemaphoreRelease& x) {
        return x.has_token() ? release(x) : add(x);
      },
      [this](const v1::SemaphoreResize& x) -> caf::result<v1::SemaphoreState> {
        if (x.permits() > permit_options::most)
          return to_caf(too_many(x.permits(), permit_options::most));
        perform(rules.resize(x.permits(), now()));
        in_all_.store(rules.in_all(), std::memory_order_relaxed);
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
      return to_caf({errc::stale_token, "no permits are held by this token"});
    auto count = x.count() == 0 ? permit_rules::all : x.count();
    perform(rules.release(x.token(), now(), count));
    return state(x.token());
  }

  caf::result<v1::SemaphoreState> add(const v1::SemaphoreRelease& x) {
    auto count = std::max<std::uint64_t>(x.count(), 1);
    if (!rules.fits(count))
      return to_caf({errc::invalid_argument,
                     rules.bound() == permit_options::most
                       ? "there would be more permits than can be counted"
                       : "the semaphore was released more often than "
                         "acquired"});
    perform(rules.add(count, now()));
    in_all_.store(rules.in_all(), std::memory_order_relaxed);
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

  bool warns_; // others refuse, or are to be given permits first
  std::atomic<std::uint64_t> in_all_;
};

} // namespace

semaphore_actor spawn_semaphore(caf::actor_system& system,
                                const permit_options& options) {
  auto bound = std::min(options.bound(), permit_options::most);
  if (options.permits() > bound)
    throw failure{too_many(options.permits(), bound)};
  return system.spawn<semaphore_impl>(options);
}

std::string too_few_permits(caf::actor_control_block& of, std::uint64_t count) {
  auto* semaphore = dynamic_cast<semaphore_impl*>(of.get());
  return semaphore ? semaphore->too_few(count) : std::string{};
}

} // namespace troupe
