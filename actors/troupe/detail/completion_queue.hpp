#pragma once

#include "troupe/core/detail/turn.hpp"
#include "troupe/core/time.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/suspension.hpp"
#include "troupe/detail/task_block.hpp"

#include <coroutine>
#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace troupe::detail {

class runtime;

/// When a time is over that begins now; `never` for `forever`.
[[nodiscard]] time_point until(duration limit);

/// Which tasks of some have ended, in the order in which they did. Those that
/// had before come first, in the order given. Each is given once.
///
/// Order:   who waits is served first come, first served; what was given to
///          one that is cancelled goes to the next.
/// Threads: any; awaited from tasks.
class completion_queue final
  : public std::enable_shared_from_this<completion_queue> {
  /// Of a task, and which one of all it was.
  struct end {
    std::size_t number;
    std::size_t index;
  };

public:
  class next_op;

private:
  struct waiter {
    next_op* op;
    actor_ref who;
    slot_id slot;
  };

public:
  /// @param until When `next` gives up; what ends later comes too late.
  [[nodiscard]] static std::shared_ptr<completion_queue>
  make(std::vector<std::shared_ptr<task_block>> tasks, time_point until);

  /// Use `make`.
  completion_queue(std::vector<std::shared_ptr<task_block>> tasks,
                   time_point until);
  completion_queue(const completion_queue&) = delete;
  completion_queue& operator=(const completion_queue&) = delete;
  ~completion_queue();

  class next_op final : public suspension {
  public:
    explicit next_op(std::shared_ptr<completion_queue> queue)
      : queue_(std::move(queue)) {}
    next_op(const next_op&) = delete;
    next_op& operator=(const next_op&) = delete;
    next_op(next_op&&) = default;
    ~next_op();

    [[nodiscard]] bool await_ready() {
      return !turn::here().step() && queue_->try_next(*this);
    }
    void await_suspend(std::coroutine_handle<> coroutine);
    std::optional<std::size_t> await_resume();

  private:
    friend class completion_queue;

    std::shared_ptr<completion_queue> queue_;
    std::optional<end> given_;
    std::optional<std::list<waiter>::iterator> place_;
    slot_id limit_ = 0;
    bool in_line_ = false;
  };

  /// @return To be awaited: gives the index of a task that has ended, or
  ///         nothing once all were given or the time is over.
  /// Fails:  throws `failure` (`would_deadlock`) when none of those that are
  ///         left can end, and there is no limit.
  /// Cancel: at once; nothing is lost.
  [[nodiscard]] next_op next() { return next_op{shared_from_this()}; }

  /// How many were not given.
  [[nodiscard]] std::size_t left() const;

  /// A task has ended: in vain, if the time is over.
  void add(std::size_t index);

private:
  using lock = std::unique_lock<std::mutex>;

  [[nodiscard]] bool has_next() const noexcept {
    return !ended_.empty() || left_ == 0 || expired_;
  }
  void take(next_op& op);
  bool try_next(next_op& op);
  bool stand_in_line(next_op& op);
  void leave_line(next_op& op);
  void confirm(const next_op& op);
  void give_back(end what);
  void serve(lock held);
  void check_may_come();

  const std::vector<std::shared_ptr<task_block>> tasks_;
  std::vector<task_block::subscription> places_; // of these, in `tasks_`
  const time_point until_;
  const std::weak_ptr<runtime> system_; // whose time it is

  mutable std::mutex mutex_;
  std::deque<end> ended_; // in their order
  std::size_t ends_ = 0;
  std::list<waiter> line_;
  std::size_t left_;
  std::size_t first_left_ = 0; // those before it have ended
  bool expired_ = false;
};

} // namespace troupe::detail
