#include "troupe/timeout.hpp"

#include "troupe/detail/fiber.hpp"
#include "troupe/detail/outcome.hpp"
#include "troupe/detail/task_block.hpp"

#include <string>
#include <utility>

namespace troupe {

timeout_scope::timeout_scope(duration length)
  : timeout_scope(detail::from_now(length)) {
  length_ = length;
}

timeout_scope::timeout_scope(time_point when)
  : owner_(detail::fiber::require()), cancel_(owner_),
    outer_(owner_.inner_limit()),
    limit_(std::make_shared<detail::time_limit>(when, owner_.limit())) {
  owner_.inner_limit() = limit_;
  arm();
}

timeout_scope::~timeout_scope() {
  end(false);
}

void timeout_scope::reschedule(duration from_now) {
  reschedule_at(detail::from_now(from_now));
  length_ = from_now;
}

void timeout_scope::reschedule_at(time_point when) {
  if (cancel_.requested())
    throw timed_out();
  disarm();
  limit_->move(when);
  length_ = forever;
  arm();
}

bool timeout_scope::end(bool cancelled) {
  disarm();
  if (!std::exchange(left_, true))
    owner_.inner_limit() = std::move(outer_);
  return cancel_.settle(cancelled);
}

bool timeout_scope::leave(bool cancelled) {
  auto own = end(cancelled);
  if (cancelled && cancel_.other())
    throw troupe::cancelled{*cancel_.other()};
  return own;
}

failure timeout_scope::timed_out(std::exception_ptr cancel) const {
  return detail::limit_passed(length_, std::move(cancel));
}

failure detail::limit_passed(duration limit, std::exception_ptr cancel) {
  auto what = limit == forever ? std::string{"the deadline passed"}
                               : "the limit of " + to_text(limit) + " passed";
  return failure{
    {errc::timed_out,
     about_task(fiber::require().block()->name(), what + " (timeout.hpp)"),
     std::move(cancel)}};
}

void timeout_scope::on_answer(detail::content&) {
  cancel_.request(cancelled{cancel_reason::deadline, "the time limit passed"});
}

void timeout_scope::arm() {
  if (when() == never)
    return;
  slot_ = owner_.open(*this);
  if (when() <= owner_.now())
    owner_.answer_later(slot_);
  else
    owner_.set_limit(slot_, when());
}

void timeout_scope::disarm() {
  if (slot_ == 0)
    return;
  owner_.clear_timer(slot_);
  owner_.close(std::exchange(slot_, 0));
}

} // namespace troupe
