#include "troupe/core/alarm.hpp"

#include <caf/actor_clock.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/sec.hpp>

#include <utility>

namespace troupe {

void alarm::set(caf::scheduled_actor& self, time_point when,
                std::function<void()> ring) {
  if (when == never)
    return clear(self); // or it would keep the actor alive
  if (!pending_.empty() && pending_.back().when <= when)
    return;
  // A request that nobody answers, so that its timeout comes as a message.
  auto id = self.new_request_id(caf::message_priority::normal).response_id();
  pending_.push_back({when, id.integer_value()});
  self.clock().set_request_timeout(when, &self, id);
  self.add_multiplexed_response_handler(
    id, caf::behavior{[this, id, ring = std::move(ring)](const caf::error&) {
      // Nothing is pending when it was cleared.
      auto is_it = [id](const auto& x) { return x.id == id.integer_value(); };
      if (std::erase_if(pending_, is_it) != 0)
        ring();
    }});
}

void alarm::clear(caf::scheduled_actor& self) {
  auto cleared = std::exchange(pending_, {});
  if (cleared.empty())
    return;
  self.clock().cancel_timeouts(&self);
  if (self.getf(caf::abstract_actor::is_shutting_down_flag))
    return;
  for (const auto& x : cleared) // CAF keeps a handler until there is an answer
    self.eq_impl(caf::message_id{x.id}, nullptr, self.context(),
                 caf::make_error(caf::sec::request_timeout));
}

} // namespace troupe
