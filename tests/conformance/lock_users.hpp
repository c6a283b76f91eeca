#pragma once

#include "conformance/group_fixture.hpp"
#include "conformance/plain_client.hpp"
#include "troupe/core/lock_actor.hpp"
#include "troupe/lock.hpp"
#include "troupe/promise.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace troupe {

/// What a user of a lock does. Nothing happens before actors run.
class lock_user {
public:
  lock_user() = default;
  lock_user(const lock_user&) = delete;
  lock_user& operator=(const lock_user&) = delete;
  virtual ~lock_user() = default;

  virtual void acquire() = 0;
  /// The same without waiting.
  virtual void poll() = 0;
  virtual void release() = 0;
  virtual void cancel() = 0;
  virtual void end() = 0;

  std::string state = "idle"; ///< "waits", "has", "released" or how it failed
  std::uint64_t token = 0;
};

/// A task with `troupe::lock`.
class task_user final : public lock_user {
public:
  using subject = lock;
  static lock make(caf::actor_system& system) { return lock{system}; }

  task_user(caf::actor_system& system, lock mutex)
    : system_(system), mutex_(std::move(mutex)) {}
  task_user(const task_user&) = delete;
  task_user& operator=(const task_user&) = delete;
  ~task_user() override {
    if (go_)
      go_->set_value(); // or it would be reported as broken
  }

  void acquire() override { start(forever); }
  void poll() override { start(duration::zero()); }
  void release() override { go_->set_value(); }
  void cancel() override { work_.cancel(); }
  void end() override {
    ends_ = true;
    if (work_)
      work_.cancel();
  }

private:
  void start(duration limit) {
    state = "waits";
    go_.emplace();
    work_ = spawn(system_, job([this, limit, go = go_->get_handle()] {
                    return use(limit, go);
                  }));
  }

  task<void> use(duration limit, handle<void> until) {
    try {
      auto mine = co_await mutex_.acquire_for(limit);
      token = mine.token();
      state = "has";
      co_await until;
      co_await mine.release();
      state = "released";
    } catch (const cancelled&) {
      state = "cancelled";
    } catch (const failure& why) {
      state = to_string(why.code());
    }
    if (!ends_) // or its end would give up what a cancel has to
      co_await until;
  }

  caf::actor_system& system_;
  lock mutex_;
  bool ends_ = false;
  std::optional<promise<>> go_;
  handle<void> work_;
};

/// An actor of plain CAF with `lock_actor`.
class actor_user final : public lock_user {
public:
  using subject = lock_actor;
  static lock_actor make(caf::actor_system& system) {
    return spawn_lock(system);
  }

  actor_user(caf::actor_system& system, lock_actor mutex)
    : client_(system), mutex_(std::move(mutex)) {}

  void acquire() override { start({}); }
  void poll() override {
    v1::LockAcquire what;
    what.set_wait_ms(0);
    start(what);
  }
  void release() override {
    v1::LockRelease what;
    what.set_token(token);
    client_.ask<v1::LockReleased>(
      mutex_, what, [this](const auto&) { state = "released"; },
      [this](std::string why) { state = std::move(why); });
  }
  void cancel() override {
    v1::Withdraw what;
    what.set_ticket(ticket_);
    client_.tell(mutex_, what);
    state = "cancelled";
  }
  void end() override { client_.end(); }

private:
  void start(v1::LockAcquire what) {
    state = "waits";
    what.set_ticket(++ticket_);
    client_.ask<v1::LockGranted>(
      mutex_, what,
      [this](const auto& x) {
        token = x.token();
        if (state == "waits")
          state = "has";
      },
      [this](std::string why) {
        if (state == "waits")
          state = why == "busy" ? "timed_out" : std::move(why);
      });
  }

  plain_client client_;
  lock_actor mutex_;
  std::uint64_t ticket_ = 0;
};

inline bool is_locked(testing::virtual_system& system, const lock& mutex) {
  return system.run(mutex.locked());
}

inline bool is_locked(testing::virtual_system& system,
                      const lock_actor& mutex) {
  bool result = false;
  plain_client client{system.get()};
  client.ask<v1::LockState>(mutex, v1::LockQuery{},
                            [&](const auto& x) { result = x.locked(); });
  system.run_ready();
  return result;
}

} // namespace troupe
