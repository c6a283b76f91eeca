#pragma once

#include "troupe/core/barrier_rules.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/task.hpp"

#include <cstddef>

namespace caf {
class actor_system;
} // namespace caf

namespace troupe {

/// Where so many tasks wait for each other, again and again. Cheap to copy: all
/// copies mean the same barrier.
///
/// Cancel:  who waits is un-counted. A `reset` or `abort` takes effect, though
///          it be cancelled.
/// Order:   all of a round go on together; numbers are given as they came.
/// Threads: from any task of its system.
class barrier {
public:
  /// Inside a task.
  ///
  /// Fails: throws `failure`: `invalid_argument` without parties;
  ///        `no_running_system` outside of any task.
  explicit barrier(std::size_t parties,
                   const barrier_options& options = barrier_options{});
  barrier(caf::actor_system& system, std::size_t parties,
          const barrier_options& options = barrier_options{});

  /// Waits until all parties do.
  ///
  /// @return Another number for each of them, from 0, as they came.
  /// Fails:  throws `failure` (`broken`).
  /// Cancel: safe: is un-counted; the others wait on.
  [[nodiscard]] task<std::size_t> wait() const;

  /// Those that wait get `broken`; it can be used again.
  [[nodiscard]] task<void> reset() const;
  /// Those that wait get `broken`, and all that come until a `reset`.
  [[nodiscard]] task<void> abort() const;

  /// How many wait.
  [[nodiscard]] task<std::size_t> waiting() const;
  [[nodiscard]] task<bool> broken() const;
  [[nodiscard]] std::size_t parties() const noexcept { return parties_; }

private:
  std::size_t parties_;
  detail::actor_ref actor_;
};

} // namespace troupe
