#pragma once

#include "conformance/users.hpp"
#include "troupe/core/semaphore_actor.hpp"
#include "troupe/semaphore.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace troupe {

/// Uses a `troupe::semaphore`.
class semaphore_task_user final : public task_user<permit> {
public:
  using subject = semaphore;
  static semaphore make(caf::actor_system& system, std::int64_t permits = 0) {
    return semaphore{system, permits};
  }
  static semaphore make_default(caf::actor_system& system) {
    return semaphore{system};
  }
  static semaphore make_bounded(caf::actor_system& system,
                                std::int64_t permits) {
    return bounded_semaphore{system, permits};
  }
  static bool is_locked(testing::virtual_system& system, const semaphore& of) {
    return system.run(of.locked());
  }
  static std::int64_t available(testing::virtual_system& system,
                                const semaphore& of) {
    return system.run(of.available());
  }

  semaphore_task_user(caf::actor_system& system, semaphore of)
    : task_user(system), semaphore_(std::move(of)) {}

  void acquire() { acquire_within(forever); }
  /// The same without waiting.
  void poll() { acquire_within(duration::zero()); }
  /// Gives back what it has.
  void release() {
    tell([this](permit& mine) -> task<void> {
      co_await mine.release();
      state = "released";
    });
  }
  /// Gives what nobody has: asyncio's `release`.
  void add(std::int64_t count = 1) {
    tell([this, count](permit&) -> task<void> {
      co_await semaphore_.release(count);
      state = "added";
    });
  }

private:
  void acquire_within(duration limit) {
    tell([this, limit](permit& mine) -> task<void> {
      mine = co_await semaphore_.acquire_for(limit);
      state = "has";
    });
  }

  semaphore semaphore_;
};

/// Sends messages to a `semaphore_actor`.
class semaphore_actor_user final : public actor_user {
public:
  using subject = semaphore_actor;
  static semaphore_actor make(caf::actor_system& system,
                              std::uint64_t permits = 0) {
    return spawn_semaphore(system, permit_options{}.permits(permits));
  }
  static semaphore_actor make_default(caf::actor_system& system) {
    return spawn_semaphore(system);
  }
  static semaphore_actor make_bounded(caf::actor_system& system,
                                      std::uint64_t permits) {
    return spawn_semaphore(system,
                           permit_options{}.permits(permits).bound(permits));
  }
  static bool is_locked(testing::virtual_system& system,
                        const semaphore_actor& of) {
    auto now = state_of(system, of);
    return now.available() == 0 || now.waiting() != 0;
  }
  static std::int64_t available(testing::virtual_system& system,
                                const semaphore_actor& of) {
    return static_cast<std::int64_t>(state_of(system, of).available());
  }

  semaphore_actor_user(caf::actor_system& system, semaphore_actor of)
    : actor_user(system), semaphore_(std::move(of)) {}

  void acquire() { acquire(v1::SemaphoreAcquire{}); }
  void poll() {
    v1::SemaphoreAcquire what;
    what.set_wait_ms(0);
    acquire(what);
  }
  void release() {
    v1::SemaphoreRelease what;
    what.set_token(token_);
    release(what, "released");
  }
  void add(std::uint64_t count = 1) {
    v1::SemaphoreRelease what;
    what.set_count(count);
    release(what, "added");
  }
  void cancel() { cancel_at(semaphore_); }

private:
  static v1::SemaphoreState state_of(testing::virtual_system& system,
                                     const semaphore_actor& of) {
    v1::SemaphoreState result;
    plain_client client{system.get()};
    client.ask<v1::SemaphoreState>(of, v1::SemaphoreQuery{},
                                   [&](const auto& x) { result = x; });
    system.run_ready();
    return result;
  }

  void acquire(v1::SemaphoreAcquire what) {
    what.set_ticket(new_ticket());
    ask<v1::SemaphoreGranted>(semaphore_, what, [this](const auto& x) {
      token_ = x.token();
      return "has";
    });
  }
  void release(const v1::SemaphoreRelease& what, const char* then) {
    ask<v1::SemaphoreState>(semaphore_, what,
                            [then](const auto&) { return then; });
  }

  semaphore_actor semaphore_;
  std::uint64_t token_ = 0;
};

} // namespace troupe
