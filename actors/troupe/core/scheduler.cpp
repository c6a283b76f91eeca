#include "troupe/core/scheduler.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/policy/work_sharing.hpp>
#include <caf/scheduler/coordinator.hpp>

#include <mutex>
#include <thread>
#include <unordered_set>

namespace troupe {

namespace {

using base_clock = caf::detail::thread_safe_actor_clock;
using base_coordinator = caf::scheduler::coordinator<caf::policy::work_sharing>;

/// Knows which actors have timers, so that the others can end without its
/// thread hearing of it.
class quiet_clock : public base_clock {
public:
  void set_ordinary_timeout(time_point t, caf::abstract_actor* self,
                            caf::atom_value type, std::uint64_t id) override {
    remember(self);
    base_clock::set_ordinary_timeout(t, self, type, id);
  }

  void set_multi_timeout(time_point t, caf::abstract_actor* self,
                         caf::atom_value type, std::uint64_t id) override {
    remember(self);
    base_clock::set_multi_timeout(t, self, type, id);
  }

  void set_request_timeout(time_point t, caf::abstract_actor* self,
                           caf::message_id id) override {
    remember(self);
    base_clock::set_request_timeout(t, self, id);
  }

  void cancel_timeouts(caf::abstract_actor* self) override {
    {
      std::lock_guard lock{mutex_};
      if (with_timers_.erase(self->id()) == 0)
        return;
    }
    base_clock::cancel_timeouts(self);
  }

private:
  void remember(const caf::abstract_actor* self) {
    std::lock_guard lock{mutex_};
    with_timers_.insert(self->id());
  }

  std::mutex mutex_;
  std::unordered_set<caf::actor_id> with_timers_;
};

class quiet_coordinator : public base_coordinator {
public:
  using base_coordinator::base_coordinator;

  static caf::actor_system::module* make(caf::actor_system& system,
                                         caf::detail::type_list<>) {
    return new quiet_coordinator(system);
  }

  base_clock& clock() noexcept override { return clock_; }

protected:
  void start() override {
    base_coordinator::start();
    timer_ = std::thread{[this] {
      system().thread_started();
      clock_.run_dispatch_loop();
      system().thread_terminates();
    }};
  }

  void stop() override {
    base_coordinator::stop();
    clock_.cancel_dispatch_loop();
    timer_.join();
  }

private:
  quiet_clock clock_;
  std::thread timer_;
};

} // namespace

void use_quiet_scheduler(caf::actor_system_config& config,
                         std::size_t threads) {
  config.set("scheduler.max-threads", threads);
  config.load<quiet_coordinator>();
}

} // namespace troupe
