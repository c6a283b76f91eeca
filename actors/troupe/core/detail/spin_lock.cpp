#include "troupe/core/detail/spin_lock.hpp"

#include <thread>

namespace troupe::detail {

void spin_lock::wait() const {
  int patience = 64;
  while (flag_.test(std::memory_order_relaxed)) {
    if (patience-- > 0)
      relax();
    else
      std::this_thread::yield();
  }
}

} // namespace troupe::detail
