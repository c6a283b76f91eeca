#pragma once

#include "troupe/core/line.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

/// Places in line, where nothing but the place matters.
namespace troupe::line {

inline void refuse(const place& x, errc why, std::vector<output>& out) {
  out.push_back(refused{x.request, x.client, why});
}

/// Refuses those that `leaves` tells of.
///
/// @return How many.
template <class Leaves>
std::size_t remove_if(std::deque<place>& line, Leaves leaves, errc why,
                      std::vector<output>& out) {
  return std::erase_if(line, [&](const place& x) {
    if (!leaves(x))
      return false;
    refuse(x, why, out);
    return true;
  });
}

inline void withdraw(std::deque<place>& line, client_id client,
                     std::uint64_t ticket, std::vector<output>& out) {
  auto leaves = [&](const place& x) {
    return x.client == client && x.ticket == ticket;
  };
  remove_if(line, leaves, errc::cancelled, out);
}

inline std::size_t remove(std::deque<place>& line, client_id client,
                          std::vector<output>& out) {
  auto leaves = [&](const place& x) { return x.client == client; };
  return remove_if(line, leaves, errc::lost, out);
}

inline void expire(std::deque<place>& line, time_point now,
                   std::vector<output>& out) {
  auto leaves = [&](const place& x) { return x.until <= now; };
  remove_if(line, leaves, errc::timed_out, out);
}

inline time_point first_limit(const std::deque<place>& line) noexcept {
  auto result = never;
  for (const auto& x : line)
    result = std::min(result, x.until);
  return result;
}

} // namespace troupe::line
