#include "troupe/core/detail/quiet_clock.hpp"

#include "troupe/core/detail/flags.hpp"

#include <caf/actor_system.hpp>
#include <caf/detail/set_thread_name.hpp>
#include <caf/logger.hpp>

namespace troupe::detail {

void quiet_clock::start(caf::actor_system& system) {
  thread_ = std::thread{[this, &system] {
    CAF_SET_LOGGER_SYS(&system);
    caf::detail::set_thread_name("troupe.clock");
    system.thread_started();
    run_dispatch_loop();
    system.thread_terminates();
  }};
}

void quiet_clock::stop() {
  cancel_dispatch_loop();
  thread_.join();
  // Actors that end from now on tell nobody: what they would tell it through
  // has room for 63, and then waits for the thread.
  stopped_ = true;
}

void quiet_clock::set_ordinary_timeout(time_point t, caf::abstract_actor* self,
                                       caf::atom_value type, std::uint64_t id) {
  self->setf(has_timers_flag);
  thread_safe_actor_clock::set_ordinary_timeout(t, self, type, id);
}

void quiet_clock::set_multi_timeout(time_point t, caf::abstract_actor* self,
                                    caf::atom_value type, std::uint64_t id) {
  self->setf(has_timers_flag);
  thread_safe_actor_clock::set_multi_timeout(t, self, type, id);
}

void quiet_clock::set_request_timeout(time_point t, caf::abstract_actor* self,
                                      caf::message_id id) {
  self->setf(has_timers_flag);
  thread_safe_actor_clock::set_request_timeout(t, self, id);
}

void quiet_clock::cancel_timeouts(caf::abstract_actor* self) {
  if (!self->getf(has_timers_flag) || stopped_)
    return;
  self->unsetf(has_timers_flag);
  thread_safe_actor_clock::cancel_timeouts(self);
}

} // namespace troupe::detail
