#pragma once

#include <atomic>

namespace troupe::detail {

/// Tells the processor that the thread only waits for another one.
inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// A lock for a few instructions. Whoever waits longer than that lets other
/// threads run: the holder may have been interrupted.
class spin_lock {
public:
  void lock() {
    while (flag_.test_and_set(std::memory_order_acquire))
      wait();
  }

  void unlock() { flag_.clear(std::memory_order_release); }

private:
  void wait() const;

  std::atomic_flag flag_;
};

} // namespace troupe::detail
