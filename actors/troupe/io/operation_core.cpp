#include "troupe/io/detail/operation_core.hpp"

#include "troupe/detail/messaging.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/io/detail/loop_state.hpp"
#include "troupe/io/detail/operation.hpp"
#include "troupe/msg/failure.hpp"

#include <utility>

namespace troupe::io::detail {

// -- operation_core -----------------------------------------------------------

void operation_core::begin(troupe::detail::fiber& owner,
                           troupe::detail::slot_id slot,
                           const std::shared_ptr<loop_state>& loop) {
  who_ = troupe::detail::actor_ref{owner.host().self().ctrl()};
  slot_ = slot;
  if (!loop)
    return;
  loop_ = loop.get();
  if (loop->add(*this, owner.system()))
    return;
  loop_ = nullptr;
  abandon("the io::loop was destroyed");
}

void operation_core::fail(std::exception_ptr why) {
  if (!claim())
    return;
  thrown_ = std::move(why);
  tell_end();
}

void operation_core::abandon(const char* why) {
  if (!claim())
    return;
  abandoned_ = true;
  thrown_ = std::make_exception_ptr(failure{{errc::closed, why}});
  tell_end();
}

void operation_core::forget() noexcept {
  if (!claim())
    return;
  leave_loop();
  who_ = {};
}

void operation_core::drop_handler() noexcept {
  if (handlers_.fetch_sub(1) == 1)
    abandon("the operation was dropped, as when its Asio context is destroyed");
}

void operation_core::tell_end() {
  leave_loop();
  troupe::detail::answer_slot(std::exchange(who_, {}), slot_);
}

void operation_core::leave_loop() noexcept {
  if (auto* loop = std::exchange(loop_, nullptr))
    loop->remove(*this);
}

// -- operation_await ----------------------------------------------------------

void cancellable::check_cancel(bool by_it) {
  if (!told)
    return;
  if (by_it)
    throw cancelled{*told};
  owner().block()->deliver_again(*told);
}

} // namespace troupe::io::detail
