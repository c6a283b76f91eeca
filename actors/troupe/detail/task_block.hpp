#pragma once

#include "troupe/cancelled.hpp"
#include "troupe/core/detail/spin_lock.hpp"
#include "troupe/core/time.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/fiber.hpp"
#include "troupe/detail/holds.hpp"
#include "troupe/detail/nested_end.hpp"
#include "troupe/detail/time_limit.hpp"

#include <algorithm>
#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace troupe::detail {

class completion_queue;
class group_state;
class task_block;

/// The tasks that keep something paused, each by one pause or several.
///
/// Threads: any.
class holders {
public:
  void add(task_block& who, pause_id by = 0);
  void remove(task_block& who, pause_id by = 0);
  /// Removes all of one task.
  std::vector<pause_id> take(task_block& who);
  [[nodiscard]] bool contains(const task_block& who) const;
  [[nodiscard]] std::vector<std::string> names() const;

private:
  struct one {
    const task_block* who;
    pause_id by;
    bool operator==(const one&) const = default;
  };

  mutable spin_lock lock_;
  std::vector<one> all_;
};

/// What a task that waits for another one says.
inline constexpr const char* waiting_for_a_task = "task";

/// What a task, its handles and its group share: how it stands, who waits for
/// it, and in the end its result. It is the one thing that actors share.
///
/// Threads: any.
class task_block : public std::enable_shared_from_this<task_block> {
public:
  enum class phase : std::uint8_t {
    created,
    running,
    succeeded,
    failed,
    cancelled
  };

  explicit task_block(std::string name) : name_(std::move(name)) {}
  task_block(const task_block&) = delete;
  task_block& operator=(const task_block&) = delete;
  /// Reports a failure that nobody collected.
  virtual ~task_block();

  // -- observers --------------------------------------------------------------

  [[nodiscard]] phase state() const noexcept {
    return phase_.load(std::memory_order_acquire);
  }
  /// Whether there is something to start, and to pause.
  [[nodiscard]] virtual bool is_task() const noexcept { return true; }
  [[nodiscard]] bool done() const noexcept { return state() > phase::running; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// @pre `done()`. What it threw, or null.
  [[nodiscard]] const std::exception_ptr& thrown() const noexcept {
    return thrown_;
  }
  /// @pre `done()`. Whether it failed as its deadline passed.
  [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }
  /// The order in which tasks end.
  [[nodiscard]] std::uint64_t end_stamp() const noexcept { return stamp_; }

  /// The failure will be told by somebody: it is not reported.
  void collect() noexcept { collected_.store(true, std::memory_order_relaxed); }

  // -- cancelling -------------------------------------------------------------

  /// @return Whether it was not done.
  virtual bool cancel(const troupe::cancelled& why);
  /// The same, where the caller makes the task look at once.
  bool request_cancel(const troupe::cancelled& why);
  [[nodiscard]] std::uint32_t cancelling() const;
  std::uint32_t uncancel();
  /// Its own deadline passed, or that of its group: it has failed by that,
  /// unlike a task that is cancelled as somebody else's passed.
  void set_past_deadline() noexcept { past_deadline_.store(true); }

  // -- waiting ----------------------------------------------------------------

  /// A slot of an actor that is answered, or a queue that is told an index,
  /// once the task is done.
  struct slot_of_actor {
    actor_ref who;
    slot_id slot;
  };
  struct place_in_queue {
    std::weak_ptr<completion_queue> queue;
    std::size_t index;
  };
  using waiter = std::variant<slot_of_actor, place_in_queue>;
  /// Names a waiter; nothing for a task that was done already.
  using subscription = std::optional<std::list<waiter>::iterator>;

  /// Wakes `who` once the task is done, in the order of subscriptions.
  ///
  /// @return To be given to `unsubscribe`; nothing if the task is done already:
  ///         then nobody is woken.
  [[nodiscard]] subscription subscribe(waiter who);
  /// Takes constant time, whoever else waits.
  void unsubscribe(const subscription& which);
  /// Calls `then` once it is done, in any thread, or at once.
  void on_done(std::function<void()> then);

  // -- for the fiber ----------------------------------------------------------

  /// The coroutine, to be run by this fiber.
  virtual std::coroutine_handle<> begin(fiber& runner) = 0;
  /// Takes the result out of the coroutine and destroys it.
  ///
  /// @return What the coroutine threw, or null.
  virtual std::exception_ptr take_result() = 0;
  /// Destroys the coroutine.
  virtual void drop() noexcept = 0;

  /// @return Who keeps it paused.
  std::vector<pauser> started(caf::local_actor& where, slot_id control);
  /// Its group starts it when it is its turn; cancelled before, it ends at
  /// once.
  void wait_for_turn() noexcept { waits_for_turn_ = true; }
  /// @return False if it ended before.
  bool take_turn();
  /// Ends it, unless its turn came.
  void end_before_start(const troupe::cancelled& why);
  /// One more cancel, which the caller delivers.
  void count_cancel();
  /// How many of the cancels that count have been taken: others are still to
  /// come, though somebody has asked for them.
  [[nodiscard]] std::uint32_t cancels_taken() const;
  /// Takes back one that `count_cancel` counted.
  ///
  /// @param before How many had been thrown before it was counted.
  /// @param leaves Whether a `cancelled` is thrown further. If another cancel
  ///        has been asked for, that is told by it, and is not to be delivered.
  /// @param other That one, if it has not been taken.
  /// @return Whether there is no other: then none is to be delivered.
  [[nodiscard]] bool settle_cancel(std::uint32_t before, bool leaves,
                                   std::optional<troupe::cancelled>& other);
  /// Has a cancel that was counted before delivered again, at the next await of
  /// the running coroutine, whose task this is.
  void deliver_again(const troupe::cancelled& why);
  /// Whether there is a cancel to be delivered.
  [[nodiscard]] bool cancel_pending() const noexcept {
    return cancel_pending_.load(std::memory_order_relaxed);
  }
  /// The cancel that is to be delivered.
  ///
  /// @param count Grows by how many were asked for, which it tells together.
  [[nodiscard]] std::optional<troupe::cancelled>
  take_cancel(std::uint32_t& count);
  /// Ends it; `thrown` null for success.
  void complete(std::exception_ptr thrown);

  /// Pauses one that has not started.
  ///
  /// @return False if it has.
  bool hold_before_start(pauser who);
  /// Undoes that.
  ///
  /// @return False if it has started since.
  bool release_before_start(pause_id who);

  /// Who keeps it paused from now on.
  void show_pausers(const std::vector<pauser>& all);
  [[nodiscard]] std::vector<pauser> pausers() const;

  /// Whether it does not go on unless somebody resumes it.
  [[nodiscard]] bool stands_still() const;

  /// Its actor, while it runs.
  [[nodiscard]] actor_ref where() const;

  // -- for people -------------------------------------------------------------

  /// @param on As in `suspension::suspend`.
  void waits_for(const char* what, const void* on = nullptr) noexcept {
    waiting_for_.store(what, std::memory_order_relaxed);
    waiting_on_.store(on, std::memory_order_relaxed);
    moves_.store(moves_.load(std::memory_order_relaxed) + 1,
                 std::memory_order_relaxed);
  }
  /// Waits for another task.
  void waits_for(const std::shared_ptr<task_block>& other);
  /// That task, while it does.
  [[nodiscard]] std::shared_ptr<task_block> waiting_for_task() const;
  [[nodiscard]] const char* waiting_for() const noexcept {
    return waiting_for_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] const void* waiting_on() const noexcept {
    return waiting_on_.load(std::memory_order_relaxed);
  }
  /// Once it has started.
  [[nodiscard]] task_id id() const;
  [[nodiscard]] std::uint32_t moves() const noexcept {
    return moves_.load(std::memory_order_relaxed);
  }

  /// Of its own deadline and the one that it inherited.
  [[nodiscard]] time_point nearest_deadline() const noexcept {
    return inherited ? std::min(deadline, inherited->nearest()) : deadline;
  }
  /// Whether its group cancels it first, or at the same time.
  [[nodiscard]] bool deadline_watched() const noexcept {
    return inherited && inherited->nearest() <= deadline;
  }

  /// The group that it belongs to.
  std::weak_ptr<group_state> group;
  time_point deadline = never;
  time_limit_ptr inherited;
  std::atomic<std::uint32_t> guards{0}; // of pauses, that it has
  time_point created_at;
  holders held_by;

  /// Its neighbours in the list of all tasks, which is the runtime's.
  task_block* previous = nullptr;
  task_block* next = nullptr;

private:
  static void wake(const slot_of_actor& one);
  static void wake(const place_in_queue& one);

  void set_pending(std::optional<troupe::cancelled> why);
  void nudge();

  std::atomic<phase> phase_{phase::created};
  std::atomic<bool> collected_{false};
  std::atomic<bool> past_deadline_{false};
  std::atomic<bool> cancel_pending_{false};
  std::atomic<std::uint32_t> moves_{0};
  std::atomic<const char*> waiting_for_{nullptr};
  std::atomic<const void*> waiting_on_{nullptr};
  std::string name_;

  mutable spin_lock lock_;
  std::uint32_t cancelling_ = 0;
  std::uint32_t undelivered_ = 0; // of these, told by `pending_cancel_`
  std::optional<troupe::cancelled> pending_cancel_;
  std::list<waiter> waiters_;
  std::function<void()> on_done_;
  weak_actor_ref where_;
  std::weak_ptr<task_block> other_; // that it waits for, or did
  slot_id control_ = 0;
  std::uint64_t client_ = 0; // its actor's id
  std::vector<pauser> pausers_;

  std::exception_ptr thrown_;
  std::uint64_t stamp_ = 0;
  bool waits_for_turn_ = false;
  bool timed_out_ = false;
};

/// The value of a task, once it has succeeded.
template <class T>
class result_block : public task_block {
  static_assert(
    !has_hold<T>,
    "what a lock or a semaphore grants cannot leave the task that "
    "acquired it, through spawn, gather, map, race, "
    "first_success, shield, a group or a promise: acquire it in the "
    "task that uses it");

public:
  using task_block::task_block;
  result_block(const result_block&) = delete;
  result_block& operator=(const result_block&) = delete;
  ~result_block() override { end_nested(stored); }

  /// @pre Succeeded, and not taken.
  [[nodiscard]] const T& value() const noexcept { return *stored; }
  /// Takes it out; false if somebody did already.
  [[nodiscard]] bool claim() noexcept { return !taken_.exchange(true); }
  [[nodiscard]] bool taken() const noexcept { return taken_.load(); }
  [[nodiscard]] T&& steal() noexcept { return std::move(*stored); }

protected:
  std::optional<T> stored;

private:
  std::atomic<bool> taken_{false};
};

template <>
class result_block<void> : public task_block {
public:
  using task_block::task_block;
  void value() const noexcept {}
};

} // namespace troupe::detail
