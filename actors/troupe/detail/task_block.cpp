#include "troupe/detail/task_block.hpp"

#include "troupe/core/detail/race_point.hpp"
#include "troupe/detail/completion_queue.hpp"
#include "troupe/detail/coroutine_block.hpp"
#include "troupe/detail/group_state.hpp"
#include "troupe/detail/messaging.hpp"
#include "troupe/detail/outcome.hpp"
#include "troupe/log.hpp"
#include "troupe/msg/failure.hpp"

#include <caf/message_id.hpp>

#include <algorithm>
#include <mutex>
#include <string_view>
#include <utility>

namespace troupe::detail {

namespace {

std::atomic<std::uint64_t> stamps{0};

/// The cancel by a deadline, if that is what was thrown.
std::optional<cancelled> cancel_by_deadline(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const cancelled& what) {
    if (what.reason() == cancel_reason::deadline)
      return what;
  } catch (...) {
  }
  return std::nullopt;
}

} // namespace

void check_sendable(bool present, bool borrowing, const std::string& name) {
  auto which = name.empty() ? "the task" : "the task '" + name + "'";
  if (!present)
    throw failure{{errc::already_taken, which + " was awaited or moved from"}};
  if (borrowing)
    throw failure{
      {errc::invalid_argument,
       which
         + " has a parameter that is a reference or a pointer, or a lock that "
           "is held, or is a member function or a lambda that captures: it "
           "would run in another actor, so pass values (or await it here)"}};
}

void throw_already_taken() {
  throw failure{{errc::already_taken, "a task can be awaited only once"}};
}

caf::execution_unit* unit_here(const caf::actor_system& system) {
  auto* here = fiber::current();
  if (!here || &here->host().self().home_system() != &system)
    return nullptr;
  return here->host().self().context();
}

void answer_slot(const actor_ref& who, slot_id slot) {
  who.get()->get()->eq_impl(caf::message_id{slot}, nullptr,
                            unit_here(*who.get()->home_system), ready{});
}

// -- holders ------------------------------------------------------------------

void holders::add(task_block& who, pause_id by) {
  std::lock_guard lock{lock_};
  all_.push_back({&who, by});
  ++who.guards;
}

void holders::remove(task_block& who, pause_id by) {
  std::lock_guard lock{lock_};
  auto at = std::find(all_.begin(), all_.end(), one{&who, by});
  if (at == all_.end())
    return;
  all_.erase(at);
  --who.guards;
}

std::vector<pause_id> holders::take(task_block& who) {
  std::lock_guard lock{lock_};
  std::vector<pause_id> result;
  std::erase_if(all_, [&](const one& x) {
    if (x.who != &who)
      return false;
    result.push_back(x.by);
    --who.guards;
    return true;
  });
  return result;
}

bool holders::contains(const task_block& who) const {
  std::lock_guard lock{lock_};
  return std::any_of(all_.begin(), all_.end(),
                     [&](const one& x) { return x.who == &who; });
}

std::vector<std::string> holders::names() const {
  std::lock_guard lock{lock_};
  std::vector<std::string> result;
  for (const auto& x : all_)
    result.push_back(x.who->name());
  return result;
}

// -- task_block ---------------------------------------------------------------

task_block::~task_block() {
  if (state() == phase::failed && !collected_.load(std::memory_order_relaxed))
    log(log_level::error, name_,
        "failed, and nobody asked how: " + to_string(error_of(thrown_)));
}

// -- cancelling ---------------------------------------------------------------

bool task_block::request_cancel(const troupe::cancelled& why) {
  std::lock_guard lock{lock_};
  if (done())
    return false;
  ++cancelling_;
  ++undelivered_;
  if (!pending_cancel_)
    set_pending(why);
  return true;
}

bool task_block::cancel(const troupe::cancelled& why) {
  if (!request_cancel(why))
    return false;
  race_point();
  end_before_start(why);
  auto* here = fiber::current();
  if (here && here->block().get() == this)
    here->cancelled_itself();
  else
    nudge();
  return true;
}

std::uint32_t task_block::cancelling() const {
  std::lock_guard lock{lock_};
  return cancelling_;
}

std::uint32_t task_block::uncancel() {
  std::lock_guard lock{lock_};
  if (cancelling_ != 0 && --cancelling_ == 0)
    set_pending(std::nullopt);
  return cancelling_;
}

void task_block::count_cancel() {
  std::lock_guard lock{lock_};
  ++cancelling_;
}

std::uint32_t task_block::cancels_taken() const {
  std::lock_guard lock{lock_};
  return cancelling_ - std::min(undelivered_, cancelling_);
}

bool task_block::settle_cancel(std::uint32_t before, bool leaves,
                               std::optional<troupe::cancelled>& other) {
  std::lock_guard lock{lock_};
  if (cancelling_ != 0)
    --cancelling_;
  auto alone = cancelling_ <= before;
  if (!alone && leaves)
    other = pending_cancel_;
  if (alone || leaves)
    set_pending(std::nullopt);
  return alone;
}

void task_block::deliver_again(const troupe::cancelled& why) {
  {
    std::lock_guard lock{lock_};
    ++undelivered_;
    set_pending(why);
  }
  fiber::require().cancelled_itself();
}

std::optional<troupe::cancelled> task_block::take_cancel(std::uint32_t& count) {
  if (!cancel_pending()) // another thread that sets it nudges the task then
    return std::nullopt;
  race_point();
  std::lock_guard lock{lock_};
  count += undelivered_;
  auto result = pending_cancel_;
  set_pending(std::nullopt);
  return result;
}

void task_block::set_pending(std::optional<troupe::cancelled> why) {
  if (!why)
    undelivered_ = 0;
  cancel_pending_.store(why.has_value(), std::memory_order_relaxed);
  pending_cancel_ = std::move(why);
}

void task_block::nudge() {
  actor_ref who;
  slot_id slot = 0;
  {
    std::lock_guard lock{lock_};
    who = where_.lock();
    slot = control_;
  }
  race_point();
  if (who)
    answer_slot(who, slot);
}

// -- waiting ------------------------------------------------------------------

task_block::subscription task_block::subscribe(waiter who) {
  std::lock_guard lock{lock_};
  if (done())
    return std::nullopt;
  return waiters_.insert(waiters_.end(), std::move(who));
}

void task_block::unsubscribe(const subscription& which) {
  std::list<waiter> left; // destroyed without the lock
  if (!which)
    return;
  std::lock_guard lock{lock_};
  if (!done())
    left.splice(left.end(), waiters_, *which);
}

void task_block::wake(const slot_of_actor& one) {
  answer_slot(one.who, one.slot);
}

void task_block::wake(const place_in_queue& one) {
  if (auto queue = one.queue.lock())
    queue->add(one.index);
}

void task_block::on_done(std::function<void()> then) {
  {
    std::lock_guard lock{lock_};
    if (!done()) {
      on_done_ = std::move(then);
      return;
    }
  }
  then();
}

void task_block::waits_for(const std::shared_ptr<task_block>& other) {
  std::lock_guard lock{lock_};
  other_ = other;
}

std::shared_ptr<task_block> task_block::waiting_for_task() const {
  const auto* what = waiting_for();
  std::lock_guard lock{lock_};
  // Equal literals may be several.
  auto is_task = what && std::string_view{what} == waiting_for_a_task;
  return is_task ? other_.lock() : nullptr;
}

// -- for the fiber ------------------------------------------------------------

bool task_block::take_turn() {
  std::lock_guard lock{lock_};
  return std::exchange(waits_for_turn_, false);
}

void task_block::end_before_start(const troupe::cancelled& why) {
  if (!take_turn())
    return;
  race_point();
  drop();
  complete(std::make_exception_ptr(why));
}

bool task_block::hold_before_start(pauser who) {
  std::lock_guard lock{lock_};
  if (state() != phase::created || !is_task())
    return false;
  pausers_.push_back(std::move(who));
  return true;
}

bool task_block::release_before_start(pause_id who) {
  std::lock_guard lock{lock_};
  if (state() != phase::created)
    return false;
  std::erase_if(pausers_, [who](const auto& x) { return x.id == who; });
  return true;
}

std::vector<pauser> task_block::started(caf::local_actor& where,
                                        slot_id control) {
  std::lock_guard lock{lock_};
  where_ = weak_actor_ref{where.ctrl()};
  control_ = control;
  client_ = where.id();
  phase_.store(phase::running, std::memory_order_release);
  return pausers_;
}

void task_block::show_pausers(const std::vector<pauser>& all) {
  std::lock_guard lock{lock_};
  pausers_ = all;
}

std::vector<pauser> task_block::pausers() const {
  std::lock_guard lock{lock_};
  return pausers_;
}

bool task_block::stands_still() const {
  std::lock_guard lock{lock_};
  return !done() && is_task() && !pending_cancel_
         && (state() == phase::created || !pausers_.empty());
}

task_id task_block::id() const {
  std::lock_guard lock{lock_};
  return {client_, control_};
}

actor_ref task_block::where() const {
  std::lock_guard lock{lock_};
  return where_.lock();
}

void task_block::complete(std::exception_ptr thrown) {
  auto late = false;
  if (thrown && past_deadline_.load())
    if (auto why = cancel_by_deadline(thrown)) {
      late = true;
      thrown = std::make_exception_ptr(
        failure{{errc::timed_out, about_task(name_, why->text()), thrown}});
    }
  auto result = !thrown             ? phase::succeeded
                : is_cancel(thrown) ? phase::cancelled
                                    : phase::failed;
  std::list<waiter> waiters;
  std::function<void()> then;
  {
    std::lock_guard lock{lock_};
    if (done())
      return;
    thrown_ = std::move(thrown);
    timed_out_ = late;
    stamp_ = stamps.fetch_add(1, std::memory_order_relaxed);
    waiters = std::exchange(waiters_, {});
    then = std::exchange(on_done_, nullptr);
    where_ = weak_actor_ref{};
    set_pending(std::nullopt);
    phase_.store(result, std::memory_order_release);
  }
  race_point();
  if (result == phase::failed)
    if (auto owner = group.lock())
      owner->child_failed();
  for (const auto& one : waiters)
    std::visit([](const auto& x) { wake(x); }, one);
  if (then)
    then();
}

} // namespace troupe::detail
