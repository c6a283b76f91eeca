#pragma once

#include "troupe/core/detail/turn.hpp"
#include "troupe/detail/suspension.hpp"
#include "troupe/detail/task_block.hpp"

#include <memory>
#include <type_traits>
#include <utility>

namespace troupe {

/// Keeps a task paused; when it goes, the task goes on.
///
/// Threads: from one at a time.
class [[nodiscard]] pause_guard {
public:
  explicit pause_guard(std::function<void()> resume)
    : resume_(std::move(resume)) {}
  pause_guard(const pause_guard&) = delete;
  pause_guard& operator=(const pause_guard&) = delete;
  pause_guard(pause_guard&& other) noexcept
    : resume_(std::exchange(other.resume_, nullptr)) {}
  /// What this kept paused goes on.
  pause_guard& operator=(pause_guard&& other) noexcept {
    pause_guard{std::move(other)}.resume_.swap(resume_);
    return *this;
  }
  ~pause_guard() { resume(); }

  /// Lets it go on now.
  void resume() {
    if (auto now = std::exchange(resume_, nullptr))
      now();
  }

private:
  std::function<void()> resume_;
};

namespace detail {

struct handle_access;

/// Before the running task waits for the end of another, or for some tasks to
/// stand still.
///
/// Fails: throws `failure` (`would_deadlock`) if that would never come: the
///        task waits for itself, or keeps what it waits for paused.
void check_may_end(const task_block& task);
/// The same as a text, or null.
[[nodiscard]] const char* deadlock_with(const task_block& task);
void check_may_pause(const task_block& task);
void check_may_pause(const group_state& group);

/// Waits for the end of a task.
class end_wait : public suspension {
public:
  [[nodiscard]] bool await_ready() const noexcept {
    return block_->done() && !turn::here().step();
  }
  void await_suspend(std::coroutine_handle<> coroutine);
  [[nodiscard]] bool done() const noexcept { return block_->done(); }

protected:
  explicit end_wait(std::shared_ptr<task_block> block, bool shielded = false)
    : block_(std::move(block)), shielded_(shielded) {}
  end_wait(const end_wait&) = delete;
  end_wait& operator=(const end_wait&) = delete;
  end_wait(end_wait&&) = default;
  ~end_wait();

  /// Throws what the task threw.
  void check_end();

private:
  bool on_cancel(const cancelled& why) override;

  std::shared_ptr<task_block> block_;
  task_block::subscription place_;
  bool shielded_;
  bool passed_on_ = false; // a cancel of the task that waits
};

/// Waits for the value of a task: for a reference to it, or to move it out.
template <class T, bool Move>
class handle_await final : public end_wait {
public:
  explicit handle_await(std::shared_ptr<result_block<T>> block,
                        bool shielded = false)
    : end_wait(block, shielded), block_(std::move(block)) {}

  std::conditional_t<Move || std::is_void_v<T>, T,
                     std::add_lvalue_reference_t<const T>>
  await_resume() {
    check_end();
    if constexpr (std::is_void_v<T>) {
      return;
    } else if constexpr (Move) {
      if (!block_->claim())
        throw_already_taken();
      return block_->steal();
    } else {
      if (block_->taken())
        throw_already_taken();
      return block_->value();
    }
  }

private:
  std::shared_ptr<result_block<T>> block_;
};

/// Waits until a task stands still.
class pause_task_op final : public suspension {
public:
  explicit pause_task_op(std::shared_ptr<task_block> task)
    : task_(std::move(task)) {}
  pause_task_op(const pause_task_op&) = delete;
  pause_task_op& operator=(const pause_task_op&) = delete;
  pause_task_op(pause_task_op&&) = default;
  ~pause_task_op();

  void await_suspend(std::coroutine_handle<> coroutine);
  pause_guard await_resume();

private:
  std::shared_ptr<task_block> task_;
  pause_id id_ = 0;
  bool asked_ = false;
};

/// Undoes all pauses of a task that the running task asked for.
///
/// @return Whether there was one.
bool undo_pauses(const std::shared_ptr<task_block>& task);

} // namespace detail

} // namespace troupe
