#include "troupe/detail/completion_queue.hpp"

#include "troupe/core/detail/race_point.hpp"
#include "troupe/detail/handle_await.hpp"
#include "troupe/detail/messaging.hpp"
#include "troupe/detail/own_cancel.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/msg/failure.hpp"

#include <algorithm>
#include <utility>

namespace troupe::detail {

time_point until(duration limit) {
  return limit == forever ? never : from_now(limit);
}

std::shared_ptr<completion_queue>
completion_queue::make(std::vector<std::shared_ptr<task_block>> tasks,
                       time_point until) {
  auto result = std::make_shared<completion_queue>(std::move(tasks), until);
  auto& places = result->places_;
  for (std::size_t i = 0; i != result->tasks_.size(); ++i) {
    places[i] =
      result->tasks_[i]->subscribe(task_block::place_in_queue{result, i});
    if (!places[i]) { // in time in any case
      lock held{result->mutex_};
      result->ended_.push_back({result->ends_++, i});
    }
  }
  return result;
}

completion_queue::completion_queue(
  std::vector<std::shared_ptr<task_block>> tasks, time_point until)
  : tasks_(std::move(tasks)), places_(tasks_.size()), until_(until),
    system_(runtime::current()), left_(tasks_.size()) {}

completion_queue::~completion_queue() {
  for (std::size_t i = 0; i != tasks_.size(); ++i)
    tasks_[i]->unsubscribe(places_[i]);
}

std::size_t completion_queue::left() const {
  lock held{mutex_};
  return left_;
}

void completion_queue::add(std::size_t index) {
  lock held{mutex_};
  if (until_ != never)
    if (auto system = system_.lock())
      expired_ = expired_ || system->now() > until_;
  if (expired_)
    return;
  ended_.push_back({ends_++, index});
  serve(std::move(held));
}

/// Those in line get what has ended.
void completion_queue::serve(lock held) {
  std::vector<waiter> served;
  while (!line_.empty() && has_next()) {
    served.push_back(std::move(line_.front()));
    line_.pop_front();
    served.back().op->place_.reset();
    take(*served.back().op);
  }
  held.unlock();
  race_point();
  for (const auto& one : served)
    answer_slot(one.who, one.slot);
}

void completion_queue::take(next_op& op) {
  if (ended_.empty())
    return;
  op.given_ = ended_.front();
  ended_.pop_front();
}

bool completion_queue::try_next(next_op& op) {
  lock held{mutex_};
  if (ended_.empty() && until_ != never)
    expired_ = expired_ || fiber::require().now() >= until_;
  if (!has_next())
    return false;
  take(op);
  return true;
}

/// @return False if there is something now.
bool completion_queue::stand_in_line(next_op& op) {
  lock held{mutex_};
  if (has_next()) {
    take(op);
    return false;
  }
  op.place_ = line_.insert(
    line_.end(), {&op, actor_ref{op.owner().host().self().ctrl()}, op.slot()});
  return true;
}

void completion_queue::leave_line(next_op& op) {
  lock held{mutex_};
  if (auto place = std::exchange(op.place_, std::nullopt))
    line_.erase(*place);
}

/// What was given arrived; nothing was, if the time is over.
void completion_queue::confirm(const next_op& op) {
  lock held{mutex_};
  if (!op.given_)
    expired_ = left_ != 0;
  else if (--left_ == 0)
    serve(std::move(held));
}

void completion_queue::give_back(end what) {
  lock held{mutex_};
  auto at = std::find_if(ended_.begin(), ended_.end(),
                         [&](const end& x) { return x.number > what.number; });
  ended_.insert(at, what);
  serve(std::move(held));
}

/// Fails: throws `failure` (`would_deadlock`) when none of those that are left
///        can end, and there is no limit.
void completion_queue::check_may_come() {
  if (until_ != never)
    return;
  lock held{mutex_};
  while (first_left_ != tasks_.size() && tasks_[first_left_]->done())
    ++first_left_;
  auto first = first_left_;
  auto in_vain = left_;
  held.unlock(); // a group that goes meanwhile may end a task
  const char* why = nullptr;
  for (auto i = first; i != tasks_.size() && in_vain != 0; ++i)
    if (!tasks_[i]->done()) {
      why = deadlock_with(*tasks_[i]);
      if (!why)
        return;
      --in_vain;
    }
  if (why && in_vain == 0) // none is on its way
    throw failure{{errc::would_deadlock, why}};
}

// -- next_op ------------------------------------------------------------------

completion_queue::next_op::~next_op() {
  if (limit_ != 0)
    owner().clear_timer(limit_);
  if (in_line_)
    queue_->leave_line(*this);
  if (given_)
    queue_->give_back(*given_);
}

void completion_queue::next_op::await_suspend(
  std::coroutine_handle<> coroutine) {
  queue_->check_may_come();
  suspend(coroutine, "tasks");
  in_line_ = queue_->stand_in_line(*this);
  if (!in_line_) {
    finish();
  } else if (queue_->until_ != never) {
    limit_ = slot();
    owner().set_limit(limit_, queue_->until_);
  }
}

std::optional<std::size_t> completion_queue::next_op::await_resume() {
  if (std::exchange(in_line_, false))
    queue_->leave_line(*this);
  check();
  queue_->confirm(*this);
  auto result = std::exchange(given_, std::nullopt);
  return result ? std::optional{result->index} : std::nullopt;
}

} // namespace troupe::detail
