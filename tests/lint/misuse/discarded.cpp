// Not built with the rest: misuse.py compiles it, and expects a warning of each
// line that ends with `warned`, and of no other.
#include "troupe/capacity_limiter.hpp"
#include "troupe/condition.hpp"
#include "troupe/lock.hpp"
#include "troupe/rwlock.hpp"
#include "troupe/semaphore.hpp"
#include "troupe/timeout.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace troupe {

using namespace std::chrono_literals;

task<held> acquired(lock mutex) {
  co_return co_await mutex.acquire();
}

task<void> nobody_keeps_it(lock mutex, rwlock data, semaphore slots,
                           capacity_limiter places, condition ready) {
  co_await mutex.acquire();               // warned
  co_await mutex.acquire_for(1s);         // warned
  co_await mutex.try_acquire();           // warned
  co_await data.read();                   // warned
  co_await data.write();                  // warned
  co_await slots.acquire();               // warned
  co_await slots.acquire_for(1s);         // warned
  co_await places.acquire();              // warned
  co_await ready.acquire();               // warned
  co_await acquired(mutex);               // warned
  co_await wait_for(mutex.acquire(), 1s); // warned
}

task<void> somebody_keeps_it(lock mutex, semaphore slots) {
  auto mine = co_await mutex.acquire();
  mine = co_await mutex.acquire();
  const auto place = co_await slots.acquire();
  std::optional<held> other = co_await mutex.acquire();
  if (auto got = co_await mutex.try_acquire())
    co_await got->release();
  held last{co_await acquired(mutex)};
  co_await slots.release();
}

} // namespace troupe
