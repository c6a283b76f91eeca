#include "troupe/event.hpp"

#include "troupe/core/event_actor.hpp"
#include "troupe/detail/line_op.hpp"

#include <utility>

namespace troupe {

namespace {

using namespace detail;

task<void> wait_for(actor_ref event) {
  line_op<v1::EventHappened, v1::EventWait> wait{event};
  co_await wait;
}

template <class Message>
task<bool> state_after(actor_ref event, Message what) {
  auto state =
    co_await ask_for<v1::EventState>(std::move(event), std::move(what));
  co_return state.set();
}

template <class Message>
task<void> change(actor_ref event, Message what) {
  co_await state_after(event, std::move(what));
}

actor_ref make(caf::actor_system* system, const event_options& options) {
  return ref_of(spawn_event(system_or_current(system), options));
}

} // namespace

namespace detail {

task<void> event_op::start() && {
  return wait_for(std::move(event_));
}

task<bool> event_choice::poll() {
  return state_after(event_, v1::EventQuery{});
}

void event_choice::ask(fiber& from, slot_id slot) {
  ask_in_line(from, slot, event_, v1::EventWait{}, forever);
}

void event_choice::take(fiber&, slot_id, content& answer) {
  throw_if_error(answer);
}

void event_choice::decline(fiber& from, slot_id slot) noexcept {
  withdraw(from, event_, slot);
}

} // namespace detail

event::event(const event_options& options) : actor_(make(nullptr, options)) {}

event::event(caf::actor_system& system, const event_options& options)
  : actor_(make(&system, options)) {}

task<void> event::set() const {
  return change(actor_, v1::EventSet{});
}

task<void> event::clear() const {
  return change(actor_, v1::EventClear{});
}

task<bool> event::is_set() const {
  return state_after(actor_, v1::EventQuery{});
}

} // namespace troupe
