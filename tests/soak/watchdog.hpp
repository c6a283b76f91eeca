#pragma once

#include "troupe/detail/runtime.hpp"
#include "troupe/tree.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace troupe::testing {

/// Ends the process when a run takes too long, and prints its tasks.
class watchdog {
public:
  /// @param seed Of the run.
  /// @param limit Longest time that it may take.
  watchdog(std::uint64_t seed, std::chrono::seconds limit)
    : seed_(seed), limit_(limit) {}
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  ~watchdog() {
    {
      std::lock_guard lock{mutex_};
      ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void watch(std::weak_ptr<detail::runtime> system) {
    std::lock_guard lock{mutex_};
    system_ = std::move(system);
  }

private:
  void guard() {
    std::unique_lock lock{mutex_};
    if (changed_.wait_for(lock, limit_, [this] { return ended_; }))
      return;
    std::fprintf(stderr, "TROUPE_SEED=%llu: it hangs on threads\n",
                 static_cast<unsigned long long>(seed_));
    if (auto system = system_.lock())
      std::fputs(to_string(detail::tree(*system)).c_str(), stderr);
    std::abort();
  }

  std::uint64_t seed_;
  std::chrono::seconds limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::weak_ptr<detail::runtime> system_;
  std::thread thread_{[this] { guard(); }};
};

} // namespace troupe::testing
