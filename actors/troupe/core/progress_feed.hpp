#pragma once

#include "troupe/core/time.hpp"

#include <cstddef>
#include <vector>

namespace troupe {

/// Decides when each watcher is told that something changed: at once when its
/// interval has passed, else when it has. Nothing that changed last is ever
/// left untold. A pure state machine.
class progress_feed {
public:
  /// Adds a watcher, which is due at once.
  ///
  /// @param interval Shortest time between two of its messages.
  /// @return Its index.
  std::size_t add(duration interval);

  /// Something changed.
  void changed() noexcept;

  /// Who is to be told now, with the newest state.
  [[nodiscard]] std::vector<std::size_t> due(time_point now);

  /// Who has not been told of the newest state, whatever their intervals: for
  /// the last change of all.
  [[nodiscard]] std::vector<std::size_t> flush();

  /// When somebody is due next; `never` if nothing changed.
  [[nodiscard]] time_point wakeup() const noexcept;

private:
  struct watcher_state {
    duration interval;
    time_point next = time_point::min();
    bool behind = true;
  };

  std::vector<watcher_state> watchers_;
};

} // namespace troupe
