#include "troupe/detail/answer_wait.hpp"

#include "troupe/msg/failure.hpp"

#include <caf/error.hpp>
#include <caf/type_erased_tuple.hpp>

namespace troupe::detail {

bool is_error(content& what) {
  return !what.empty() && what.matches(0, caf::make_rtti_pair<caf::error>());
}

error error_of(content& what) {
  if (is_error(what))
    return from_caf(what.get_as<caf::error>(0));
  if (what.empty())
    return {errc::decode_error, "the answer could not be read"};
  return {errc::invalid_argument, "the actor answered " + what.stringify()};
}

answer_wait::~answer_wait() {
  stop_limit();
}

void answer_wait::begin(std::coroutine_handle<> coroutine) {
  if (!target)
    throw failure{{errc::invalid_argument, "the request is to no actor"}};
  suspend(coroutine, "request");
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
  if (is_error(what) || !take(what))
    failed_ = error_of(what);
  finish();
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
