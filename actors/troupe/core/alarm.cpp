#include "troupe/core/alarm.hpp"

#include <caf/actor_clock.hpp>
#include <caf/scheduled_actor.hpp>

#include <utility>

namespace troupe {

namespace {

/// Times that the clock has at once. A time is added only before all others:
/// mostly there are two, the next one and another that was set long before.
constexpr std::size_t most_pending = 4;

} // namespace

void alarm::set(caf::scheduled_actor& self, time_point when,
                std::function<void()> ring) {
  if (when == never)
    return clear(self); // or it would keep the actor alive
  if (!pending_.empty() && pending_.back().when <= when)
    return;
  if (pending_.size() == most_pending) {
    auto farthest = pending_.front().id;
    self.clock().cancel_request_timeout(&self, caf::message_id{farthest});
    pending_.erase(pending_.begin());
    idle_.push_back(farthest);
  }
  if (idle_.empty())
    idle_.push_back(new_id(self, std::move(ring)));
  auto id = idle_.back();
  idle_.pop_back();
  pending_.push_back({when, id});
  self.clock().set_request_timeout(when, &self, caf::message_id{id});
}

void alarm::clear(caf::scheduled_actor& self) {
  if (pending_.empty())
    return;
  self.clock().cancel_timeouts(&self);
  for (const auto& x : pending_)
    idle_.push_back(x.id);
  pending_.clear();
}

/// A request that nobody answers, so that its timeout comes as a message.
std::uint64_t alarm::new_id(caf::scheduled_actor& self,
                            std::function<void()> ring) {
  auto id = self.new_request_id(caf::message_priority::normal).response_id();
  self.add_multiplexed_response_handler(
    id, caf::behavior{[this, id, ring = std::move(ring)](const caf::error&) {
      if (went_off(id.integer_value()))
        ring();
    }});
  return id.integer_value();
}

/// CAF has forgotten the handler. The timeout may be one that was cleared when
/// its message was on its way already; where the id is in use again, the alarm
/// goes off early.
///
/// @return Whether it was set.
bool alarm::went_off(std::uint64_t id) {
  std::erase(idle_, id);
  auto is_it = [id](const auto& x) { return x.id == id; };
  return std::erase_if(pending_, is_it) != 0;
}

} // namespace troupe
