#pragma once

#include "model/exploration.hpp"
#include "troupe/core/queue_options.hpp"
#include "troupe/core/time.hpp"

#include <chrono>
#include <cstddef>
#include <vector>

namespace troupe::testing {

/// What a client of a queue wants.
struct queue_wish {
  enum kind { put, get, join, task_done, shutdown };
  kind what = get;
  std::vector<int> values = {}; // to put; all are different
  std::size_t max = 1;          // to get
  duration limit = forever;     // of a put, get or join; zero: does not wait
  bool immediate = false;       // of a shutdown
  // One more task_done than there may be, not those that it has used.
  bool too_often = false;
};

/// Clients that each do one thing after the other.
struct queue_scenario {
  queue_options options;
  std::vector<std::vector<queue_wish>> clients;
  std::vector<std::size_t> cancels; // of which client, at any time
  std::vector<std::size_t> deaths;
  std::size_t ticks = 0; // seconds that pass
};

inline queue_wish any_queue_wish(choices& way, int& value) {
  queue_wish result;
  result.what =
    std::vector{queue_wish::put,       queue_wish::put, queue_wish::put,
                queue_wish::get,       queue_wish::get, queue_wish::get,
                queue_wish::task_done, queue_wish::join}[way.choose(8)];
  if (way.choose(30) == 0)
    result.what = queue_wish::shutdown;
  if (result.what == queue_wish::put)
    for (auto many = 1 + way.choose(4); many != 0; --many)
      result.values.push_back(++value);
  result.max = 1 + way.choose(3);
  if (way.choose(3) == 0)
    result.limit = std::chrono::seconds{way.choose(4)};
  result.immediate = way.choose(2) == 0;
  result.too_often = way.choose(4) == 0;
  return result;
}

/// Clients that want something, and what happens to them, at random.
inline queue_scenario any_queue_scenario(choices& way) {
  queue_scenario result;
  result.options.max_size(way.choose(4))
    .order(static_cast<queue_order>(way.choose(3)));
  int value = 0;
  result.clients.resize(2 + way.choose(3));
  for (auto& client : result.clients)
    for (auto count = way.choose(6); count != 0; --count)
      client.push_back(any_queue_wish(way, value));
  result.cancels = any_clients(way, result.clients.size(), 4);
  result.deaths = any_clients(way, result.clients.size(), 2);
  result.ticks = way.choose(5);
  return result;
}

} // namespace troupe::testing
