#pragma once

namespace troupe::detail {

// What troupe keeps among CAF's flags of an actor, which end below these.
constexpr int runs_in_place_flag = 0x10000;
constexpr int has_timers_flag = 0x20000;

} // namespace troupe::detail
