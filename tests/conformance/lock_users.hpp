#pragma once

#include "conformance/users.hpp"
#include "troupe/core/lock_actor.hpp"
#include "troupe/lock.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace troupe {

/// Uses a `troupe::lock`.
class lock_task_user : public task_user<held> {
public:
  using subject = lock;
  static lock make(caf::actor_system& system) { return lock{system}; }
  static bool is_locked(testing::virtual_system& system, const lock& mutex) {
    return system.run(mutex.locked());
  }

  lock_task_user(caf::actor_system& system, lock mutex)
    : task_user(system), mutex_(std::move(mutex)) {}

  void acquire() { acquire_within(forever); }
  /// The same without waiting.
  void poll() { acquire_within(duration::zero()); }
  void release() {
    tell([this](held& mine) -> task<void> {
      co_await mine.release();
      state = "released";
    });
  }
  /// Ends the scope that holds it.
  void leave() {
    tell([this](held& mine) -> task<void> {
      { auto scope = std::move(mine); }
      state = "left";
      co_return;
    });
  }

  std::uint64_t token = 0; ///< of the newest grant

private:
  void acquire_within(duration limit) {
    tell([this, limit](held& mine) -> task<void> {
      mine = co_await mutex_.acquire_for(limit);
      token = mine.token();
      state = "has";
    });
  }

  lock mutex_;
};

/// The same with one that is idle after every release.
class uncached_lock_task_user final : public lock_task_user {
public:
  static constexpr auto form = "UncachedTask";

  static lock make(caf::actor_system& system) {
    return lock{system, lock_options{}.cached(false)};
  }

  using lock_task_user::lock_task_user;
};

/// Sends messages to a `lock_actor`.
class lock_actor_user : public actor_user {
public:
  using subject = lock_actor;
  static lock_actor make(caf::actor_system& system) {
    return spawn_lock(system);
  }
  static bool is_locked(testing::virtual_system& system,
                        const lock_actor& mutex) {
    bool result = false;
    plain_client client{system.get()};
    client.ask<v1::LockState>(mutex, v1::LockQuery{},
                              [&](const auto& x) { result = x.locked(); });
    system.run_ready();
    return result;
  }

  lock_actor_user(caf::actor_system& system, lock_actor mutex)
    : actor_user(system), mutex_(std::move(mutex)) {}

  void acquire() { acquire(v1::LockAcquire{}); }
  void poll() {
    v1::LockAcquire what;
    what.set_wait_ms(0);
    acquire(what);
  }
  void release() {
    v1::LockRelease what;
    what.set_token(token);
    ask<v1::LockReleased>(mutex_, what, [](const auto&) { return "released"; });
  }
  /// Its life is the scope that holds it.
  void leave() {
    end();
    state = "left";
  }
  void cancel() { cancel_at(mutex_); }

  std::uint64_t token = 0; ///< of the newest grant

private:
  void acquire(v1::LockAcquire what) {
    what.set_ticket(new_ticket());
    ask<v1::LockGranted>(mutex_, what, [this](const auto& x) {
      token = x.token();
      return "has";
    });
  }

  lock_actor mutex_;
};

} // namespace troupe
