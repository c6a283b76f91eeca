#include "troupe/core/alarm.hpp"

#include <caf/actor_clock.hpp>
#include <caf/scheduled_actor.hpp>

#include <utility>

namespace troupe {

void alarm::set(caf::scheduled_actor& self, time_point when,
                std::function<void()> ring) {
  if (when == never || (!pending_.empty() && pending_.back() <= when))
    return;
  pending_.push_back(when);
  // A request that nobody answers, so that its timeout comes as a message.
  auto id = self.new_request_id(caf::message_priority::normal).response_id();
  self.clock().set_request_timeout(when, &self, id);
  self.add_multiplexed_response_handler(
    id, caf::behavior{[this, when, ring = std::move(ring)](const caf::error&) {
      // Nothing is pending when it was cleared too late to stop the clock.
      if (std::erase(pending_, when) != 0)
        ring();
    }});
}

void alarm::clear(caf::scheduled_actor& self) {
  if (!std::exchange(pending_, {}).empty())
    self.clock().cancel_timeouts(&self);
}

} // namespace troupe
