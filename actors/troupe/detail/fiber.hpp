#pragma once

#include "troupe/cancelled.hpp"
#include "troupe/core/time.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/time_limit.hpp"

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace caf {
class local_actor;
class type_erased_tuple;
} // namespace caf

namespace troupe::detail {

class fiber;
class open_group;
class runtime;
class task_block;
class suspension;
class turn;

/// What an answer brings; empty where it only says "ready".
using content = caf::type_erased_tuple;

/// Names a place of an actor where an answer is expected.
using slot_id = std::uint64_t;

/// Names who keeps a task paused.
using pause_id = std::uint64_t;

/// Names a task among all that a system ever has: the id of its actor, and its
/// number there.
struct task_id {
  std::uint64_t client = 0;
  std::uint64_t control = 0;
  friend bool operator==(const task_id&, const task_id&) = default;
};

/// Who that is.
struct pauser {
  pause_id id;
  std::string name; // of a task; empty for the task's group
};

/// A sum that threads add to without waiting for each other.
class tally {
public:
  void add(std::int64_t x) noexcept;
  [[nodiscard]] std::int64_t value() const noexcept;

private:
  static constexpr std::size_t size = 16;
  struct alignas(64) cell {
    std::atomic<std::int64_t> value{0};
  };
  cell cells_[size];
};

/// Coroutine frames that exist: zero once every task has ended.
inline tally frames_alive;

/// Takes the answers to a slot.
class slot_handler {
public:
  virtual void on_answer(content& what) = 0;

protected:
  ~slot_handler() = default;
};

/// The actor in which a fiber runs: all that coroutines need of CAF.
class fiber_host {
public:
  [[nodiscard]] virtual caf::local_actor& self() noexcept = 0;
  /// Has answers with this id given to `fiber::answer`.
  virtual void listen(slot_id id) = 0;
  virtual void ignore(slot_id id) = 0;
  /// The coroutine has ended; the fiber may be destroyed.
  virtual void ended() = 0;

protected:
  ~fiber_host() = default;
};

/// A root coroutine, with all that it awaits inline, inside an actor: runs it,
/// holds it while it is paused, and throws a cancel at its await.
///
/// All transfers of control go through one loop, so that the stack does not
/// grow, and no frame is destroyed while it is resumed.
///
/// Threads: from its actor only.
class fiber {
public:
  fiber(fiber_host& host, std::shared_ptr<task_block> block,
        std::shared_ptr<runtime> system);
  fiber(const fiber&) = delete;
  fiber& operator=(const fiber&) = delete;
  /// Destroys a coroutine that has not ended: the task is `lost`.
  ~fiber();

  /// The fiber whose coroutine runs in this thread, or null.
  [[nodiscard]] static fiber* current() noexcept { return running_here; }

  /// Fails: throws `failure` (`no_running_system`) outside of any task.
  [[nodiscard]] static fiber& require();

  // -- for the host -----------------------------------------------------------

  /// Lets the coroutine run up to its first await.
  void start();

  /// Something came for a slot; unknown ids are of waits that were given up.
  void answer(slot_id id, content& what);

  /// Holds the coroutine at its next await, until all who paused it resumed. A
  /// cancel ends every pause.
  void pause(pauser who);
  void resume(pause_id who);

  /// Calls `then` once it stands still, and so does all that it awaits.
  void when_parked(std::function<void()> then);

  /// Cancels the task, from its own actor.
  void cancel(const cancelled& why);
  /// The same when its deadline passed, or that of its group.
  void expire(std::string text);

  /// Where the task is nudged when its cancel count changed; 0 before it began.
  /// No other task of its actor has the same.
  [[nodiscard]] slot_id control() const noexcept { return control_; }
  /// The id of its actor.
  [[nodiscard]] std::uint64_t client() const noexcept { return client_; }
  [[nodiscard]] task_id id() const noexcept { return {client_, control_}; }

  // -- for coroutines ---------------------------------------------------------

  /// The coroutine that runs next, once the running one has suspended.
  void transfer(std::coroutine_handle<> next) noexcept { next_ = next; }

  [[nodiscard]] slot_id open(slot_handler& handler);
  void close(slot_id id);
  [[nodiscard]] bool is_open(slot_id id) const noexcept;

  /// Answers a slot at that time.
  void set_timer(slot_id id, time_point when);
  /// The same for the end of a time limit: what happens at the same time comes
  /// first (asyncio row F7).
  void set_limit(slot_id id, time_point when);
  void clear_timer(slot_id id);
  /// Answers a slot after all messages that are there already.
  void answer_later(slot_id id);
  /// Answers a slot after all actors that can run have had a turn.
  void answer_next_turn(slot_id id);

  /// Throws `why` at the await, now or next, unless what is awaited takes over.
  void interrupt(const cancelled& why);
  /// Takes back an interrupt that has not been delivered.
  void withdraw() noexcept;
  /// How many of the task's cancels have been thrown, of those that count.
  [[nodiscard]] std::uint32_t cancels_thrown() const;
  /// The running coroutine cancelled its own task.
  void cancelled_itself() noexcept { self_cancelled_ = true; }

  [[nodiscard]] time_point now() const;
  /// The nearest of the task's own and of the time limits that it is in.
  [[nodiscard]] time_point deadline() const noexcept;
  /// The same as it may be moved; null if there is none.
  [[nodiscard]] time_limit_ptr limit() const;
  /// The innermost that the coroutine set itself.
  time_limit_ptr& inner_limit() { return around().limit; }

  /// Whether its actor ends under it, and sends nothing any more.
  [[nodiscard]] bool closing() const noexcept { return closing_; }

  [[nodiscard]] fiber_host& host() noexcept { return host_; }
  [[nodiscard]] const std::shared_ptr<task_block>& block() const noexcept {
    return block_;
  }
  [[nodiscard]] const std::shared_ptr<runtime>& system() const noexcept {
    return system_;
  }

  /// The groups that are open in this coroutine, the innermost last.
  std::vector<open_group*>& groups() { return around().groups; }

private:
  friend class suspension;

  static inline constinit thread_local fiber* running_here = nullptr;

  /// What few tasks have, and few at a time.
  struct surroundings {
    std::vector<pauser> pauses;
    time_limit_ptr limit;
    std::vector<open_group*> groups;
  };

  [[nodiscard]] surroundings& around() {
    if (!around_)
      around_ = std::make_unique<surroundings>();
    return *around_;
  }
  [[nodiscard]] bool paused() const noexcept {
    return around_ && !around_->pauses.empty();
  }
  [[nodiscard]] slot_id new_slot();
  void go();
  bool run(turn& here);
  void defer();
  void keep_while_paused();
  /// Whether the coroutine has returned, or never runs.
  [[nodiscard]] bool at_end() const noexcept { return !root_ || root_.done(); }
  bool prepare();
  bool prepare_start();
  bool pass_on();
  void finish();
  std::unique_ptr<cancelled> take_interrupt() noexcept {
    throwing_ = false;
    carried_ = 0;
    return std::exchange(interrupt_, nullptr);
  }
  void take_cancel();

  fiber_host& host_;
  std::shared_ptr<task_block> block_;
  std::shared_ptr<runtime> system_;

  std::coroutine_handle<> root_;
  std::coroutine_handle<> next_;
  suspension* waiting_ = nullptr;
  bool running_ = false;
  bool ready_ = false; // what it waits for is there, or it is to start
  bool self_cancelled_ = false;
  bool throwing_ = false; // the interrupt is thrown where it resumes
  bool overdue_ = false;  // an await went well though an interrupt was there
  bool deferred_ = false; // its turn was over, the next one is asked for
  bool finished_ = false;
  bool closing_ = false; // the actor ends under it
  std::unique_ptr<cancelled> interrupt_;
  std::uint32_t carried_ = 0; // cancels of the task that the interrupt tells

  std::unique_ptr<surroundings> around_;
  actor_ref kept_; // its own actor, while it is paused
  std::vector<std::pair<slot_id, slot_handler*>> slots_;
  slot_id control_ = 0;
  slot_id deadline_timer_ = 0;
  std::uint64_t client_ = 0;
};

} // namespace troupe::detail
