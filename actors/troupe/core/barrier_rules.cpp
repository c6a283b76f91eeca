#include "troupe/core/barrier_rules.hpp"

#include "troupe/core/detail/places.hpp"

#include <utility>

namespace troupe {

std::span<const line::output> barrier_rules::wait(const line::place& place,
                                                  time_point now) {
  out_.clear();
  if (broken_) {
    line::refuse(place, errc::broken, out_);
  } else if (line_.size() + 1 == parties_) {
    line_.push_back(place);
    std::uint64_t index = 0;
    for (const auto& x : std::exchange(line_, {})) {
      out_.push_back(line::granted{x.request, index++});
      out_.push_back(line::ended{x.client});
    }
  } else if (place.until <= now) {
    line::refuse(place, errc::busy, out_);
  } else {
    line_.push_back(place);
  }
  return out_;
}

std::span<const line::output> barrier_rules::reset() {
  out_.clear();
  refuse_all();
  broken_ = false;
  return out_;
}

std::span<const line::output> barrier_rules::abort() {
  out_.clear();
  refuse_all();
  broken_ = true;
  return out_;
}

std::span<const line::output> barrier_rules::withdraw(line::client_id client,
                                                      std::uint64_t ticket) {
  out_.clear();
  line::withdraw(line_, client, ticket, out_);
  return out_;
}

std::span<const line::output> barrier_rules::gone(line::client_id client) {
  out_.clear();
  if (line::remove(line_, client, out_) != 0 && options_.break_on_death()) {
    refuse_all();
    broken_ = true;
  }
  return out_;
}

std::span<const line::output> barrier_rules::tick(time_point now) {
  out_.clear();
  line::expire(line_, now, out_);
  return out_;
}

time_point barrier_rules::wakeup() const noexcept {
  return line::first_limit(line_);
}

void barrier_rules::refuse_all() {
  for (const auto& place : std::exchange(line_, {}))
    line::refuse(place, errc::broken, out_);
}

} // namespace troupe
