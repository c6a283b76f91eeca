#include "troupe/core/time.hpp"

#include <utility>

namespace troupe {

std::string to_text(duration x) {
  using namespace std::chrono;
  if (x == forever)
    return "forever";
  if (x == duration::zero())
    return "0 s";
  constexpr std::pair<duration, const char*> units[] = {
    {1h, " h"}, {1min, " min"}, {1s, " s"}, {1ms, " ms"}, {1us, " us"},
  };
  for (const auto& [unit, name] : units)
    if (x % unit == duration::zero())
      return std::to_string(x / unit) + name;
  return std::to_string(x.count()) + " ns";
}

} // namespace troupe
