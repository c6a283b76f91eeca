#include "troupe/request.hpp"

namespace troupe::detail {

namespace {

bool is_error(const content& what) {
  return !what.empty() && what.matches(0, caf::make_rtti_pair<caf::error>());
}

error wrong_answer(const content& what) {
  return what.empty()
           ? error{errc::decode_error, "the answer could not be read"}
           : error{errc::invalid_argument,
                   "the actor answered " + what.stringify()};
}

} // namespace

void throw_if_error(content& answer) {
  if (is_error(answer))
    throw failure{from_caf(answer.get_as<caf::error>(0))};
}

void throw_wrong_answer(content& answer) {
  throw failure{wrong_answer(answer)};
}

answer_wait::~answer_wait() {
  stop_limit();
}

void answer_wait::begin(std::coroutine_handle<> coroutine) {
  if (!target)
    throw failure{{errc::invalid_argument, "the request is to no actor"}};
  suspend(coroutine, asks_for, asks_about ? asks_about : target.get());
  if (limit_ == forever)
    return;
  limit_handler_.emplace(*this);
  limit_id_ = owner().open(*limit_handler_);
  if (limit_ <= duration::zero())
    owner().answer_later(limit_id_);
  else
    owner().set_limit(limit_id_, after(owner().now(), limit_));
}

void answer_wait::on_answer(content& what) {
  stop_limit(); // it came in time, though the task be paused
  read(what);
  finish();
}

void answer_wait::read(content& what) {
  refused_ = is_error(what);
  if (refused_)
    failed_ = from_caf(what.get_as<caf::error>(0));
  else if (!take(what))
    failed_ = wrong_answer(what);
}

void answer_wait::limit_passed() {
  failed_ = error{errc::timed_out, "no answer within the time limit"};
  finish();
}

void answer_wait::stop_limit() noexcept {
  if (limit_id_ == 0)
    return;
  owner().clear_timer(limit_id_);
  owner().close(std::exchange(limit_id_, 0));
}

void answer_wait::check_answer() {
  stop_limit();
  check();
  if (failed_)
    throw failure{failed_};
}

} // namespace troupe::detail
