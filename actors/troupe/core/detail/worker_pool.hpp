#pragma once

#include "troupe/core/detail/run_queue.hpp"
#include "troupe/core/detail/worker.hpp"

#include <caf/fwd.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace troupe::detail {

/// Threads that run actors. They sleep while there are none to run.
///
/// One worker may be caught in a handler that blocks, with actors in its slot
/// and its queue. So while others have nothing to do, one of them stays on
/// watch: it looks around every millisecond, until nothing has happened in
/// between.
class worker_pool {
public:
  static constexpr auto look_interval = std::chrono::milliseconds{1};

  worker_pool(caf::actor_system& system, std::size_t size,
              std::size_t max_throughput);
  ~worker_pool();
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  void start();

  /// Lets the workers finish what comes to an end, and ends them.
  void stop();

  /// Has the workers end, and waits for that.
  ///
  /// @return Whether they have ended within the limit.
  bool halt(std::chrono::steady_clock::duration limit);

  /// Takes a job that was left; null if there is none. After `stop`.
  caf::resumable* take_left();

  /// Makes a job run. From any thread.
  void enqueue(caf::resumable* job);

  [[nodiscard]] std::size_t size() const { return workers_.size(); }
  [[nodiscard]] std::size_t max_throughput() const { return max_throughput_; }

private:
  friend class worker;

  // -- for workers ------------------------------------------------------------

  /// A job is on offer in a queue: wakes a worker for it if need be.
  void queued();

  /// A job is kept in a slot, or in a queue without an offer: puts a worker on
  /// watch if need be.
  void kept();

  /// Takes from outside the workers what is one worker's part.
  caf::resumable* take_arrivals(worker& me);

  void begin_search(worker& me);

  /// It has found a job, if it searched for one.
  void end_search(worker& me);

  /// Waits until there may be a job to be found, or returns one.
  caf::resumable* sleep(worker& me);

  /// Somebody else may soon make jobs, unless all come from outside.
  [[nodiscard]] bool others_awake() const {
    return sleeping_.load(std::memory_order_relaxed) + 1 < size();
  }

  /// How often a worker offers what it has put back: more rarely while those
  /// that are woken soon find nothing to do any more.
  [[nodiscard]] std::chrono::steady_clock::duration offer_interval() const {
    return look_interval * (1 << vain_.load(std::memory_order_relaxed));
  }

  [[nodiscard]] bool any_offered() const;
  [[nodiscard]] bool any_kept() const;

  [[nodiscard]] bool stopping() const {
    return stopping_.load(std::memory_order_relaxed);
  }

  void begin_stop();

  // -- under the lock ---------------------------------------------------------

  caf::resumable* watch(worker& me, std::unique_lock<std::mutex>& lock);
  void appoint_watcher();
  void leave(worker& me);
  void publish();

  caf::actor_system& system_;
  std::size_t max_throughput_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::vector<std::thread> threads_;
  run_queue<caf::resumable> arrivals_; // from outside the workers

  alignas(64) std::atomic<std::size_t> sleeping_ = 0; // the watcher as well
  std::atomic<bool> unwatched_ = false; // There are sleepers, but no watcher.
  std::atomic<std::size_t> searching_ = 0;
  std::atomic<int> vain_ = 0; // workers woken one after the other, for little
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> outsiders_ = 0; // threads that are in `enqueue`

  std::mutex mutex_;
  std::size_t at_work_ = 0; // workers whose threads have not ended
  std::condition_variable one_ended_;
  std::vector<worker*> sleepers_; // the last one is woken first
  worker* watcher_ = nullptr;     // asleep, but not among the sleepers
};

} // namespace troupe::detail
