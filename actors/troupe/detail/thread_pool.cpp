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

void thread_pool::post(std::function<void()> work, std::string name) {
  std::lock_guard lock{state_->mutex};
  state_->queue.push_back({std::move(work), std::move(name)});
  if (state_->waiting < state_->queue.size()
      && state_->threads < state_->most) {
    std::thread{[pool = state_] { run(pool); }}.detach();
    ++state_->threads;
  } else {
    state_->work.notify_one();
  }
}

std::vector<std::string> thread_pool::busy() const {
  std::lock_guard lock{state_->mutex};
  std::vector<std::string> result{state_->running.begin(),
                                  state_->running.end()};
  for (const auto& x : state_->queue)
    result.push_back(x.name);
  return result;
}

void thread_pool::abandon() {
  std::deque<job> dropped; // destroyed without the lock
  {
    std::lock_guard lock{state_->mutex};
    dropped.swap(state_->queue);
  }
}

void thread_pool::run(const std::shared_ptr<state>& pool) {
  std::unique_lock lock{pool->mutex};
  for (;;) {
    if (!pool->queue.empty()) {
      auto next = std::move(pool->queue.front());
      pool->queue.pop_front();
      auto running =
        pool->running.insert(pool->running.end(), std::move(next.name));
      lock.unlock();
      next.work();
      next.work = nullptr;
      lock.lock();
      pool->running.erase(running);
      continue;
    }
    if (pool->closing)
      break;
    ++pool->waiting;
    pool->work.wait(lock);
    --pool->waiting;
  }
  --pool->threads;
}

} // namespace troupe::detail
