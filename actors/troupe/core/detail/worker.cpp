#include "troupe/core/detail/worker.hpp"

#include "troupe/core/detail/race_point.hpp"
#include "troupe/core/detail/turn.hpp"
#include "troupe/core/detail/worker_pool.hpp"

#include <caf/logger.hpp>

#include <utility>

namespace troupe::detail {

namespace {

using std::chrono::steady_clock;

/// One after the other from the slot, before the queue has its turn.
constexpr std::size_t most_slot_runs = 32;

/// Jobs between two looks at the time, and at what they left.
constexpr std::uint32_t time_interval = 8;

/// Jobs between two looks at what comes from outside the workers.
constexpr std::uint32_t arrivals_interval = 8 * time_interval;

/// How long what came from outside, and what is in the queue, may wait while
/// actors that are kept in the slot go on.
constexpr auto longest_neglect = turn::longest;

/// Jobs that a worker still runs while the pool stops: enough for all that
/// come to an end.
constexpr std::size_t most_last_jobs = 1'000;

constexpr auto longest_spin = std::chrono::microseconds{20};

/// Once a thread has spawned an actor, CAF looks the thread up at every turn,
/// to log what it does. There is no need for that where CAF logs nothing.
void forget_logger() {
#if CAF_LOG_LEVEL == CAF_LOG_LEVEL_QUIET
  if (caf::logger::current_logger())
    caf::logger::set_current_actor_system(nullptr);
#endif
}

} // namespace

worker::worker(worker_pool& pool, caf::actor_system& system, std::size_t index)
  : execution_unit(&system), pool_(pool), index_(index),
    last_jobs_(most_last_jobs) {}

void worker::exec_later(caf::resumable* job) {
  // Sequentially consistent: see `worker_pool::kept`.
  if (auto* older = slot_.exchange(job)) {
    queue_.push(older);
    pool_.queued();
  }
  race_point();
  pool_.kept();
}

void worker::exec_last(caf::resumable* job) {
  if (!has_other_work()) // then it is the next as well
    return exec_later(job);
  queue_.push(job);
  pool_.queued();
}

void worker::exec_again(caf::resumable* job) {
  if (!has_other_work())
    return exec_later(job);
  put_back(job);
}

void worker::exec_new(caf::resumable* job) {
  if (!slot_.load(std::memory_order_relaxed) && queue_.empty()) {
    new_in_slot_ = job;
    return exec_later(job);
  }
  auto* before = new_in_slot_;
  if (before && slot_.compare_exchange_strong(before, nullptr))
    queue_.push(before);
  new_in_slot_ = nullptr;
  queue_.push(job);
  pool_.queued();
}

void worker::run() {
  working_here = this;
  turn::here().watch_time();
  auto* job = next();
  while (job) {
    jobs_begun_.store(jobs_begun_.load(std::memory_order_relaxed) + 1,
                      std::memory_order_relaxed);
    turn::here().begin();
    if (job->resume(this, pool_.max_throughput())
        != caf::resumable::resume_later) {
      intrusive_ptr_release(job);
      job = next();
    } else if (has_other_work()) {
      put_back(job);
      job = next();
    } else if (auto* caught = look_around(steady_clock::now())) {
      put_back(job);
      job = caught;
    }
  }
}

caf::resumable* worker::take_left() {
  auto* result = queue_.pop();
  return result ? result : take_kept();
}

// -- choosing -----------------------------------------------------------------

caf::resumable* worker::next() {
  if (pool_.stopping() && last_jobs_-- == 0)
    return nullptr;
  auto begun = jobs_begun_.load(std::memory_order_relaxed);
  if (begun % time_interval == 0 || turn::here().over())
    if (auto* job = overdue(begun % arrivals_interval == 0))
      return job;
  for (;;) {
    auto* job = take_own();
    if (!job)
      job = search();
    if (job) {
      pool_.end_search(*this);
      return job;
    }
    if (pool_.stopping())
      return nullptr;
    job = pool_.sleep(*this);
    if (job)
      return rescued(job);
  }
}

caf::resumable* worker::overdue(bool arrivals) {
  forget_logger();
  auto now = steady_clock::now();
  if (auto* job = take_overdue(now))
    return job;
  if (auto* job = look_around(now))
    return job;
  return arrivals ? pool_.take_arrivals(*this) : nullptr;
}

void worker::put_back(caf::resumable* job) {
  queue_.keep(job);
  race_point();
  pool_.kept();
}

caf::resumable* worker::take_overdue(steady_clock::time_point now) {
  if (now < next_overdue_)
    return nullptr;
  next_overdue_ = now + longest_neglect;
  // Turns may be so long that this happens after each: then the slot, the queue
  // and arrivals take turns.
  if (slot_runs_ != 0)
    slot_runs_ = most_slot_runs;
  if (!queue_.empty() && now >= next_offer_) {
    next_offer_ = now + pool_.offer_interval();
    queue_.offer_all();
    pool_.queued();
  }
  if (std::exchange(ran_arrival_, false))
    return nullptr;
  auto* job = pool_.take_arrivals(*this);
  ran_arrival_ = job != nullptr;
  return job;
}

caf::resumable* worker::look_around(steady_clock::time_point now) {
  if (pool_.size() == 1 || now < next_look_)
    return nullptr;
  next_look_ = now + worker_pool::look_interval;
  auto* job = look().job;
  return job ? rescued(job) : nullptr;
}

caf::resumable* worker::take_own() {
  if (slot_runs_ < most_slot_runs) {
    if (auto* job = take_kept()) {
      ++slot_runs_;
      return job;
    }
  }
  slot_runs_ = 0;
  if (auto* job = queue_.pop())
    return job;
  if (auto* job = pool_.take_arrivals(*this))
    return job;
  return take_kept();
}

caf::resumable* worker::take_kept() {
  if (!slot_.load(std::memory_order_relaxed))
    return nullptr;
  return slot_.exchange(nullptr, std::memory_order_acq_rel);
}

caf::resumable* worker::search() {
  if (pool_.size() == 1)
    return nullptr;
  pool_.begin_search(*this);
  auto* job = steal();
  if (!job && spins_ && pool_.others_awake()) {
    auto end = steady_clock::now() + longest_spin;
    do {
      for (int i = 0; i < 16; ++i)
        relax();
      if (pool_.any_offered()) {
        job = pool_.take_arrivals(*this);
        if (!job)
          job = steal();
      }
    } while (!job && pool_.others_awake() && steady_clock::now() < end);
  }
  return job;
}

caf::resumable* worker::steal() {
  auto& all = pool_.workers_;
  for (std::size_t i = 1; i < all.size(); ++i) {
    auto& other = *all[(index_ + i) % all.size()];
    if (other.queue_.any_offered() || pool_.stopping())
      if (auto* job = other.queue_.take_share(2, queue_))
        return job;
  }
  return nullptr;
}

worker::sight worker::look() {
  sight result{nullptr, true};
  auto& all = pool_.workers_;
  seen_.resize(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& other = *all[i];
    if (&other == this)
      continue;
    auto begun = other.jobs_begun_.load(std::memory_order_relaxed);
    if (std::exchange(seen_[i], begun) != begun) {
      result.quiet = false;
    } else if (!result.job) {
      result.job = other.take_kept();
      if (!result.job)
        result.job = other.queue_.take_share(2, queue_);
    }
    if (other.slot_.load())
      result.quiet = false;
  }
  return result;
}

caf::resumable* worker::rescued(caf::resumable* job) {
  if (queue_.any_offered()) // others came along
    pool_.queued();
  return job;
}

bool worker::has_other_work() const {
  return slot_.load(std::memory_order_relaxed) || !queue_.empty()
         || pool_.any_offered() || pool_.stopping();
}

} // namespace troupe::detail
