#include "troupe/core/child_link.hpp"

#include <caf/local_actor.hpp>

#include <utility>

namespace troupe {

namespace {

template <class Message>
Message about(std::uint64_t task, std::uint32_t attempt) {
  Message result;
  result.set_task(task);
  result.set_attempt(attempt);
  return result;
}

} // namespace

template <class... Messages>
void child_link::tell(Messages&&... messages) {
  if (supervisor_)
    supervisor_->get()->eq_impl(caf::make_message_id(), self_->ctrl(),
                                self_->context(),
                                std::forward<Messages>(messages)...);
}

void child_link::start(caf::local_actor& self, const v1::TaskStart& task) {
  begin(self, {self.current_sender(), task.task(), task.attempt()});
  tell_started({});
}

void child_link::begin(caf::local_actor& self, const child_run& run) {
  self_ = &self;
  supervisor_ = run.supervisor;
  task_ = run.task;
  attempt_ = run.attempt;
}

void child_link::tell_started(const std::string& name) {
  auto message = about<v1::TaskStarted>(task_, attempt_);
  message.set_name(name);
  tell(std::move(message));
}

void child_link::parked(std::uint64_t pause) {
  auto message = about<v1::TaskParked>(task_, attempt_);
  message.set_pause(pause);
  tell(std::move(message));
}

void child_link::progress(std::uint64_t bytes, std::uint64_t total_bytes) {
  auto message = about<v1::TaskProgress>(task_, attempt_);
  message.set_bytes(bytes);
  message.set_total_bytes(total_bytes);
  tell(std::move(message));
}

void child_link::finished(v1::Outcome outcome, payload value,
                          std::uint64_t bytes) {
  auto message = about<v1::TaskFinished>(task_, attempt_);
  *message.mutable_outcome() = std::move(outcome);
  message.set_bytes(bytes);
  tell(std::move(message), std::move(value));
  self_ = nullptr;
  supervisor_ = nullptr;
}

v1::Outcome succeeded() {
  v1::Outcome result;
  result.set_state(v1::TASK_STATE_SUCCEEDED);
  return result;
}

v1::Outcome failed(const error& why) {
  v1::Outcome result;
  result.set_state(why.code() == errc::cancelled   ? v1::TASK_STATE_CANCELLED
                   : why.code() == errc::timed_out ? v1::TASK_STATE_TIMED_OUT
                                                   : v1::TASK_STATE_FAILED);
  *result.mutable_error() = to_proto(why);
  return result;
}

} // namespace troupe
