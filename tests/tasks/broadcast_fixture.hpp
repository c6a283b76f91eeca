#pragma once

#include "conformance/fixture.hpp"
#include "troupe/broadcast.hpp"
#include "troupe/core/broadcast_actor.hpp"

namespace troupe {

using BroadcastTaskTest = TaskConformanceTest;

inline broadcast_options room(std::size_t max_size,
                              on_full policy = on_full::block) {
  return broadcast_options{}.max_size(max_size).on_full(policy);
}

inline task<broadcast_state> state_of(broadcast<int> what) {
  co_return co_await what.state();
}

inline task<void> publish_all(broadcast<int> to, int count, journal log) {
  for (int i = 1; i <= count; ++i) {
    co_await to.publish(i);
    log.add(std::to_string(i));
  }
}

/// Subscribes, and never gets anything.
inline task<void> subscribe_and_sleep(broadcast<int> to,
                                      broadcast_options options) {
  auto mine = co_await to.subscribe(options);
  co_await sleep(forever);
}

} // namespace troupe
