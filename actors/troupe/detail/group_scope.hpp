#pragma once

#include "troupe/detail/group_state.hpp"
#include "troupe/detail/handle_await.hpp"
#include "troupe/detail/open_group.hpp"
#include "troupe/detail/own_cancel.hpp"
#include "troupe/detail/suspension.hpp"
#include "troupe/msg/error.hpp"
#include "troupe/task.hpp"

#include <exception>
#include <memory>

namespace troupe {

struct group_progress;

namespace detail {

/// A group while the body of `with_group` runs, and until its tasks have ended.
class group_scope : private slot_handler {
public:
  explicit group_scope(const supervisor_options& options);
  group_scope(const group_scope&) = delete;
  group_scope& operator=(const group_scope&) = delete;
  /// Cancels what runs, if it was not left.
  ~group_scope();

  [[nodiscard]] const std::shared_ptr<group_state>& state() const noexcept {
    return state_;
  }

  /// Waits for all tasks, and throws what follows from how they and the body
  /// ended.
  ///
  /// @param thrown By the body, or null.
  /// @param needs_value Whether there is no value unless the body succeeded.
  task<void> leave(std::exception_ptr thrown, bool needs_value);

private:
  /// The group is cancelled, and so is the body.
  void on_answer(content& what) override;

  fiber& owner_;
  std::shared_ptr<group_state> state_;
  open_group open_;
  own_cancel cancel_;
  slot_id slot_;
  cancel_reason reason_{};
  bool left_ = false;
};

/// Waits until all tasks of a group stand still.
class pause_group_op final : public suspension {
public:
  pause_group_op(std::shared_ptr<group_state> group, duration limit);
  pause_group_op(const pause_group_op&) = delete;
  pause_group_op& operator=(const pause_group_op&) = delete;
  pause_group_op(pause_group_op&&) = default;
  ~pause_group_op();

  void await_suspend(std::coroutine_handle<> coroutine);
  pause_guard await_resume();

private:
  void on_answer(content& what) override;

  std::shared_ptr<group_state> group_;
  duration limit_;
  std::string owner_;
  bool asked_ = false;
  error failed_;
};

/// Asks a group how far it is.
class progress_op final : public suspension {
public:
  explicit progress_op(std::shared_ptr<group_state> group);
  progress_op(const progress_op&) = delete;
  progress_op& operator=(const progress_op&) = delete;
  progress_op(progress_op&&) noexcept;
  ~progress_op();

  void await_suspend(std::coroutine_handle<> coroutine);
  group_progress await_resume();

private:
  void on_answer(content& what) override;

  std::shared_ptr<group_state> group_;
  std::unique_ptr<group_progress> result_;
};

} // namespace detail

} // namespace troupe
