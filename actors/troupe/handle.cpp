#include "troupe/handle.hpp"

#include "troupe/core/detail/race_point.hpp"
#include "troupe/detail/group_state.hpp"
#include "troupe/detail/messaging.hpp"
#include "troupe/detail/outcome.hpp"
#include "troupe/detail/task_actor.hpp"
#include "troupe/msg/failure.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/local_actor.hpp>

#include <atomic>
#include <utility>

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::detail::pause_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::detail::resume_task)

namespace troupe::detail {

namespace {

pause_id new_pause() {
  static std::atomic<pause_id> count{0};
  return ++count;
}

void resume(const std::shared_ptr<task_block>& task, pause_id who) {
  if (task->release_before_start(who))
    return;
  if (auto actor = task->where())
    tell_unanswered(actor, resume_task{who});
}

} // namespace

void throw_no_task() {
  throw failure{{errc::invalid_argument, "the handle refers to no task"}};
}

// -- deadlocks ----------------------------------------------------------------

namespace {

/// Calls `found` with a task and its group, then with the task that made that
/// group and its group, and so on, until it returns true.
template <class Found>
bool any_around(const task_block& task, const Found& found) {
  std::shared_ptr<const task_block> alive; // what made a group may end
  for (const auto* at = &task; at;) {
    auto group = at->group.lock();
    if (found(*at, group.get()))
      return true;
    alive = group ? group->parent() : nullptr;
    at = alive.get();
  }
  return false;
}

[[noreturn]] void throw_would_deadlock(const char* why) {
  throw failure{{errc::would_deadlock, why}};
}

} // namespace

const char* deadlock_with(const task_block& task) {
  const auto& me = *fiber::require().block();
  if (&task == &me)
    return "a task waits for itself";
  if (!task.stands_still())
    return nullptr;
  auto held = false;
  any_around(task, [&](const auto& one, auto* group) {
    if (&one == &me || (group && group->closed()))
      return true; // what is around me goes on, and a cancel ends every pause
    held = one.held_by.contains(me) || (group && group->held_by().contains(me));
    return held;
  });
  return held ? "a task waits for one that it keeps paused" : nullptr;
}

void check_may_end(const task_block& task) {
  if (const auto* why = deadlock_with(task))
    throw_would_deadlock(why);
}

void check_may_pause(const task_block& task) {
  if (any_around(*fiber::require().block(),
                 [&](const auto& one, auto*) { return &one == &task; }))
    throw_would_deadlock("a task pauses itself");
}

void check_may_pause(const group_state& group) {
  if (any_around(*fiber::require().block(),
                 [&](const auto&, auto* one) { return one == &group; }))
    throw_would_deadlock("a task pauses itself with its group");
}

// -- end_wait -----------------------------------------------------------------

namespace {

/// Whether a task waits for the end of another, through not too many others.
bool waits_for(const task_block& task, const task_block& other) {
  constexpr int most = 64;
  auto at = task.waiting_for_task();
  for (int i = 0; at && i != most; ++i) {
    if (at.get() == &other)
      return true;
    at = at->waiting_for_task();
  }
  return false;
}

} // namespace

end_wait::~end_wait() {
  if (slot() != 0 && block_)
    block_->unsubscribe(place_);
}

void end_wait::await_suspend(std::coroutine_handle<> coroutine) {
  check_may_end(*block_);
  fiber::require().block()->waits_for(block_);
  suspend(coroutine, waiting_for_a_task);
  race_point();
  place_ = block_->subscribe(
    task_block::slot_of_actor{actor_ref{owner().host().self().ctrl()}, slot()});
  if (!place_)
    finish();
}

void end_wait::check_end() {
  check();
  block_->collect();
  if (!block_->thrown())
    return;
  if (passed_on_)
    std::rethrow_exception(block_->thrown());
  rethrow_to_others(block_->thrown(), block_->name());
}

bool end_wait::on_cancel(const cancelled& why) {
  if (block_->done() && why.reason() == cancel_reason::deadline) {
    finish(); // the answer is on its way
    return true;
  }
  if (waits_for(*block_, *owner().block()))
    return false; // it would come back, for ever
  if (shielded_ || !block_->cancel(why))
    return false;
  passed_on_ = true;
  return true;
}

// -- pause_task_op ------------------------------------------------------------

pause_task_op::~pause_task_op() {
  if (asked_)
    resume(task_, id_);
}

void pause_task_op::await_suspend(std::coroutine_handle<> coroutine) {
  check_may_pause(*task_);
  suspend(coroutine, "pause");
  id_ = new_pause();
  pauser me{id_, owner().block()->name()};
  asked_ = task_->hold_before_start(me);
  auto actor = task_->where();
  if (asked_ || !actor) { // it stands still, or is done
    finish();
    return;
  }
  asked_ = true;
  ask(owner(), slot(), actor, pause_task{std::move(me)});
}

pause_guard pause_task_op::await_resume() {
  check();
  if (!std::exchange(asked_, false))
    return pause_guard{nullptr};
  auto me = owner().block();
  task_->held_by.add(*me, id_);
  return pause_guard{[task = task_, me, id = id_] {
    task->held_by.remove(*me, id);
    resume(task, id);
  }};
}

bool undo_pauses(const std::shared_ptr<task_block>& task) {
  auto mine = task->held_by.take(*fiber::require().block());
  for (auto id : mine)
    resume(task, id);
  return !mine.empty();
}

} // namespace troupe::detail
