#pragma once

#include "conformance/lock_users.hpp"
#include "troupe/condition.hpp"
#include "troupe/timeout.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>

namespace troupe {

/// What somebody waits for until it is not zero.
using predicate = std::function<int()>;

/// Uses a `troupe::condition`.
class condition_task_user final : public lock_task_user {
public:
  using subject = condition;
  static condition make(caf::actor_system& system) {
    return condition{lock{system}};
  }
  /// Another condition of the same lock.
  static condition another(const condition& one) {
    return condition{one.mutex()};
  }
  /// Whether it says so itself, as its lock has to.
  static bool is_locked(testing::virtual_system& system, const condition& of) {
    auto result = system.run(of.locked());
    EXPECT_EQ(lock_task_user::is_locked(system, of.mutex()), result);
    return result;
  }

  condition_task_user(caf::actor_system& system, const condition& of)
    : lock_task_user(system, of.mutex()), condition_(of) {}

  void wait() {
    tell([this](held& mine) -> task<void> {
      co_await condition_.wait(mine);
      woken(mine);
    });
  }
  void wait_at_most(duration limit) {
    tell([this, limit](held& mine) -> task<void> {
      auto body = [&](timeout_scope&) -> task<void> {
        co_await condition_.wait(mine);
      };
      co_await with_timeout(limit, body);
      woken(mine);
    });
  }
  void wait_until(predicate ready) {
    tell([this, ready = std::move(ready)](held& mine) -> task<void> {
      value = co_await condition_.wait(mine, ready);
      token = mine.token();
      state = "woken";
    });
  }
  void notify(std::size_t count = 1) {
    tell([this, count](held& mine) -> task<void> {
      told(co_await condition_.notify(mine, count));
    });
  }
  void notify_all() {
    tell([this](held& mine) -> task<void> {
      told(co_await condition_.notify_all(mine));
    });
  }

  int value = 0; ///< what the predicate gave last

private:
  void woken(const held& mine) {
    EXPECT_GT(mine.token(), token);
    token = mine.token();
    state = "woken";
  }
  void told(std::size_t count) { state = "told " + std::to_string(count); }

  condition condition_;
};

/// A condition as plain actors know it.
class plain_condition {
public:
  lock_actor lock;
  std::uint64_t id = 1;
};

/// Sends messages to the `lock_actor` of a condition.
class condition_actor_user final : public lock_actor_user {
public:
  using subject = plain_condition;
  static plain_condition make(caf::actor_system& system) {
    return {spawn_lock(system)};
  }
  static plain_condition another(const plain_condition& one) {
    return {one.lock, one.id + 1};
  }
  static bool is_locked(testing::virtual_system& system,
                        const plain_condition& of) {
    return lock_actor_user::is_locked(system, of.lock);
  }

  condition_actor_user(caf::actor_system& system, const plain_condition& of)
    : lock_actor_user(system, of.lock), condition_(of) {}

  /// Of a wait: it has the lock again before it says so.
  void cancel() {
    if (!waits_)
      return lock_actor_user::cancel();
    given_up_ = "cancelled";
    withdraw(condition_.lock);
  }

  void wait() {
    wait_and([] { return "woken"; });
  }
  void wait_at_most(duration limit) {
    wait();
    client.after(limit, [this] {
      if (!waits_)
        return;
      given_up_ = "timed_out";
      withdraw(condition_.lock);
    });
  }
  /// The loop that tasks have in `condition::wait`.
  void wait_until(const predicate& ready) {
    value = ready();
    if (value != 0) {
      state = "woken";
      return;
    }
    wait_and([this, ready] {
      wait_until(ready);
      return state;
    });
  }
  void notify(std::size_t count = 1) {
    v1::ConditionNotify what;
    what.set_count(count);
    notify(what);
  }
  void notify_all() { notify(v1::ConditionNotify{}); }

  int value = 0; ///< what the predicate gave last

private:
  void wait_and(std::function<std::string()> then) {
    v1::ConditionWait what;
    what.set_token(token);
    what.set_condition(condition_.id);
    what.set_ticket(new_ticket());
    waits_ = true;
    given_up_.clear();
    ask<v1::ConditionWoken>(condition_.lock, what, [=, this](const auto& x) {
      EXPECT_GT(x.token(), token);
      token = x.token();
      waits_ = false;
      return given_up_.empty() ? then() : given_up_;
    });
  }
  void notify(v1::ConditionNotify what) {
    what.set_token(token);
    what.set_condition(condition_.id);
    ask<v1::ConditionNotified>(condition_.lock, what, [](const auto& x) {
      return "told " + std::to_string(x.count());
    });
  }

  plain_condition condition_;
  bool waits_ = false;
  std::string given_up_; // why the wait ends
};

} // namespace troupe
