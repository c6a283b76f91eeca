#pragma once

#include "troupe/request.hpp"
#include "troupe/task.hpp"

#include <coroutine>
#include <cstdint>
#include <utility>

namespace troupe::detail {

/// Gives up what the running task asked an actor for.
void withdraw(fiber& from, const actor_ref& to, std::uint64_t ticket);

/// A request that may be given up by its ticket.
///
/// @tparam Rest What goes with the message.
template <class Reply, class Message, class... Rest>
class ticket_op : public request_op<Reply, Message, Rest...> {
public:
  using request_op<Reply, Message, Rest...>::request_op;

  void await_suspend(std::coroutine_handle<> coroutine) {
    this->begin(coroutine);
    ticket = this->slot();
    this->message.set_ticket(ticket);
    this->send();
  }

protected:
  std::uint64_t ticket = 0;
};

/// Waits until an actor grants something. A grant that is not taken is given
/// back, though it be on its way.
template <class Reply, class Message>
class line_op final : public ticket_op<Reply, Message> {
public:
  explicit line_op(actor_ref to, Message what = {}, duration limit = forever)
    : ticket_op<Reply, Message>(std::move(to), std::move(what), limit) {}
  line_op(const line_op&) = delete;
  line_op& operator=(const line_op&) = delete;
  ~line_op() {
    if (this->ticket != 0 && !this->refused())
      withdraw(this->owner(), this->target, this->ticket);
  }

  Reply await_resume() {
    Reply result = ticket_op<Reply, Message>::await_resume();
    this->ticket = 0;
    return result;
  }

private:
  /// Others need not wait until the task runs again.
  void limit_passed() override {
    withdraw(this->owner(), this->target, this->ticket);
    answer_wait::limit_passed();
  }
};

/// Asks as one of several choices. @param limit Longest wait, kept by the
/// actor.
template <class Message>
void ask_in_line(fiber& from, slot_id slot, const actor_ref& to, Message what,
                 duration limit) {
  what.set_ticket(slot);
  if (limit != forever)
    what.set_wait_ms(to_ms(limit));
  ask(from, slot, to, std::move(what));
}

/// A reference to the actor of a handle.
template <class Handle>
actor_ref ref_of(const Handle& handle) {
  return actor_ref{caf::actor_cast<caf::actor_control_block*>(handle)};
}

/// The system that was given, or that of the running task.
[[nodiscard]] caf::actor_system& system_or_current(caf::actor_system* system);

/// Asks an actor, and waits for the answer.
template <class Reply, class Message>
task<Reply> ask_for(actor_ref to, Message message) {
  request_op<Reply, Message> wait{std::move(to), std::move(message), forever};
  co_return co_await wait;
}

} // namespace troupe::detail
