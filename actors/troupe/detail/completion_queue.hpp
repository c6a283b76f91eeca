#pragma once

#include "troupe/core/time.hpp"
#include "troupe/detail/suspension.hpp"
#include "troupe/detail/task_block.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace troupe::detail {

/// When a time is over that begins now; `never` for `forever`.
[[nodiscard]] time_point until(duration limit);

/// Which tasks of some have ended, in the order in which they did. Those that
/// had before come first, in the order given.
///
/// Threads: from one task.
class completion_queue final : private slot_handler {
public:
  /// @param until When `next` gives up.
  completion_queue(std::vector<std::shared_ptr<task_block>> tasks,
                   time_point until);
  completion_queue(const completion_queue&) = delete;
  completion_queue& operator=(const completion_queue&) = delete;
  ~completion_queue();

  class next_op final : public suspension {
  public:
    explicit next_op(completion_queue& queue) : queue_(queue) {}
    next_op(const next_op&) = delete;
    next_op& operator=(const next_op&) = delete;
    next_op(next_op&&) = default;
    ~next_op() { queue_.waiting_ = nullptr; }

    [[nodiscard]] bool await_ready() const { return queue_.has_next(); }
    void await_suspend(std::coroutine_handle<> coroutine);
    std::optional<std::size_t> await_resume();

  private:
    friend class completion_queue;
    completion_queue& queue_;
  };

  /// @return To be awaited: gives the index of a task that has ended, or
  ///         nothing once all were given or the time is over.
  [[nodiscard]] next_op next() { return next_op{*this}; }

  /// How many were not given.
  [[nodiscard]] std::size_t left() const noexcept { return left_; }

private:
  class limit_slot final : public slot_handler {
  public:
    explicit limit_slot(completion_queue& queue) : queue_(queue) {}
    void on_answer(content&) override;

  private:
    completion_queue& queue_;
  };

  [[nodiscard]] bool has_next() const noexcept {
    return !ended_.empty() || left_ == 0 || expired_;
  }
  void on_answer(content& what) override;
  void check_may_come();
  void expire();
  void wake();

  fiber& owner_;
  std::vector<std::shared_ptr<task_block>> tasks_;
  std::deque<std::size_t> ended_;
  std::size_t left_;
  std::size_t first_left_ = 0; // those before it have ended
  slot_id slot_;
  limit_slot limit_handler_{*this};
  slot_id limit_ = 0;
  bool expired_ = false;
  next_op* waiting_ = nullptr;
};

} // namespace troupe::detail
