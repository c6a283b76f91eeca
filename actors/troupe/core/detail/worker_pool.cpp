#include "troupe/core/detail/worker_pool.hpp"

#include "troupe/core/detail/race_point.hpp"

#include <caf/actor_system.hpp>
#include <caf/detail/set_thread_name.hpp>
#include <caf/logger.hpp>

#include <algorithm>

namespace troupe::detail {

// No wake-up is lost. Who has a job for others first stores it (in a queue, or
// a slot) and then loads `sleeping_`, `searching_` and `unwatched_`. Who goes
// to sleep first stores those and then loads the queues and slots. All of these
// are sequentially consistent, hence in one order that all threads agree upon:
// of two that meet, at least one sees what the other has stored. (Only those
// that take a job are not: a queue may seem to have more than it has.) Who
// offers a job leaves it to a worker that searches; that one looks at the
// queues once more after it has said that it searches no longer, whatever it
// found. A worker that moves jobs to its own queue offers them anew.

namespace {

using std::chrono::steady_clock;

/// A worker that is woken sooner spins before it sleeps the next time.
constexpr auto short_sleep = std::chrono::microseconds{50};

/// Offers are made 16 times as rarely at most.
constexpr int most_vain = 4;

} // namespace

worker_pool::worker_pool(caf::actor_system& system, std::size_t size,
                         std::size_t max_throughput)
  : system_(system), max_throughput_(max_throughput) {
  for (std::size_t i = 0; i < size; ++i)
    workers_.push_back(std::make_unique<worker>(*this, system, i));
}

/// Whoever brought the last job may have lost its turn since then.
worker_pool::~worker_pool() {
  while (outsiders_.load(std::memory_order_acquire) != 0)
    std::this_thread::yield();
}

void worker_pool::start() {
  at_work_ = workers_.size();
  for (auto& x : workers_)
    threads_.emplace_back([this, &x] {
#if CAF_LOG_LEVEL > CAF_LOG_LEVEL_QUIET
      // A CAF that logs nothing would only look the thread up at every turn.
      CAF_SET_LOGGER_SYS(&system_);
#endif
      caf::detail::set_thread_name("troupe.worker");
      system_.thread_started();
      x->run();
      system_.thread_terminates();
      std::lock_guard lock{mutex_};
      --at_work_;
      one_ended_.notify_all();
    });
}

void worker_pool::begin_stop() {
  std::lock_guard lock{mutex_};
  stopping_ = true;
  for (auto& x : workers_) {
    x->asleep_ = false;
    x->woken_.notify_one();
  }
  sleepers_.clear();
  watcher_ = nullptr;
  publish();
}

void worker_pool::stop() {
  begin_stop();
  for (auto& x : threads_)
    x.join();
}

bool worker_pool::halt(steady_clock::duration limit) {
  begin_stop();
  std::unique_lock lock{mutex_};
  return one_ended_.wait_for(lock, limit, [this] { return at_work_ == 0; });
}

caf::resumable* worker_pool::take_left() {
  for (auto& x : workers_)
    if (auto* job = x->take_left())
      return job;
  return arrivals_.pop();
}

void worker_pool::enqueue(caf::resumable* job) {
  if (auto* me = worker::here(); me && &me->pool_ == this) {
    me->exec_last(job);
  } else {
    outsiders_.fetch_add(1, std::memory_order_relaxed);
    arrivals_.push(job);
    race_point();
    queued();
    outsiders_.fetch_sub(1, std::memory_order_release);
  }
}

// -- for workers --------------------------------------------------------------

void worker_pool::queued() {
  if (sleeping_.load() == 0 || searching_.load() != 0)
    return;
  worker* woken = nullptr;
  {
    std::lock_guard lock{mutex_};
    if (searching_.load() != 0)
      return;
    woken = sleepers_.empty() ? watcher_ : sleepers_.back();
    if (!woken)
      return;
    leave(*woken);
    begin_search(*woken);
  }
  woken->woken_.notify_one();
}

void worker_pool::kept() {
  if (!unwatched_.load())
    return;
  std::lock_guard lock{mutex_};
  appoint_watcher();
}

caf::resumable* worker_pool::take_arrivals(worker& me) {
  auto* result = arrivals_.take_share(workers_.size(), me.queue_);
  if (result && me.queue_.any_offered())
    queued();
  return result;
}

void worker_pool::begin_search(worker& me) {
  if (!me.searching_) {
    me.searching_ = true;
    ++searching_;
  }
}

void worker_pool::end_search(worker& me) {
  if (!me.searching_)
    return;
  me.searching_ = false;
  if (--searching_ == 0 && any_offered())
    queued();
}

caf::resumable* worker_pool::sleep(worker& me) {
  auto began = steady_clock::now();
  auto in_vain = began - me.woke_ < 2 * look_interval;
  vain_.store(in_vain ? std::min(vain_.load() + 1, most_vain) : 0);
  caf::resumable* job = nullptr;
  race_point();
  std::unique_lock lock{mutex_};
  me.asleep_ = true;
  sleepers_.push_back(&me);
  publish();
  if (me.searching_) {
    me.searching_ = false;
    --searching_;
  }
  if (stopping() || any_offered()) {
    leave(me);
    begin_search(me); // There may be more than one: to wake the next.
  } else if (any_kept()) {
    appoint_watcher();
  }
  while (me.asleep_) {
    if (watcher_ == &me)
      job = watch(me, lock);
    else
      me.woken_.wait(lock);
  }
  me.woke_ = steady_clock::now();
  me.spins_ = me.woke_ - began < short_sleep;
  return job;
}

bool worker_pool::any_offered() const {
  return !arrivals_.empty()
         || std::any_of(workers_.begin(), workers_.end(),
                        [](const auto& x) { return x->queue_.any_offered(); });
}

bool worker_pool::any_kept() const {
  return std::any_of(workers_.begin(), workers_.end(), [](const auto& x) {
    return x->slot_.load() || !x->queue_.empty();
  });
}

// -- under the lock -----------------------------------------------------------

caf::resumable* worker_pool::watch(worker& me,
                                   std::unique_lock<std::mutex>& lock) {
  auto [job, quiet] = me.look();
  if (job) {
    leave(me);
    if (any_kept())
      appoint_watcher();
  } else if (quiet) {
    watcher_ = nullptr;
    sleepers_.push_back(&me);
    publish();
    if (any_kept())
      appoint_watcher();
  } else {
    me.woken_.wait_for(lock, look_interval);
  }
  return job;
}

void worker_pool::appoint_watcher() {
  if (watcher_ || sleepers_.empty())
    return;
  watcher_ = sleepers_.back();
  sleepers_.pop_back();
  publish();
  watcher_->woken_.notify_one();
}

void worker_pool::leave(worker& me) {
  me.asleep_ = false;
  if (watcher_ == &me)
    watcher_ = nullptr;
  else
    std::erase(sleepers_, &me);
  publish();
}

void worker_pool::publish() {
  sleeping_ = sleepers_.size() + (watcher_ ? 1 : 0);
  unwatched_ = !watcher_ && !sleepers_.empty();
}

} // namespace troupe::detail
