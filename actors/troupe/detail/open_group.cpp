#include "troupe/detail/open_group.hpp"

#include "troupe/detail/messaging.hpp"
#include "troupe/msg/group.hpp"

#include <algorithm>
#include <utility>

namespace troupe::detail {

namespace {

// The owner of the pauses that come with the task's own.
constexpr const char* owner = "troupe:task";

} // namespace

open_group::open_group(fiber& owner, actor_ref supervisor)
  : owner_(owner), supervisor_(std::move(supervisor)) {
  owner_.groups().push_back(this);
}

open_group::~open_group() {
  if (slot_ != 0)
    owner_.close(slot_);
  std::erase(owner_.groups(), this);
}

void open_group::pause() {
  v1::GroupPause message;
  message.set_owner(owner);
  parked_ = false;
  slot_ = owner_.open(*this);
  ask(owner_, slot_, supervisor_, std::move(message));
}

void open_group::resume() {
  if (slot_ != 0)
    owner_.close(std::exchange(slot_, 0));
  waiting_.clear();
  v1::GroupResume message;
  message.set_owner(owner);
  tell_unanswered(supervisor_, std::move(message));
}

void open_group::when_parked(std::function<void()> then) {
  if (parked_)
    then();
  else
    waiting_.push_back(std::move(then));
}

/// Parked, or the supervisor is gone, which comes to the same.
void open_group::on_answer(content&) {
  owner_.close(std::exchange(slot_, 0));
  parked_ = true;
  for (auto& then : std::exchange(waiting_, {}))
    then();
}

} // namespace troupe::detail
