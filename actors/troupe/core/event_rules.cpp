#include "troupe/core/event_rules.hpp"

#include "troupe/core/detail/places.hpp"

#include <utility>

namespace troupe {

std::span<const line::output> event_rules::wait(const line::place& place,
                                                time_point now) {
  out_.clear();
  if (set_)
    grant(place);
  else if (place.until <= now)
    line::refuse(place, errc::busy, out_);
  else
    line_.push_back(place);
  return out_;
}

std::span<const line::output> event_rules::set() {
  out_.clear();
  if (!std::exchange(set_, true))
    ++generation_;
  for (const auto& place : std::exchange(line_, {}))
    grant(place);
  return out_;
}

std::span<const line::output> event_rules::withdraw(line::client_id client,
                                                    std::uint64_t ticket) {
  out_.clear();
  line::withdraw(line_, client, ticket, out_);
  return out_;
}

std::span<const line::output> event_rules::gone(line::client_id client) {
  out_.clear();
  line::remove(line_, client, out_);
  return out_;
}

std::span<const line::output> event_rules::tick(time_point now) {
  out_.clear();
  line::expire(line_, now, out_);
  return out_;
}

time_point event_rules::wakeup() const noexcept {
  return line::first_limit(line_);
}

void event_rules::grant(const line::place& place) {
  out_.push_back(line::granted{place.request, generation_});
  out_.push_back(line::ended{place.client});
}

} // namespace troupe
