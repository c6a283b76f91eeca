#include "troupe/detail/revocable_wait.hpp"

#include "troupe/detail/answer_wait.hpp"
#include "troupe/msg/failure.hpp"

namespace troupe::detail {

void revocable_wait::begin(std::coroutine_handle<> coroutine,
                           const char* what) {
  suspend(coroutine, what);
  ticket_ = slot();
}

void revocable_wait::on_answer(content& what) {
  if (answered_) {
    take_revoked(what);
    return finish();
  }
  answered_ = true;
  if (is_error(what) || !take(what))
    failed_ = error_of(what);
  if (!why_) // else the actor has one more thing to say
    finish();
}

bool revocable_wait::on_cancel(const cancelled& why) {
  if (!why_) {
    why_ = why;
    revoke();
  }
  return true;
}

bool revocable_wait::on_late_cancel(const cancelled& why) {
  if (why_ || failed_ || !revokes_late())
    return false;
  why_ = why;
  reopen();
  revoke();
  return true;
}

void revocable_wait::check_cancel(bool undone) {
  if (undone) {
    check();
    if (why_)
      throw cancelled{*why_};
  } else {
    put_off();
    if (why_)
      owner().interrupt(*why_);
  }
}

void revocable_wait::check_answer() const {
  if (failed_)
    throw failure{failed_};
}

} // namespace troupe::detail
