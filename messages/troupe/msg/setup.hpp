#pragma once

#include "troupe/msg/type_ids.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/fwd.hpp>

namespace troupe {

/// Makes a CAF configuration know troupe's messages and how to print its
/// errors. Every system that runs troupe's actors needs it.
void configure(caf::actor_system_config& config);

/// Makes a CAF configuration know a block of `TROUPE_MESSAGES`:
/// `add_messages<caf::id_block::bank>(config)`.
template <class Block>
void add_messages(caf::actor_system_config& config) {
  config.add_message_types<Block>();
}

namespace detail {
void answer_clearly(caf::scheduled_actor& self);
} // namespace detail

/// Makes an actor answer what it cannot handle with an error that says so:
/// `decode_error` for bytes that did not parse (CAF hands those over as an
/// empty message), `invalid_argument` for a message that it does not know, and
/// `internal`, with the text of the exception, when a handler throws; the actor
/// ends then. An error that somebody sends it, or answers to what was sent
/// without asking, changes nothing (CAF ends the actor, and with it the service
/// of everybody else). Call it first in the actor's function.
template <class Self>
void answer_clearly(Self&& self) {
  if constexpr (requires { self->internal_ptr(); })
    detail::answer_clearly(*self->internal_ptr());
  else
    detail::answer_clearly(*self);
}

} // namespace troupe
