#include "troupe/core/scheduler.hpp"

#include "troupe/core/detail/quiet_clock.hpp"
#include "troupe/core/detail/worker_pool.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <algorithm>
#include <memory>
#include <thread>

namespace troupe {

namespace {

constexpr std::size_t default_throughput = 300;

/// What CAF sees of the scheduler.
class coordinator : public caf::scheduler::abstract_coordinator {
public:
  using abstract_coordinator::abstract_coordinator;

  static caf::actor_system::module* make(caf::actor_system& system,
                                         caf::detail::type_list<>) {
    return new coordinator(system);
  }

  void enqueue(caf::resumable* job) override { pool_->enqueue(job); }

  caf::actor_clock& clock() noexcept override { return clock_; }

  bool halt(duration limit) { return pool_->halt(limit); }

protected:
  void init(caf::actor_system_config& config) override {
    abstract_coordinator::init(config);
    max_throughput_ =
      get_or(config, "scheduler.max-throughput", default_throughput);
    pool_ = std::make_unique<detail::worker_pool>(system(), num_workers(),
                                                  max_throughput());
  }

  void start() override {
    pool_->start();
    clock_.start(system());
    abstract_coordinator::start();
  }

  void stop() override {
    pool_->stop();
    stop_actors();
    release_jobs();
    clock_.stop(); // must not wait for an actor that ends, so not before
    release_jobs();
  }

private:
  void release_jobs() {
    while (auto* job = pool_->take_left())
      cleanup_and_release(job);
  }

  detail::quiet_clock clock_;
  std::unique_ptr<detail::worker_pool> pool_;
};

} // namespace

void use_scheduler(caf::actor_system_config& config, std::size_t threads) {
  if (threads == 0)
    threads = std::max(std::thread::hardware_concurrency(), 1U);
  config.set("scheduler.max-threads", threads);
  config.load<coordinator>();
}

bool halt_scheduler(caf::actor_system& system, duration limit) {
  auto* ours = dynamic_cast<coordinator*>(&system.scheduler());
  return ours && ours->halt(limit);
}

} // namespace troupe
