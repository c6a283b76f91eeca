#pragma once

#include "troupe/core/time.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace troupe {

/// An actor's one timer, on its system's clock. The actor makes no requests
/// beside it.
///
/// It may go off early, never late: a later time does not replace an earlier
/// one. While it is set the clock keeps the actor alive; `clear` it in the end.
class alarm {
public:
  /// Calls `ring` in the actor at `when`, or at an earlier time set before; for
  /// `never`, clears it.
  void set(caf::scheduled_actor& self, time_point when,
           std::function<void()> ring);

  void clear(caf::scheduled_actor& self);

private:
  // What the clock has for the actor, the earliest last. A time is added only
  // before all others, so there are hardly ever more than two.
  struct pending {
    time_point when;
    std::uint64_t id;
  };
  std::vector<pending> pending_;
};

} // namespace troupe
