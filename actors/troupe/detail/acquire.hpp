#pragma once

#include "troupe/core/lock_rules.hpp"
#include "troupe/core/time.hpp"
#include "troupe/detail/hold.hpp"
#include "troupe/detail/lock_ref.hpp"
#include "troupe/detail/operation.hpp"
#include "troupe/detail/promise.hpp"
#include "troupe/detail/selectable.hpp"
#include "troupe/task.hpp"

#include <coroutine>
#include <cstdint>
#include <optional>
#include <utility>

namespace caf {
class actor_system;
} // namespace caf

namespace troupe::detail {

struct lock_hold {
  using reference = lock_ref;
  static constexpr bool of_one_task = true;

  static void give_back(const lock_ref& from, std::uint64_t token) {
    if (!from.release(token))
      tell_released(from, token);
  }
  static void tell_released(const lock_ref& from, std::uint64_t token);
  static task<void> release(hold<lock_hold> what);
  static const actor_ref& owner(const hold<lock_hold>& what) {
    return what.from_.actor();
  }
  static void renew(hold<lock_hold>& what, std::uint64_t token) {
    what.token_ = token;
  }
};

/// @param shared Together with others that share it.
task<hold<lock_hold>> acquire_lock(lock_ref lock, bool shared, duration limit);
task<std::optional<hold<lock_hold>>> try_lock(lock_ref lock, bool shared);
task<bool> is_locked(actor_ref lock);
lock_ref make_lock(caf::actor_system* system, const lock_options& options);
lock_ref lock_of(actor_ref actor);

/// Acquires a lock: at once if the task had it last, else by asking.
class acquire_await {
public:
  acquire_await(lock_ref lock, bool shared, duration limit) noexcept
    : lock_(std::move(lock)), limit_(limit), shared_(shared) {}
  acquire_await(const acquire_await&) = delete;
  acquire_await& operator=(const acquire_await&) = delete;
  ~acquire_await() = default;

  bool await_ready() {
    token_ = shared_ ? 0 : lock_.take();
    return token_ != 0;
  }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiting) {
    auto work = acquire_lock(std::move(lock_), shared_, limit_);
    asking_.emplace(task_access::release(work));
    asking_->await_suspend(awaiting);
  }
  [[nodiscard, gnu::warn_unused_result]] hold<lock_hold>&& await_resume() {
    if (asking_)
      return asking_->await_resume();
    return std::move(got_.emplace(std::move(lock_), token_));
  }

private:
  lock_ref lock_;
  duration limit_;
  bool shared_;
  std::uint64_t token_ = 0;
  std::optional<inline_await<hold<lock_hold>>> asking_;
  std::optional<hold<lock_hold>> got_; // without asking
};

class acquire_choice;

/// What `acquire` gives.
class [[nodiscard]] acquire_op : public operation<acquire_op, hold<lock_hold>> {
public:
  using choice = acquire_choice;

  acquire_op(lock_ref lock, bool shared, duration limit) noexcept
    : lock_(std::move(lock)), limit_(limit), shared_(shared) {}

  task<hold<lock_hold>> start() && {
    return acquire_lock(std::move(lock_), shared_, limit_);
  }
  acquire_await operator co_await() && {
    return {std::move(lock_), shared_, limit_};
  }

private:
  friend class acquire_choice;

  lock_ref lock_;
  duration limit_;
  bool shared_;
};

/// The same as one of several.
class acquire_choice final : public selectable {
public:
  explicit acquire_choice(acquire_op op) : op_(std::move(op)) {}

  task<bool> poll() override;
  hold<lock_hold> value() { return std::move(*got_); }

private:
  void ask(fiber& from, slot_id slot) override;
  void take(fiber& from, slot_id slot, content& answer) override;
  void decline(fiber& from, slot_id slot) noexcept override;

  acquire_op op_;
  std::optional<hold<lock_hold>> got_;
};

} // namespace troupe::detail
