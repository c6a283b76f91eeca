#include "troupe/core/lock_actor.hpp"

#include "troupe/core/detail/line_actor.hpp"

#include <caf/actor_system.hpp>

#include <limits>

namespace troupe {

namespace {

caf::error stale(const char* why) {
  return to_caf({errc::stale_token, why});
}

using lock_base = detail::line_actor<lock_actor, lock_rules, v1::LockGranted,
                                     v1::ConditionWoken>;

class lock_impl final : public lock_base {
public:
  lock_impl(caf::actor_config& config, const lock_options& options)
    : lock_base(config, lock_rules{options},
                options.reentrant() ? "rlock" : "lock", options.name()) {}

  const char* name() const override { return "troupe.lock"; }

  void on_exit() override {
    rules.close();
    lock_base::on_exit();
  }

  [[nodiscard]] lease& shared_lease() const noexcept {
    return rules.shared_lease();
  }

protected:
  behavior_type make_behavior() override {
    return {
      [this](const v1::LockAcquire& x) {
        auto keeps = x.keeps() && is_here(current_sender());
        return ask<v1::LockGranted>(x, [&](const line::place& place) {
          return rules.acquire({place, x.task(), x.shared(), keeps},
                               now(place));
        });
      },
      [this](const v1::LockRelease& x) -> caf::result<v1::LockReleased> {
        if (!rules.holds(x.token()))
          return stale("the lock is not held by this token");
        perform(rules.release(x.token(), now()));
        return v1::LockReleased{};
      },
      [this](const v1::LockQuery& x) {
        v1::LockState state;
        state.set_locked(rules.locked());
        state.set_waiting(rules.waiting());
        state.set_current(rules.holds(x.token()));
        return state;
      },
      [this](const v1::ConditionWait& x) -> caf::result<v1::ConditionWoken> {
        if (!rules.holds_alone(x.token()))
          return stale("the condition's lock is not held by this token");
        return ask<v1::ConditionWoken>(x, [&](const line::place& place) {
          return rules.wait(place, x.token(), x.condition(), now());
        });
      },
      [this](
        const v1::ConditionNotify& x) -> caf::result<v1::ConditionNotified> {
        if (!rules.holds_alone(x.token()))
          return stale("the condition's lock is not held by this token");
        auto before = rules.waiting_for(x.condition());
        perform(rules.notify(
          x.condition(),
          x.has_count() ? x.count() : std::numeric_limits<std::uint64_t>::max(),
          now()));
        v1::ConditionNotified told;
        told.set_count(before - rules.waiting_for(x.condition()));
        return told;
      },
      [this](const v1::Withdraw& x) { withdraw(x); },
    };
  }

private:
  [[nodiscard]] bool is_here(const caf::strong_actor_ptr& who) const {
    return who && who->node() == node();
  }
};

} // namespace

lock_actor spawn_lock(caf::actor_system& system, const lock_options& options) {
  return system.spawn<lock_impl>(options);
}

lease* lease_of(caf::actor_control_block& of) {
  auto* lock = dynamic_cast<lock_impl*>(of.get());
  return lock ? &lock->shared_lease() : nullptr;
}

} // namespace troupe
