#pragma once

#include "troupe/core/time.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/fiber.hpp"

#include <caf/fwd.hpp>

#include <memory>

namespace troupe::detail {

class timer_table;

/// The timers of a system, on one timeout of its clock. Who sets a timer files
/// it, and so keeps no actor busy: tasks that set timers and take them back as
/// fast as they can would have an actor that does it fall behind for good.
///
/// Threads: any, each for its own actors.
class timer_service {
public:
  explicit timer_service(caf::actor_system& system);
  timer_service(const timer_service&) = delete;
  timer_service& operator=(const timer_service&) = delete;
  /// None goes off any more.
  ~timer_service();

  /// Answers a slot of `who` at some time.
  ///
  /// @param is_limit Whether it comes after the others of the same time.
  void set(caf::local_actor& who, slot_id slot, time_point when, bool is_limit);

  /// Takes that back; it may be too late.
  void clear(caf::local_actor& who, slot_id slot);

private:
  void wake_bell(caf::local_actor& from);

  std::shared_ptr<timer_table> table_;
  actor_ref bell_;
};

} // namespace troupe::detail
