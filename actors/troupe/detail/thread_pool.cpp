#include "troupe/detail/thread_pool.hpp"

#include <thread>
#include <utility>

namespace troupe::detail {

thread_pool::thread_pool(std::size_t most) : state_(std::make_shared<state>()) {
  state_->most = most == 0 ? 1 : most;
}

thread_pool::~thread_pool() {
  std::lock_guard lock{state_->mutex};
  state_->closing = true;
  state_->work.notify_all();
}

void thread_pool::post(std::function<void()> work) {
  std::lock_guard lock{state_->mutex};
  state_->queue.push_back(std::move(work));
  if (state_->waiting < state_->queue.size()
      && state_->threads < state_->most) {
    std::thread{[pool = state_] { run(pool); }}.detach();
    ++state_->threads;
  } else {
    state_->work.notify_one();
  }
}

void thread_pool::wait_idle() {
  std::unique_lock lock{state_->mutex};
  state_->idle.wait(lock, [this] {
    return state_->queue.empty() && state_->waiting == state_->threads;
  });
}

void thread_pool::run(const std::shared_ptr<state>& pool) {
  std::unique_lock lock{pool->mutex};
  for (;;) {
    if (!pool->queue.empty()) {
      auto work = std::move(pool->queue.front());
      pool->queue.pop_front();
      lock.unlock();
      work();
      work = nullptr;
      lock.lock();
      continue;
    }
    if (pool->closing)
      break;
    ++pool->waiting;
    pool->idle.notify_all();
    pool->work.wait(lock);
    --pool->waiting;
  }
  --pool->threads;
  pool->idle.notify_all();
}

} // namespace troupe::detail
