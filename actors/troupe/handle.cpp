#include "troupe/handle.hpp"

#include "troupe/detail/messaging.hpp"
#include "troupe/detail/task_actor.hpp"
#include "troupe/msg/failure.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/local_actor.hpp>

#include <utility>

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::detail::pause_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::detail::resume_task)

namespace troupe::detail {

namespace {

void resume(const std::shared_ptr<task_block>& task) {
  if (task->release_before_start())
    return;
  if (auto actor = task->where())
    actor.get()->get()->eq_impl(caf::make_message_id(), nullptr, nullptr,
                                resume_task{});
}

} // namespace

// -- end_wait -----------------------------------------------------------------

end_wait::~end_wait() {
  if (slot() != 0 && block_)
    block_->unsubscribe(owner().host().self(), slot());
}

void end_wait::await_suspend(std::coroutine_handle<> coroutine) {
  if (fiber::require().block() == block_)
    throw failure{{errc::would_deadlock, "a task waits for itself"}};
  fiber::require().block()->waits_for(block_);
  suspend(coroutine, waiting_for_a_task);
  if (!block_->subscribe(owner().host().self(), slot()))
    finish();
}

void end_wait::check_end() {
  check();
  block_->collect();
  if (block_->thrown())
    std::rethrow_exception(block_->thrown());
}

bool end_wait::on_cancel(const cancelled& why) {
  if (block_->done() && why.reason() == cancel_reason::deadline) {
    finish(); // the answer is on its way
    return true;
  }
  return !shielded_ && block_->cancel(why);
}

// -- pause_task_op ------------------------------------------------------------

pause_task_op::~pause_task_op() {
  if (asked_)
    resume(task_);
}

void pause_task_op::await_suspend(std::coroutine_handle<> coroutine) {
  if (fiber::require().block() == task_)
    throw failure{{errc::would_deadlock, "a task pauses itself"}};
  suspend(coroutine, "pause");
  asked_ = task_->hold_before_start();
  auto actor = task_->where();
  if (asked_ || !actor) { // it stands still, or is done
    finish();
    return;
  }
  asked_ = true;
  ask(owner(), slot(), actor, pause_task{});
}

pause_guard pause_task_op::await_resume() {
  check();
  if (!std::exchange(asked_, false))
    return pause_guard{nullptr};
  return pause_guard{[task = task_] { resume(task); }};
}

} // namespace troupe::detail
