#pragma once

#include "model/exploration.hpp"
#include "troupe/core/broadcast_options.hpp"
#include "troupe/core/time.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

namespace troupe::testing {

/// What a client of a broadcast wants.
struct broadcast_wish {
  enum kind { publish, subscribe, get, unsubscribe, shutdown };
  kind what = publish;
  int value = 0;               // to publish; all are different
  std::size_t max = 1;         // to get
  duration limit = forever;    // of a publish or get
  broadcast_options options{}; // to subscribe
  bool immediate = false;      // of a shutdown
};

/// Clients that each do one thing after the other. Who begins by subscribing
/// has done so when it starts.
struct broadcast_scenario {
  std::vector<std::vector<broadcast_wish>> clients;
  std::vector<std::size_t> cancels; // of which client, at any time
  std::vector<std::size_t> deaths;
  std::size_t ticks = 0; // seconds that pass
};

inline broadcast_wish any_subscription(choices& way) {
  broadcast_wish result;
  result.what = broadcast_wish::subscribe;
  result.options.max_size(1 + way.choose(3))
    .on_full(static_cast<on_full>(1 + way.choose(4)));
  return result;
}

/// @param reads Whether it may have subscribed.
inline broadcast_wish any_broadcast_wish(choices& way, bool reads, int& value) {
  using enum broadcast_wish::kind;
  if (reads && way.choose(8) == 0)
    return any_subscription(way);
  constexpr std::array kinds{publish, publish, publish,    get,
                             get,     get,     unsubscribe};
  broadcast_wish result;
  result.what = kinds[way.choose(reads ? kinds.size() : 3)];
  if (result.what == publish)
    result.value = ++value;
  result.max = 1 + way.choose(3);
  if (way.choose(20) == 0)
    result.what = shutdown;
  result.immediate = way.choose(2) == 0;
  if (way.choose(4) == 0)
    result.limit = std::chrono::seconds{1 + way.choose(3)};
  return result;
}

/// Clients that want something, and what happens to them, at random.
inline broadcast_scenario any_broadcast_scenario(choices& way) {
  broadcast_scenario result;
  int value = 0;
  result.clients.resize(2 + way.choose(3));
  for (auto& client : result.clients) {
    auto reads = way.choose(2) == 0;
    if (reads)
      client.push_back(any_subscription(way));
    for (auto count = way.choose(7); count != 0; --count)
      client.push_back(any_broadcast_wish(way, reads, value));
  }
  result.cancels = any_clients(way, result.clients.size(), 4);
  result.deaths = any_clients(way, result.clients.size(), 2);
  result.ticks = way.choose(5);
  return result;
}

} // namespace troupe::testing
