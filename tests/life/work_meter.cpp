#include "life/work_meter.hpp"

#include <cstdint>
#include <ctime>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace troupe {

namespace {

/// Opens a counter of this process, also for threads that it starts later.
///
/// @return A descriptor; negative where there is none.
int open_counter() {
  perf_event_attr what{};
  what.size = sizeof(what);
  what.type = PERF_TYPE_HARDWARE;
  what.config = PERF_COUNT_HW_INSTRUCTIONS;
  what.exclude_kernel = 1;
  what.exclude_hv = 1;
  what.inherit = 1;
  constexpr auto this_process = 0;
  constexpr auto any_processor = -1;
  constexpr auto no_group = -1;
  return static_cast<int>(::syscall(SYS_perf_event_open, &what, this_process,
                                    any_processor, no_group,
                                    PERF_FLAG_FD_CLOEXEC));
}

/// Before `main`: no thread was started yet.
const int counter = open_counter();

} // namespace

const char* work_meter::unit() {
  return counter >= 0 ? "instructions" : "ns";
}

double work_meter::now() {
  std::uint64_t count = 0;
  if (counter >= 0 && ::read(counter, &count, sizeof(count)) == sizeof(count))
    return static_cast<double>(count);
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e9
         + static_cast<double>(used.tv_nsec);
}

} // namespace troupe
