#include "troupe/detail/completion_queue.hpp"

#include "troupe/detail/handle_await.hpp"
#include "troupe/detail/messaging.hpp"
#include "troupe/detail/own_cancel.hpp"
#include "troupe/msg/failure.hpp"

#include <utility>

namespace troupe::detail {

time_point until(duration limit) {
  return limit == forever ? never : from_now(limit);
}

completion_queue::completion_queue(
  std::vector<std::shared_ptr<task_block>> tasks, time_point until)
  : owner_(fiber::require()), tasks_(std::move(tasks)), left_(tasks_.size()),
    slot_(owner_.open(*this)) {
  for (std::size_t i = 0; i != tasks_.size(); ++i)
    if (!tasks_[i]->subscribe(owner_.host().self(), slot_, i))
      ended_.push_back(i);
  if (until == never)
    return;
  limit_ = owner_.open(limit_handler_);
  if (until <= owner_.now())
    expire();
  else
    owner_.set_limit(limit_, until);
}

completion_queue::~completion_queue() {
  for (const auto& task : tasks_)
    task->unsubscribe(owner_.host().self(), slot_);
  owner_.close(slot_);
  if (limit_ != 0) {
    owner_.clear_timer(limit_);
    owner_.close(limit_);
  }
}

void completion_queue::on_answer(content& what) {
  ended_.push_back(what.get_as<ready>(0).token);
  wake();
}

void completion_queue::limit_slot::on_answer(content&) {
  queue_.expire();
}

void completion_queue::expire() {
  expired_ = true;
  owner_.close(slot_); // who ends later comes too late
  wake();
}

/// Fails: throws `failure` (`would_deadlock`) when none of those that are left
///        can end, and there is no limit.
void completion_queue::check_may_come() {
  while (first_left_ != tasks_.size() && tasks_[first_left_]->done())
    ++first_left_;
  const char* why = nullptr;
  auto in_vain = limit_ == 0 ? left_ : 0;
  for (auto i = first_left_; i != tasks_.size() && in_vain != 0; ++i)
    if (!tasks_[i]->done()) {
      why = deadlock_with(*tasks_[i]);
      if (!why)
        return;
      --in_vain;
    }
  if (why && in_vain == 0) // no answer is on its way
    throw failure{{errc::would_deadlock, why}};
}

void completion_queue::wake() {
  if (auto* waiting = std::exchange(waiting_, nullptr))
    waiting->finish();
}

void completion_queue::next_op::await_suspend(
  std::coroutine_handle<> coroutine) {
  queue_.check_may_come();
  suspend(coroutine, "tasks");
  queue_.waiting_ = this;
}

std::optional<std::size_t> completion_queue::next_op::await_resume() {
  check();
  if (queue_.ended_.empty())
    return std::nullopt;
  auto result = queue_.ended_.front();
  queue_.ended_.pop_front();
  --queue_.left_;
  return result;
}

} // namespace troupe::detail
