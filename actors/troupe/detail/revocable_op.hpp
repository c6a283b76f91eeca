#pragma once

#include "troupe/detail/line_op.hpp"

#include <coroutine>
#include <optional>
#include <utility>

namespace troupe::detail {

/// Waits for the answer to a request that can be ended. A cancel asks the actor
/// to do so, and `cancelled` is thrown when it has answered that: what it did
/// meanwhile is known by then, and undone.
///
/// @tparam Cancel Ends a request by its ticket; the answer `Ended` tells
/// whether
///                there was anything to end.
template <class Cancel, class Ended, class Reply, class Message, class... Rest>
class revocable_op : public ticket_op<Reply, Message, Rest...> {
  using base = ticket_op<Reply, Message, Rest...>;

public:
  revocable_op(actor_ref to, Message what, Rest... rest)
    : base(std::move(to), std::move(what), forever, std::move(rest)...) {}
  revocable_op(const revocable_op&) = delete;
  revocable_op& operator=(const revocable_op&) = delete;

  void await_suspend(std::coroutine_handle<> coroutine) {
    this->begin(coroutine);
    if (this->cancel_is_due())
      return;
    asked_ = true;
    this->ticket = this->slot();
    this->message.set_ticket(this->ticket);
    this->send();
  }

  Reply await_resume() {
    if (!why_ && !this->interrupted())
      return base::await_resume();
    if (this->reply && !undo(*this->reply, ended_)) { // the cancel is late
      this->put_off();
      if (why_)
        this->owner().interrupt(*why_);
      return std::move(*this->reply);
    }
    this->check();
    throw cancelled{*why_};
  }

protected:
  ~revocable_op() = default;

private:
  /// Takes back what the actor did.
  ///
  /// @param ended Whether the cancel ended something.
  /// @return Whether nothing of it is left.
  virtual bool undo(Reply& what, bool ended) = 0;

  bool on_cancel(const cancelled& why) override {
    if (!asked_)
      return false;
    if (why_)
      return true;
    why_ = why;
    Cancel what;
    what.set_ticket(this->ticket);
    ask(this->owner(), this->slot(), this->target, std::move(what));
    return true;
  }

  void on_answer(content& what) override {
    if (!answered_)
      this->read(what);
    else if (what.match_elements<Ended>())
      ended_ = what.get_as<Ended>(0).ended();
    if (std::exchange(answered_, true) || !why_)
      this->finish();
  }

  bool asked_ = false;
  bool answered_ = false;
  bool ended_ = false;           // by the cancel
  std::optional<cancelled> why_; // somebody wants that
};

} // namespace troupe::detail
