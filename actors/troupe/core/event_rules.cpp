#include "troupe/core/event_rules.hpp"

#include <utility>

namespace troupe {

std::span<const line::output> event_rules::wait(const line::place& place,
                                                time_point now) {
  out_.clear();
  if (set_)
    grant(place);
  else if (place.until <= now)
    refuse(place, errc::busy);
  else
    line_.push(place);
  return out_;
}

std::span<const line::output> event_rules::set() {
  out_.clear();
  if (!std::exchange(set_, true))
    ++generation_;
  while (!line_.empty())
    grant(line_.pop());
  return out_;
}

std::span<const line::output> event_rules::withdraw(line::client_id client,
                                                    std::uint64_t ticket) {
  out_.clear();
  while (auto place = line_.withdraw(client, ticket))
    refuse(*place, errc::cancelled);
  return out_;
}

std::span<const line::output> event_rules::gone(line::client_id client) {
  out_.clear();
  while (auto place = line_.remove(client))
    refuse(*place, errc::lost);
  return out_;
}

std::span<const line::output> event_rules::tick(time_point now) {
  out_.clear();
  while (auto place = line_.expire(now))
    refuse(*place, errc::timed_out);
  return out_;
}

time_point event_rules::wakeup() const noexcept {
  return line_.first_limit();
}

void event_rules::grant(const line::place& place) {
  out_.push_back(line::granted{place.request, generation_});
  out_.push_back(line::ended{place.client});
}

void event_rules::refuse(const line::place& place, errc why) {
  out_.push_back(line::refused{place.request, place.client, why});
}

} // namespace troupe
