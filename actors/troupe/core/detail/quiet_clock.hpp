#pragma once

#include <caf/detail/thread_safe_actor_clock.hpp>

#include <mutex>
#include <thread>
#include <unordered_set>

namespace troupe::detail {

/// A clock whose thread sleeps while there are no timers: it knows which actors
/// have some, so that the others can end without the thread hearing of it.
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
  void remember(caf::abstract_actor* self);

  std::mutex mutex_;
  std::unordered_set<caf::actor_id> with_timers_;
  std::thread thread_;
};

} // namespace troupe::detail
