#pragma once

#include <caf/fwd.hpp>

namespace caf {
class actor_control_block;
class actor_system;
class execution_unit;
class mailbox_element;
class scheduled_actor;
} // namespace caf

namespace troupe::detail {

/// Whether CAF's test scheduler plays the actors of a system, step by step.
[[nodiscard]] bool is_test_system(caf::actor_system& system);

/// Lets those that send a message to this actor run its handler themselves, in
/// their own thread, whenever it waits for a message: the message does not pass
/// its mailbox then, and no thread has to be found for it. For an actor whose
/// handlers are short, and only send messages in CAF's way.
///
/// Not in a system with CAF's test scheduler: there every message is a step.
void let_run_in_place(caf::scheduled_actor& self);

/// Makes the caller's thread the one that runs an actor that was said to be run
/// in place, if it waits for a message.
///
/// Messages of one sender stay in order: an actor that has one waits for none.
///
/// @return The actor, to be given to `run_in_place`; null if it is not so.
[[nodiscard]] caf::scheduled_actor* claim(caf::actor_control_block& who);

/// Has it handle a message, and wait again, or be scheduled on `unit` if more
/// have come.
///
/// @pre It was claimed; the caller keeps it alive.
void run_in_place(caf::scheduled_actor& claimed, caf::mailbox_element& message,
                  caf::execution_unit& unit);

/// Launches an actor. Those that are launched by one actor begin in that order;
/// where there are several threads, these take them in that order.
void launch_in_order(caf::scheduled_actor& self, caf::execution_unit& unit);

/// Launches an actor, whose first turn is here and now.
///
/// @pre `unit` is what runs actors in this thread.
void launch_in_place(caf::scheduled_actor& self, caf::execution_unit& unit);

} // namespace troupe::detail
