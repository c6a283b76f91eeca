#include "troupe/detail/queue_ops.hpp"

#include "troupe/detail/messaging.hpp"
#include "troupe/msg/queue.hpp"

#include <caf/type_erased_tuple.hpp>

namespace troupe::detail {

namespace {

template <class T>
bool holds(const content& what, std::size_t i) {
  return what.matches(i, caf::make_rtti_pair<T>());
}

template <class... Ts>
bool is(const content& what) {
  std::size_t i = 0;
  return what.size() == sizeof...(Ts) && (holds<Ts>(what, i++) && ...);
}

/// A value out of a message that only we have, else a copy.
template <class T>
T move_out(content& what, std::size_t i) {
  if (what.shared())
    return what.get_as<T>(i);
  return std::move(what.get_mutable_as<T>(i));
}

/// Asks a queue to forget a request; the answer goes to the slot.
void ask_to_cancel(fiber& from, slot_id slot, const actor_ref& queue,
                   slot_id ticket) {
  v1::QueueCancel what;
  what.set_ticket(ticket);
  ask(from, slot, queue, std::move(what));
}

} // namespace

error out_of_range() {
  return {errc::invalid_argument, "the number is too large for its type here"};
}

// -- put ----------------------------------------------------------------------

template <class Request>
Request queue_put_base::request() const {
  Request result;
  result.set_ticket(ticket());
  if (priority_ != 0)
    result.set_priority(priority_);
  if (no_wait_)
    result.set_no_wait(true);
  return result;
}

void queue_put_base::await_resume() {
  check_cancel(has_failed() || undone_);
  check_answer();
}

bool queue_put_base::take(content& what) {
  return is<v1::QueueAccepted>(what);
}

void queue_put_base::revoke() {
  ask_to_cancel(owner(), slot(), target(), ticket());
}

void queue_put_base::take_revoked(content& what) {
  undone_ =
    is<v1::QueueCancelled>(what) && what.get_as<v1::QueueCancelled>(0).ended();
}

void queue_put_op::await_suspend(std::coroutine_handle<> coroutine) {
  begin(coroutine, "queue put");
  ask(owner(), slot(), target(), request<v1::QueuePut>(), std::move(item_));
}

void queue_put_many_op::await_suspend(std::coroutine_handle<> coroutine) {
  begin(coroutine, "queue put");
  ask(owner(), slot(), target(), request<v1::QueuePutMany>(),
      std::move(items_));
}

// -- get ----------------------------------------------------------------------

void queue_get_base::await_suspend(std::coroutine_handle<> coroutine) {
  begin(coroutine, "queue get");
  v1::QueueGet what;
  what.set_ticket(ticket());
  if (no_wait_)
    what.set_no_wait(true);
  ask(owner(), slot(), target(), std::move(what));
}

payload& queue_get_base::item() {
  if (was_cancelled()) {
    give_back();
    check_cancel(true);
  }
  check_answer();
  return item_;
}

void queue_get_base::refuse(const error& why) {
  give_back();
  throw failure{why};
}

bool queue_get_base::take(content& what) {
  if (!is<v1::QueueItem, payload>(what))
    return false;
  const auto& place = what.get_as<v1::QueueItem>(0);
  seq_ = place.seq();
  priority_ = place.priority();
  item_ = move_out<payload>(what, 1);
  return true;
}

void queue_get_base::revoke() {
  ask_to_cancel(owner(), slot(), target(), ticket());
}

void queue_get_base::give_back() {
  if (seq_ == 0)
    return;
  v1::QueueGiveBack what;
  what.mutable_items()->add_seq(std::exchange(seq_, 0));
  what.mutable_items()->add_priority(priority_);
  payloads items;
  items.push_back(std::move(item_));
  tell(owner(), target(), std::move(what), std::move(items));
}

void queue_get_many_base::await_suspend(std::coroutine_handle<> coroutine) {
  begin(coroutine, "queue get");
  v1::QueueGetMany what;
  what.set_ticket(ticket());
  what.set_max_items(max_);
  ask(owner(), slot(), target(), std::move(what));
}

payloads& queue_get_many_base::items() {
  if (was_cancelled()) {
    give_back();
    check_cancel(true);
  }
  check_answer();
  return items_;
}

void queue_get_many_base::refuse(payloads all, const error& why) {
  items_ = std::move(all);
  give_back();
  throw failure{why};
}

bool queue_get_many_base::take(content& what) {
  if (!is<v1::QueueItems, payloads>(what))
    return false;
  const auto& places = what.get_as<v1::QueueItems>(0);
  seqs_.assign(places.seq().begin(), places.seq().end());
  priorities_.assign(places.priority().begin(), places.priority().end());
  items_ = move_out<payloads>(what, 1);
  return true;
}

void queue_get_many_base::revoke() {
  ask_to_cancel(owner(), slot(), target(), ticket());
}

void queue_get_many_base::give_back() {
  if (items_.empty())
    return;
  v1::QueueGiveBack what;
  auto& places = *what.mutable_items();
  places.mutable_seq()->Add(seqs_.begin(), seqs_.end());
  places.mutable_priority()->Add(priorities_.begin(), priorities_.end());
  tell(owner(), target(), std::move(what), std::move(items_));
}

// -- others -------------------------------------------------------------------

void queue_join_op::await_suspend(std::coroutine_handle<> coroutine) {
  begin(coroutine, "queue join");
  v1::QueueJoin what;
  what.set_ticket(ticket());
  ask(owner(), slot(), target(), std::move(what));
}

void queue_join_op::await_resume() {
  check_cancel(true);
  check_answer();
}

bool queue_join_op::take(content& what) {
  return is<v1::QueueJoined>(what);
}

void queue_join_op::revoke() {
  ask_to_cancel(owner(), slot(), target(), ticket());
}

void queue_ask::await_suspend(std::coroutine_handle<> coroutine) {
  begin(coroutine);
  switch (what_) {
  case about::task_done: {
    v1::QueueTaskDone what;
    what.set_count(argument_);
    return ask(owner(), slot(), target, std::move(what));
  }
  case about::shutdown: {
    v1::QueueShutdown what;
    what.set_immediate(argument_ != 0);
    return ask(owner(), slot(), target, std::move(what));
  }
  case about::state:
    return ask(owner(), slot(), target, v1::QueueQuery{});
  }
}

queue_state queue_ask::answer() {
  check_answer();
  return state_;
}

bool queue_ask::take(content& what) {
  if (!is<v1::QueueState>(what))
    return false;
  const auto& x = what.get_as<v1::QueueState>(0);
  state_.size = x.size();
  state_.max_size = x.max_size();
  state_.unfinished = x.unfinished();
  state_.getters = x.getters();
  state_.putters = x.putters();
  state_.shut_down = x.shut_down();
  return true;
}

} // namespace troupe::detail
