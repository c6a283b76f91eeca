#include "troupe/msg/answer.hpp"

#include <caf/error.hpp>
#include <caf/local_actor.hpp>

namespace troupe::detail {

open_request::open_request(caf::actor_control_block* self,
                           caf::mailbox_element* request)
  : self_(self) {
  if (!request || request->mid.is_response() || request->mid.is_answered())
    return;
  source_ = std::exchange(request->sender, {});
  stages_ = std::exchange(request->stages, {});
  id_ = request->mid;
}

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

caf::execution_unit* open_request::unit_of(caf::actor_control_block& self) {
  return static_cast<caf::local_actor*>(self.get())->context();
}

/// To the next of those that handle the request, one after the other.
void open_request::forward(caf::message with) {
  auto source = std::exchange(source_, {});
  auto stages = std::exchange(stages_, {});
  if (auto self = self_.lock(); self && !stages.empty())
    caf::response_promise{std::move(self), std::move(source), std::move(stages),
                          id_}
      .deliver(std::move(with));
}

void open_request::abandon() noexcept {
  if (source_ || !stages_.empty())
    settle(to_caf({errc::broken_promise, "the actor dropped the request"}));
}

} // namespace troupe::detail
