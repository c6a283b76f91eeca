#pragma once

#include "soak/task_program.hpp"
#include "troupe/handle.hpp"
#include "troupe/this_task.hpp"

#include <atomic>
#include <memory>
#include <utility>

namespace troupe::testing {

class pausable;
using pausable_ptr = std::shared_ptr<pausable>;

/// A task of a program, or the tasks of a scope: what somebody may pause, and
/// with it all that works for it.
///
/// Threads: any.
class pausable {
public:
  /// @param around What is paused with all of this; null for a free task.
  pausable(std::shared_ptr<program> x, pausable_ptr around)
    : all(std::move(x)), around_(std::move(around)) {}

  /// The running task is this one.
  void begin() {
    task_ = this_task::handle();
    goes_on();
  }

  /// The running task, which is this one, goes on: nothing that covers it is
  /// held, unless a cancel has ended that pause. Those cancels are never
  /// undone: only scopes undo theirs, which end no pause.
  void goes_on() const {
    auto cancelled = false;
    for (const auto* at = this; at; at = at->around_.get()) {
      cancelled = cancelled || (at->task_ && at->task_.cancelling() != 0);
      all->expect(cancelled || at->held_ == 0, "a paused task goes on");
    }
  }

  const std::shared_ptr<program> all;

private:
  friend class holding;

  const pausable_ptr around_;
  any_handle task_; // none for a scope
  std::atomic<int> held_{0};
};

/// Somebody has its pause, which is complete: to be destroyed before the guard.
class holding {
public:
  explicit holding(pausable_ptr what) : what_(std::move(what)) {
    ++what_->held_;
  }
  holding(const holding&) = delete;
  holding& operator=(const holding&) = delete;
  ~holding() { --what_->held_; }

private:
  pausable_ptr what_;
};

} // namespace troupe::testing
