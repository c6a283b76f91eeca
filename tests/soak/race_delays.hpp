#pragma once

#include <cstdint>
#include <cstdio>

namespace troupe::testing {

/// Chooses, by a seed, at which of the places that `race_point` marks threads
/// are delayed often and for long in the next run; at the others now and then.
///
/// Threads: one at a time.
void choose_delays(std::uint64_t seed);

/// Prints each place that a thread has come to, and how often.
void print_race_points(std::FILE* to);

/// Lets time pass, up to some microseconds, by the random numbers of this
/// thread.
void delay_a_little() noexcept;

} // namespace troupe::testing
