#include "troupe/group.hpp"

#include "troupe/detail/messaging.hpp"
#include "troupe/detail/outcome.hpp"
#include "troupe/msg/group.hpp"

#include <caf/error.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

namespace troupe {

// -- error_group --------------------------------------------------------------

namespace {

error summary(const std::vector<std::exception_ptr>& errors,
              const std::string& first_task) {
  if (errors.empty())
    return error{errc::internal, "an error group without errors"};
  auto first = detail::error_of(errors.front());
  auto text = detail::about_task(first_task, first.message());
  if (errors.size() != 1)
    text = std::to_string(errors.size()) + " tasks failed, the first: " + text;
  return {first.code(), std::move(text)};
}

} // namespace

error_group::error_group(std::vector<std::exception_ptr> errors,
                         const std::string& first_task)
  : failure(summary(errors, first_task)), errors_(std::move(errors)) {}

namespace detail {

namespace {

void resume_group(const actor_ref& supervisor, const std::string& owner) {
  v1::GroupResume message;
  message.set_owner(owner);
  tell_unanswered(supervisor, std::move(message));
}

/// @pre `is_cancel(thrown)`.
cancelled cancel_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const cancelled& what) {
    return what;
  }
}

std::string new_owner() {
  static std::atomic<std::uint64_t> count{0};
  const auto* here = fiber::current();
  return (here ? here->block()->name() : "pause") + "#"
         + std::to_string(++count);
}

} // namespace

// -- group_scope --------------------------------------------------------------

group_scope::group_scope(const supervisor_options& options)
  : owner_(fiber::require()), state_(group_state::make(options)),
    open_(owner_, state_->supervisor()), cancel_(owner_),
    slot_(owner_.open(*this)) {
  ask(owner_, slot_, state_->supervisor(), v1::GroupAwaitCancel{});
}

group_scope::~group_scope() {
  if (slot_ != 0)
    owner_.close(slot_);
  if (!left_)
    state_->cancel(cancelled{cancel_reason::shutdown});
}

void group_scope::on_answer(content& what) {
  owner_.close(std::exchange(slot_, 0));
  if (what.empty()
      || !what.matches(0, caf::make_rtti_pair<v1::GroupCancelled>()))
    return; // the supervisor is gone
  const auto& message = what.get_as<v1::GroupCancelled>(0);
  reason_ = static_cast<cancel_reason>(message.reason());
  cancel_.request(cancelled{reason_, message.text()});
}

task<void> group_scope::leave(std::exception_ptr thrown, bool needs_value) {
  if (!thrown && state_->waits_in_vain())
    thrown = std::make_exception_ptr(
      failure{{errc::would_deadlock,
               "the body of a group has ended that keeps tasks of it paused"}});
  auto body_cancelled = is_cancel(thrown);
  if (thrown)
    state_->cancel(cancelled{body_cancelled ? cancel_reason::parent
                                            : cancel_reason::sibling_failed,
                             "the group's body ended"});
  else
    state_->close();
  // From here on a cancel of the group is what it is: the body has ended.
  if (slot_ != 0)
    owner_.close(std::exchange(slot_, 0));
  auto own = cancel_.settle(body_cancelled);
  if (cancel_.other())
    thrown = std::make_exception_ptr(*cancel_.other());

  group_join join{state_};
  auto end = co_await join;
  left_ = true;
  state_->ended();

  auto past_deadline = end.reason == cancel_reason::deadline;
  std::vector<std::exception_ptr> errors;
  auto first = owner_.block()->name();
  if (state_->on_error() != on_error::collect)
    for (const auto& task : state_->take_ended())
      if (task->state() == task_block::phase::failed
          && !(task->timed_out() && task->deadline_watched())) {
        if (errors.empty())
          first = task->name();
        errors.push_back(task->thrown());
      }
  if (thrown && !body_cancelled)
    errors.push_back(thrown);
  if (end.failed && state_->on_error() == on_error::leave_running)
    state_->leave_to_enclosing();

  auto outside = body_cancelled && !own;
  if (!errors.empty()) {
    // The error does not hide a cancel from outside: it is delivered again at
    // the next await (asyncio row TG24).
    if ((join.cancelled_by() || outside) && owner_.block()->cancelling() != 0)
      owner_.block()->deliver_again(join.cancelled_by() ? *join.cancelled_by()
                                                        : cancel_of(thrown));
    throw error_group{std::move(errors), first};
  }
  if (join.cancelled_by())
    throw cancelled{*join.cancelled_by()};
  if (outside)
    std::rethrow_exception(thrown);
  if (past_deadline)
    throw failure{
      {errc::timed_out, about_task(first, "the group's deadline passed")}};
  if (body_cancelled && needs_value) {
    auto why = cancel_of(thrown);
    throw cancelled{why.reason(),
                    why.text().empty()
                      ? "the group was cancelled before its body gave a value"
                      : why.text()};
  }
  if (end.failed && end.why.code() != errc::cancelled
      && state_->on_error() != on_error::collect)
    throw failure{end.why}; // of a child that is no task
}

// -- pause_group_op -----------------------------------------------------------

pause_group_op::pause_group_op(std::shared_ptr<group_state> group,
                               duration limit)
  : group_(std::move(group)), limit_(limit), owner_(new_owner()) {}

pause_group_op::~pause_group_op() {
  if (asked_)
    resume_group(group_->supervisor(), owner_);
}

void pause_group_op::await_suspend(std::coroutine_handle<> coroutine) {
  check_may_pause(*group_);
  suspend(coroutine, "pause");
  asked_ = true;
  v1::GroupPause message;
  message.set_owner(owner_);
  if (limit_ != forever) {
    using std::chrono::milliseconds;
    auto limit = std::chrono::ceil<milliseconds>(limit_).count();
    message.set_limit_ms(
      static_cast<std::uint64_t>(std::max(limit, decltype(limit){1})));
  }
  ask(owner(), slot(), group_->supervisor(), std::move(message));
}

void pause_group_op::on_answer(content& what) {
  if (!what.empty() && what.matches(0, caf::make_rtti_pair<caf::error>()))
    failed_ = from_caf(what.get_as<caf::error>(0));
  finish();
}

pause_guard pause_group_op::await_resume() {
  check();
  asked_ = false;
  if (failed_)
    throw failure{failed_};
  auto me = owner().block();
  group_->held_by().add(*me);
  return pause_guard{[group = group_, name = owner_, me] {
    group->held_by().remove(*me);
    resume_group(group->supervisor(), name);
  }};
}

// -- progress_op --------------------------------------------------------------

progress_op::progress_op(std::shared_ptr<group_state> group)
  : group_(std::move(group)), result_(std::make_unique<group_progress>()) {}

progress_op::progress_op(progress_op&&) noexcept = default;
progress_op::~progress_op() = default;

void progress_op::await_suspend(std::coroutine_handle<> coroutine) {
  suspend(coroutine, "group");
  ask(owner(), slot(), group_->supervisor(), v1::GroupGetProgress{});
}

void progress_op::on_answer(content& what) {
  if (!what.empty()
      && what.matches(0, caf::make_rtti_pair<v1::GroupProgress>())) {
    const auto& x = what.get_as<v1::GroupProgress>(0);
    result_->total = x.total();
    result_->started = x.started();
    result_->running = x.running();
    result_->paused = x.paused();
    result_->done = x.done();
    result_->failed = x.failed();
    result_->cancelled = x.cancelled();
    result_->bytes = x.bytes();
    result_->paused_by.assign(x.paused_by().begin(), x.paused_by().end());
  }
  finish();
}

group_progress progress_op::await_resume() {
  check();
  return std::move(*result_);
}

} // namespace detail

} // namespace troupe
