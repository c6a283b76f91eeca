#include "troupe/msg/answer.hpp"

#include <caf/actor_cast.hpp>
#include <caf/error.hpp>

namespace troupe::detail {

open_request::open_request(caf::actor_control_block* self,
                           const caf::response_promise& promise)
  : self_(self), source_(promise.source()), stages_(promise.stages()),
    id_(promise.id()) {}

open_request::open_request(open_request&& other) noexcept
  : self_(std::move(other.self_)), source_(std::exchange(other.source_, {})),
    stages_(std::exchange(other.stages_, {})), id_(other.id_) {}

open_request& open_request::operator=(open_request&& other) noexcept {
  if (this != &other) {
    abandon();
    self_ = std::move(other.self_);
    source_ = std::exchange(other.source_, {});
    stages_ = std::exchange(other.stages_, {});
    id_ = other.id_;
  }
  return *this;
}

open_request::~open_request() {
  abandon();
}

void open_request::settle(caf::message with) {
  auto source = std::exchange(source_, {});
  auto stages = std::exchange(stages_, {});
  if (auto self = caf::actor_cast<caf::strong_actor_ptr>(self_))
    caf::response_promise{std::move(self), std::move(source), std::move(stages),
                          id_}
      .deliver(std::move(with));
  else if (source && stages.empty())
    // The actor is just being destroyed: the answer cannot have a sender.
    source->enqueue(nullptr, id_.response_id(), std::move(with), nullptr);
}

void open_request::abandon() noexcept {
  if (source_ || !stages_.empty())
    settle(caf::make_message(
      to_caf({errc::broken_promise, "the actor dropped the request"})));
}

} // namespace troupe::detail
