#pragma once

#include "troupe/lock.hpp"

namespace troupe {

/// A lock that its holder may acquire again; it is free when that has released
/// it as often. All that one task holds has the same token. See `lock`.
class rlock : public lock {
public:
  /// Inside a task.
  explicit rlock(const lock_options& options = lock_options{})
    : lock(lock_options{options}.reentrant(true)) {}
  explicit rlock(caf::actor_system& system,
                 const lock_options& options = lock_options{})
    : lock(system, lock_options{options}.reentrant(true)) {}
};

} // namespace troupe
