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
/// However often it is set and cleared, CAF keeps a few handlers for it only.
class alarm {
public:
  /// Calls `ring` in the actor at `when`, or at an earlier time set before; for
  /// `never`, clears it. `ring` is the same each time.
  void set(caf::scheduled_actor& self, time_point when,
           std::function<void()> ring);

  void clear(caf::scheduled_actor& self);

private:
  struct pending {
    time_point when;
    std::uint64_t id;
  };

  [[nodiscard]] std::uint64_t new_id(caf::scheduled_actor& self,
                                     std::function<void()> ring);
  [[nodiscard]] bool went_off(std::uint64_t id);

  // What the clock has for the actor, the earliest last.
  std::vector<pending> pending_;
  // Requests whose handlers are there though the clock has no time for them.
  std::vector<std::uint64_t> idle_;
};

} // namespace troupe
