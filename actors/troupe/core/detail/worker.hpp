#pragma once

#include "troupe/core/detail/run_queue.hpp"

#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace troupe::detail {

class worker_pool;

/// Runs actors, on a thread of its pool.
///
/// The actor that became runnable last runs next, since what it needs is still
/// in the processor's cache. It is kept in a slot, the others in a queue.
class alignas(64) worker final : public caf::execution_unit {
public:
  worker(worker_pool& pool, caf::actor_system& system, std::size_t index);

  /// Keeps `job` for later. For the actor that runs here.
  void exec_later(caf::resumable* job) override;

  /// The same after all that it has already.
  void exec_last(caf::resumable* job);

  /// The same for a job that had its turn, and lets others have theirs.
  void exec_again(caf::resumable* job);

  /// Keeps an actor that has not begun: those begin in the order in which they
  /// come here. A single one is kept as others are.
  void exec_new(caf::resumable* job);

  /// That of this thread, or null.
  [[nodiscard]] static worker* here() noexcept { return working_here; }

  /// The same if `unit` is that of this thread, else null.
  [[nodiscard]] static worker* here(const caf::execution_unit* unit) noexcept {
    return working_here == unit ? working_here : nullptr;
  }

  /// Runs actors until the pool stops.
  void run();

  /// Takes what was left when the pool had stopped; null if there is nothing.
  caf::resumable* take_left();

private:
  friend class worker_pool;

  struct sight {
    caf::resumable* job;
    bool quiet; // Nobody did anything since the last look.
  };

  // -- choosing ---------------------------------------------------------------

  /// What to run next, waiting for it; null once the pool has stopped.
  caf::resumable* next();

  /// What is due now and then, though it is nobody's turn yet.
  ///
  /// @param arrivals Whether to take what came from outside at any time.
  caf::resumable* overdue(bool arrivals);

  /// Keeps a job whose turn is over. It is not on offer yet: those that talk
  /// with each other in short steps belong on the same thread.
  void put_back(caf::resumable* job);

  /// Takes a job that a colleague is caught in front of, if it is time to look
  /// for one. Also while one actor keeps this worker busy for turn after turn.
  caf::resumable* look_around(std::chrono::steady_clock::time_point now);

  /// Takes what came from outside the workers, lets the queue have its turn
  /// before the slot, and offers what is in the queue, if that has not been so
  /// for a while.
  caf::resumable* take_overdue(std::chrono::steady_clock::time_point now);

  caf::resumable* take_own();
  caf::resumable* take_kept();
  caf::resumable* search();
  caf::resumable* steal();

  /// Looks for colleagues that are in the same job as at the last look, and
  /// takes what they would keep until they are done with it.
  sight look();

  /// Begins with a job that `look` took.
  caf::resumable* rescued(caf::resumable* job);

  [[nodiscard]] bool has_other_work() const;

  static inline constinit thread_local worker* working_here = nullptr;

  // -- read by colleagues -----------------------------------------------------

  run_queue<caf::resumable> queue_;
  alignas(64) std::atomic<caf::resumable*> slot_ = nullptr;
  std::atomic<std::uint32_t> jobs_begun_ = 0;

  // -- of its own thread ------------------------------------------------------

  alignas(64) worker_pool& pool_;
  std::size_t index_;
  std::size_t slot_runs_ = 0;             // one after the other
  caf::resumable* new_in_slot_ = nullptr; // or was there, and has begun since
  std::size_t last_jobs_;           // still to be run while the pool stops
  std::vector<std::uint32_t> seen_; // of each colleague: `jobs_begun_`
  std::chrono::steady_clock::time_point next_look_;
  std::chrono::steady_clock::time_point next_overdue_;
  bool ran_arrival_ = false; // as the last that was overdue
  std::chrono::steady_clock::time_point next_offer_;
  std::chrono::steady_clock::time_point woke_;
  bool spins_ = false; // before it sleeps: it was woken soon the last time

  // -- of the pool, under its lock --------------------------------------------

  bool asleep_ = false;
  bool searching_ = false; // counted in `worker_pool::searching_`
  std::condition_variable woken_;
};

/// For CAF, which knows `exec_later` only: keeps jobs for a worker in another
/// way.
template <void (worker::*Keep)(caf::resumable*)>
class launch_pad final : public caf::execution_unit {
public:
  explicit launch_pad(worker& here)
    : execution_unit(&here.system()), here_(here) {}

  void exec_later(caf::resumable* job) override { (here_.*Keep)(job); }

private:
  worker& here_;
};

} // namespace troupe::detail
