#include "troupe/detail/fiber.hpp"

#include "troupe/core/detail/race_point.hpp"
#include "troupe/core/detail/turn.hpp"
#include "troupe/core/detail/worker.hpp"
#include "troupe/detail/messaging.hpp"
#include "troupe/detail/open_group.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/detail/suspension.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/detail/timers.hpp"
#include "troupe/msg/failure.hpp"

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/local_actor.hpp>
#include <caf/ref_counted.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/type_erased_tuple.hpp>

#include <algorithm>
#include <exception>

namespace troupe::detail {

namespace {

/// Waits in the scheduler's line, as an actor does. A message to itself would
/// not do: an actor may handle those without leaving its turn.
class place_in_line final : public caf::resumable, public caf::ref_counted {
public:
  place_in_line(actor_ref who, slot_id slot)
    : who_(std::move(who)), slot_(slot) {}

  subtype_t subtype() const override { return function_object; }

  resume_result resume(caf::execution_unit* unit, std::size_t) override {
    if (auto* here = worker::here(unit)) {
      launch_pad<&worker::exec_again> again{*here};
      who_.get()->get()->eq_impl(caf::message_id{slot_}, nullptr, &again,
                                 ready{});
    } else {
      answer_slot(who_, slot_);
    }
    return done;
  }

  void intrusive_ptr_add_ref_impl() override { ref(); }
  void intrusive_ptr_release_impl() override { deref(); }

private:
  actor_ref who_;
  slot_id slot_;
};

std::size_t cell_of_this_thread() {
  static std::atomic<std::size_t> threads{0};
  thread_local const auto mine = threads++;
  return mine;
}

} // namespace

void tally::add(std::int64_t x) noexcept {
  cells_[cell_of_this_thread() % size].value.fetch_add(
    x, std::memory_order_relaxed);
}

std::int64_t tally::value() const noexcept {
  std::int64_t sum = 0;
  for (const auto& one : cells_)
    sum += one.value.load(std::memory_order_relaxed);
  return sum;
}

// -- fiber --------------------------------------------------------------------

fiber::fiber(fiber_host& host, std::shared_ptr<task_block> block,
             std::shared_ptr<runtime> system)
  : host_(host), block_(std::move(block)), system_(std::move(system)) {
  system_->add(*block_);
}

fiber::~fiber() {
  if (!block_->done()) {
    closing_ = true;
    block_->drop();
    block_->complete(std::make_exception_ptr(
      failure{{errc::lost, "the task was destroyed before it ended"}}));
  }
  system_->remove(*block_);
}

fiber& fiber::require() {
  if (!running_here)
    throw failure{{errc::no_running_system,
                   "this works inside a task only; see troupe::run"}};
  return *running_here;
}

void fiber::start() {
  client_ = host_.self().id();
  control_ = new_slot();
  if (auto pauses = block_->started(host_.self(), control_); !pauses.empty()) {
    around().pauses = std::move(pauses);
    keep_while_paused();
  }
  if (block_->deadline != never) {
    deadline_timer_ = new_slot();
    set_limit(deadline_timer_, block_->deadline);
  }
  root_ = block_->begin(*this);
  ready_ = true;
  race_point();
  if (system_->closing())
    block_->request_cancel(cancelled{cancel_reason::shutdown});
  take_cancel();
  go();
}

void fiber::answer(slot_id id, content& what) {
  if (id == control_) {
    deferred_ = false;
    take_cancel();
    return go();
  }
  if (id == deadline_timer_)
    return expire("the task's deadline passed");
  for (const auto& [open, handler] : slots_)
    if (open == id)
      return handler->on_answer(what);
}

void fiber::pause(pauser who) {
  auto& [pauses, limit, groups] = around();
  if (std::any_of(pauses.begin(), pauses.end(),
                  [&](const auto& x) { return x.id == who.id; }))
    return;
  pauses.push_back(std::move(who));
  block_->show_pausers(pauses);
  if (pauses.size() != 1)
    return;
  keep_while_paused();
  for (auto* group : groups)
    group->pause();
}

void fiber::resume(pause_id who) {
  auto& [pauses, limit, groups] = around();
  if (std::erase_if(pauses, [who](const auto& x) { return x.id == who; }) == 0)
    return; // a cancel was faster
  block_->show_pausers(pauses);
  if (!pauses.empty())
    return;
  keep_while_paused();
  for (auto* group : groups)
    group->resume();
  go();
}

/// What a paused task waits for may have come, or it has not begun: then nobody
/// else holds its actor.
void fiber::keep_while_paused() {
  kept_ = paused() ? actor_ref{host_.self().ctrl()} : actor_ref{};
}

void fiber::when_parked(std::function<void()> then) {
  auto left = std::make_shared<std::size_t>(groups().size() + 1);
  auto one = [left, then = std::move(then)] {
    if (--*left == 0)
      then();
  };
  for (auto* group : groups())
    group->when_parked(one);
  one();
}

slot_id fiber::new_slot() {
  auto id = host_.self()
              .new_request_id(caf::message_priority::normal)
              .response_id()
              .integer_value();
  host_.listen(id);
  return id;
}

slot_id fiber::open(slot_handler& handler) {
  auto id = new_slot();
  slots_.emplace_back(id, &handler);
  return id;
}

void fiber::close(slot_id id) {
  std::erase_if(slots_, [id](const auto& x) { return x.first == id; });
  if (!closing_)
    host_.ignore(id);
}

bool fiber::is_open(slot_id id) const noexcept {
  if (id == control_ || id == deadline_timer_)
    return !finished_;
  return std::any_of(slots_.begin(), slots_.end(),
                     [id](const auto& x) { return x.first == id; });
}

void fiber::set_timer(slot_id id, time_point when) {
  system_->timers().set(host_.self(), id, when, false);
}

void fiber::set_limit(slot_id id, time_point when) {
  system_->timers().set(host_.self(), id, when, true);
}

void fiber::clear_timer(slot_id id) {
  if (!closing_)
    system_->timers().clear(host_.self(), id);
}

void fiber::answer_later(slot_id id) {
  answer_slot(actor_ref{host_.self().ctrl()}, id);
}

void fiber::answer_next_turn(slot_id id) {
  auto& self = host_.self();
  auto* job = new place_in_line{actor_ref{self.ctrl()}, id};
  if (auto* here = worker::here(self.context()))
    here->exec_again(job);
  else
    self.system().scheduler().enqueue(job);
}

time_point fiber::now() const {
  return host_.self().clock().now();
}

time_point fiber::deadline() const noexcept {
  return around_ && around_->limit ? around_->limit->nearest()
                                   : block_->nearest_deadline();
}

time_limit_ptr fiber::limit() const {
  if (around_ && around_->limit)
    return around_->limit;
  return block_->deadline == never ? block_->inherited
                                   : std::make_shared<const time_limit>(
                                     block_->deadline, block_->inherited);
}

void fiber::interrupt(const cancelled& why) {
  if (!interrupt_)
    interrupt_ = std::make_unique<cancelled>(why);
  go();
}

void fiber::withdraw() noexcept {
  if (throwing_)
    return;
  interrupt_.reset();
  carried_ = 0;
}

std::uint32_t fiber::cancels_thrown() const {
  auto taken = block_->cancels_taken();
  return taken - std::min(taken, carried_);
}

/// Somebody may have cancelled the task, which ends every pause.
void fiber::take_cancel() {
  auto why = block_->take_cancel(carried_);
  if (!why)
    return;
  if (paused()) {
    block_->show_pausers({});
    around_->pauses.clear();
    keep_while_paused();
    for (auto* group : around_->groups)
      group->resume();
  }
  if (!throwing_) // rather than a scope's own cancel
    interrupt_.reset();
  interrupt(*why);
}

void fiber::expire(std::string text) {
  block_->set_past_deadline();
  cancel(cancelled{cancel_reason::deadline, std::move(text)});
}

void fiber::cancel(const cancelled& why) {
  if (block_->request_cancel(why))
    take_cancel();
}

/// Whether the coroutine can go on; `next_` is where.
bool fiber::prepare() {
  if (std::exchange(self_cancelled_, false)
      || (ready_ && block_->cancel_pending()))
    take_cancel();
  if (paused())
    return false;
  if (interrupt_ && !throwing_) {
    if (!waiting_)
      return prepare_start();
    if (pass_on())
      return false;
  }
  if (!ready_)
    return false;
  if (waiting_ && turn::here().step()) {
    defer();
    return false;
  }
  ready_ = false;
  overdue_ = interrupt_ && !throwing_;
  block_->waits_for(nullptr);
  next_ = waiting_ ? std::exchange(waiting_, nullptr)->coroutine_ : root_;
  return true;
}

/// Tells what is awaited of the interrupt.
///
/// @return Whether that takes over. If not, the interrupt is thrown there, but
/// for a time limit that passed when the answer had come: that is too late for
/// this await, and comes to the next one (asyncio row F7), even if the answer
/// to that is there as well.
bool fiber::pass_on() {
  if (!ready_ && waiting_->on_cancel(*interrupt_) && !ready_) {
    withdraw();
    return true;
  }
  if (!ready_ || overdue_ || interrupt_->reason() != cancel_reason::deadline) {
    throwing_ = true;
    ready_ = true;
  }
  return false;
}

/// Cancelled before its first step: it does not run at all (asyncio row K6).
bool fiber::prepare_start() {
  if (ready_) {
    ready_ = false;
    root_ = nullptr;
  }
  return false;
}

/// Runs the coroutine, with what it awaits inline, until it suspends.
///
/// @return False if the turn was over before: it is to go on later.
bool fiber::run(turn& here) {
  // Inline awaits are short: so many of them count as a step.
  constexpr std::uint32_t transfers_in_a_step = 32;
  if (paused())
    return false;
  for (std::uint32_t transfers = 1; next_; ++transfers) {
    if (transfers % transfers_in_a_step == 0 && here.step()) {
      defer();
      return false;
    }
    std::exchange(next_, {}).resume();
  }
  return true;
}

/// Lets others have a turn before this goes on.
void fiber::defer() {
  if (!std::exchange(deferred_, true))
    answer_next_turn(control_);
}

void fiber::go() {
  if (running_ || finished_)
    return;
  running_ = true;
  auto* before = std::exchange(running_here, this);
  auto& here = turn::here();
  while (!at_end() && (next_ || prepare()) && run(here)) {
  }
  running_here = before;
  running_ = false;
  if (at_end())
    finish();
}

void fiber::finish() {
  finished_ = true;
  auto cancelled_itself = std::exchange(self_cancelled_, false);
  if (cancelled_itself)
    take_cancel();
  std::exception_ptr thrown;
  if (!root_) {
    thrown = std::make_exception_ptr(*take_interrupt());
    block_->drop();
  } else {
    thrown = block_->take_result();
    // It cancelled itself and did not await any more (asyncio row K9). Another
    // interrupt that is left came too late.
    if (!thrown && cancelled_itself && interrupt_)
      thrown = std::make_exception_ptr(*interrupt_);
  }
  close(control_);
  if (deadline_timer_ != 0) {
    clear_timer(deadline_timer_);
    close(deadline_timer_);
  }
  race_point();
  block_->complete(std::move(thrown));
  race_point();
  host_.ended();
}

// -- suspension
// ---------------------------------------------------------------------

suspension::~suspension() {
  if (!fiber_)
    return;
  close();
  if (fiber_->waiting_ == this)
    fiber_->waiting_ = nullptr;
}

void suspension::suspend(std::coroutine_handle<> coroutine, const char* what,
                         const void* on) {
  fiber_ = &fiber::require();
  coroutine_ = coroutine;
  slot_ = fiber_->open(*this);
  fiber_->waiting_ = this;
  fiber_->block_->waits_for(what, on);
}

void suspension::finish() {
  close();
  fiber_->ready_ = true;
  fiber_->go();
}

void suspension::on_answer(content&) {
  finish();
}

bool suspension::on_cancel(const cancelled&) {
  return false;
}

void suspension::close() noexcept {
  if (slot_ != 0)
    fiber_->close(std::exchange(slot_, 0));
}

} // namespace troupe::detail
