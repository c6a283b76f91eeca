#include "troupe/core/barrier_rules.hpp"

#include <utility>

namespace troupe {

std::span<const line::output> barrier_rules::wait(const line::place& place,
                                                  time_point now) {
  out_.clear();
  if (broken_) {
    refuse(place, errc::broken);
  } else if (line_.size() + 1 == parties_) {
    line_.push(place);
    std::uint64_t index = 0;
    while (!line_.empty()) {
      auto x = line_.pop();
      out_.push_back(line::granted{x.request, index++});
      out_.push_back(line::ended{x.client});
    }
  } else if (place.until <= now) {
    refuse(place, errc::busy);
  } else {
    line_.push(place);
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
  while (auto place = line_.withdraw(client, ticket))
    refuse(*place, errc::cancelled);
  return out_;
}

std::span<const line::output> barrier_rules::gone(line::client_id client) {
  out_.clear();
  while (auto place = line_.remove(client))
    refuse(*place, errc::lost);
  if (!out_.empty() && options_.break_on_death()) {
    refuse_all();
    broken_ = true;
  }
  return out_;
}

std::span<const line::output> barrier_rules::tick(time_point now) {
  out_.clear();
  while (auto place = line_.expire(now))
    refuse(*place, errc::timed_out);
  return out_;
}

time_point barrier_rules::wakeup() const noexcept {
  return line_.first_limit();
}

void barrier_rules::refuse_all() {
  while (!line_.empty())
    refuse(line_.pop(), errc::broken);
}

void barrier_rules::refuse(const line::place& place, errc why) {
  out_.push_back(line::refused{place.request, place.client, why});
}

} // namespace troupe
