#pragma once

#include "troupe/core/detail/spin_lock.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <vector>

namespace troupe::detail {

/// Jobs that can run, the oldest first. Each operation takes constant time,
/// however many there are; the memory of the longest queue is kept.
///
/// It counts offers, by which workers that look for a job know that there is
/// one: a job that is pushed adds an offer, a job that is only kept does not.
/// Taking a job uses up no offer, but there are never more offers than jobs.
///
/// Threads: any.
template <class Job>
class run_queue {
public:
  /// The most that `take_share` moves at once.
  static constexpr std::size_t most_shared = 64;

  /// Adds a job, and offers one more.
  void push(Job* job) {
    std::lock_guard lock{lock_};
    push_back(job);
    tell(offered_.load(std::memory_order_relaxed) + 1);
  }

  /// Adds a job without an offer.
  void keep(Job* job) {
    std::lock_guard lock{lock_};
    push_back(job);
    tell(offered_.load(std::memory_order_relaxed));
  }

  void offer_all() {
    std::lock_guard lock{lock_};
    tell(last_ - first_);
  }

  /// Takes the oldest job; null if there is none.
  Job* pop() {
    if (empty())
      return nullptr;
    std::lock_guard lock{lock_};
    if (first_ == last_)
      return nullptr;
    auto* result = pop_front();
    tell_taken();
    return result;
  }

  /// Takes the oldest of `parts` equal parts, rounded up. Moves all but the
  /// first job of it to `rest`, and returns the first; null if there is none.
  /// All jobs count, also those that were only kept.
  Job* take_share(std::size_t parts, run_queue& rest) {
    if (empty())
      return nullptr;
    std::array<Job*, most_shared> taken;
    std::size_t count = 0;
    {
      std::lock_guard lock{lock_};
      count = std::min((last_ - first_ + parts - 1) / parts, most_shared);
      for (std::size_t i = 0; i < count; ++i)
        taken[i] = pop_front();
      tell_taken();
    }
    if (count == 0)
      return nullptr;
    // Never two locks at once: two workers may take from each other.
    if (count > 1) {
      std::lock_guard lock{rest.lock_};
      for (std::size_t i = 1; i < count; ++i)
        rest.push_back(taken[i]);
      rest.tell(rest.offered_.load(std::memory_order_relaxed) + count - 1);
    }
    return taken[0];
  }

  [[nodiscard]] bool empty() const { return size_.load() == 0; }
  [[nodiscard]] bool any_offered() const { return offered_.load() != 0; }

private:
  void push_back(Job* job) {
    if (last_ - first_ == ring_.size())
      grow();
    ring_[last_++ & (ring_.size() - 1)] = job;
  }

  Job* pop_front() { return ring_[first_++ & (ring_.size() - 1)]; }

  void grow() {
    std::vector<Job*> larger(ring_.size() * 2);
    auto count = last_ - first_;
    for (std::size_t i = 0; i < count; ++i)
      larger[i] = pop_front();
    ring_.swap(larger);
    first_ = 0;
    last_ = count;
  }

  // Sequentially consistent: see `worker_pool::queued`.
  void tell(std::size_t offered) {
    size_.store(last_ - first_);
    offered_.store(offered);
  }

  void tell_taken() {
    auto left = last_ - first_;
    // Before the size: no worker is to see an offer in a queue that is empty.
    offered_.store(std::min(offered_.load(std::memory_order_relaxed), left),
                   std::memory_order_release);
    size_.store(left, std::memory_order_release);
  }

  spin_lock lock_;
  std::atomic<std::size_t> size_ = 0;
  std::atomic<std::size_t> offered_ = 0;
  std::size_t first_ = 0; // as if the ring had no end, as is `last_`
  std::size_t last_ = 0;
  std::vector<Job*> ring_ = std::vector<Job*>(256); // a power of two
};

} // namespace troupe::detail
