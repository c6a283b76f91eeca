#pragma once

#include <caf/detail/thread_safe_actor_clock.hpp>

#include <atomic>
#include <thread>

namespace troupe::detail {

/// A clock whose thread sleeps while there are no timers: actors that have some
/// bear a flag, so that the others can end without the thread hearing of it.
///
/// Threads: of an actor's timers, the actor's own.
class quiet_clock : public caf::detail::thread_safe_actor_clock {
public:
  void start(caf::actor_system& system);

  /// Drops all timers.
  void stop();

  void set_ordinary_timeout(time_point t, caf::abstract_actor* self,
                            caf::atom_value type, std::uint64_t id) override;

  void set_multi_timeout(time_point t, caf::abstract_actor* self,
                         caf::atom_value type, std::uint64_t id) override;

  void set_request_timeout(time_point t, caf::abstract_actor* self,
                           caf::message_id id) override;

  void cancel_timeouts(caf::abstract_actor* self) override;

private:
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

} // namespace troupe::detail
