#include "troupe/barrier.hpp"

#include "troupe/core/barrier_actor.hpp"
#include "troupe/detail/line_op.hpp"

#include <utility>

namespace troupe {

namespace {

using namespace detail;

task<std::size_t> wait_at(actor_ref barrier) {
  line_op<v1::BarrierPassed, v1::BarrierWait> wait{barrier};
  auto passed = co_await wait;
  co_return passed.index();
}

template <class Message>
task<void> change(actor_ref barrier, Message what) {
  co_await ask_for<v1::BarrierState>(barrier, std::move(what));
}

task<std::size_t> count_waiting(actor_ref barrier) {
  auto state =
    co_await ask_for<v1::BarrierState>(std::move(barrier), v1::BarrierQuery{});
  co_return state.waiting();
}

task<bool> is_broken(actor_ref barrier) {
  auto state =
    co_await ask_for<v1::BarrierState>(std::move(barrier), v1::BarrierQuery{});
  co_return state.broken();
}

} // namespace

barrier::barrier(std::size_t parties, const barrier_options& options)
  : barrier(system_or_current(nullptr), parties, options) {}

barrier::barrier(caf::actor_system& system, std::size_t parties,
                 const barrier_options& options)
  : parties_(parties), actor_(ref_of(spawn_barrier(system, parties, options))) {
}

task<std::size_t> barrier::wait() const {
  return wait_at(actor_);
}

task<void> barrier::reset() const {
  return change(actor_, v1::BarrierReset{});
}

task<void> barrier::abort() const {
  return change(actor_, v1::BarrierAbort{});
}

task<std::size_t> barrier::waiting() const {
  return count_waiting(actor_);
}

task<bool> barrier::broken() const {
  return is_broken(actor_);
}

} // namespace troupe
