#pragma once

#include "troupe/request.hpp"
#include "troupe/task.hpp"

#include <coroutine>
#include <cstdint>
#include <utility>

namespace troupe::detail {

/// Gives up what the running task asked an actor for.
void withdraw(fiber& from, const actor_ref& to, std::uint64_t ticket);

/// Waits until an actor grants something. A grant that is not taken is given
/// back, though it be on its way.
template <class Reply, class Message>
class line_op final : public request_op<Reply, Message> {
public:
  explicit line_op(actor_ref to, Message what = {}, duration limit = forever)
    : request_op<Reply, Message>(std::move(to), std::move(what), limit) {}
  line_op(const line_op&) = delete;
  line_op& operator=(const line_op&) = delete;
  ~line_op() {
    if (ticket_ != 0 && !this->refused())
      withdraw(this->owner(), this->target, ticket_);
  }

  void await_suspend(std::coroutine_handle<> coroutine) {
    this->begin(coroutine);
    ticket_ = this->slot();
    this->message.set_ticket(ticket_);
    ask(this->owner(), this->slot(), this->target, std::move(this->message));
  }

  Reply await_resume() {
    Reply result = request_op<Reply, Message>::await_resume();
    ticket_ = 0;
    return result;
  }

private:
  std::uint64_t ticket_ = 0;
};

/// A reference to the actor of a handle.
template <class Handle>
actor_ref ref_of(const Handle& handle) {
  return actor_ref{caf::actor_cast<caf::strong_actor_ptr>(handle).get()};
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
