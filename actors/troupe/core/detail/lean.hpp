#pragma once

#include "troupe/core/detail/roster.hpp"

#include <caf/error.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduled_actor.hpp>

#include <cstddef>
#include <utility>

namespace troupe::detail {

/// A turn of an actor that has neither streams nor a receive timeout: what
/// CAF's own `resume` does, without reading the clock for those each time, and
/// until the turn is over; see `turn`.
caf::resumable::resume_result take_turn(caf::scheduled_actor& self,
                                        caf::execution_unit* unit,
                                        std::size_t most_messages);

/// An actor with such turns.
///
/// @tparam Base CAF's class.
template <class Base>
class lean : public Base {
public:
  using Base::Base;

  caf::resumable::resume_result resume(caf::execution_unit* unit,
                                       std::size_t most_messages) override {
    return take_turn(*this, unit, most_messages);
  }
};

/// The same in the list of troupe's actors.
template <class Base, activity Activity = activity::waits>
class listed : public lean<Base> {
public:
  using lean<Base>::lean;

  bool cleanup(caf::error&& why, caf::execution_unit* host) override {
    place_.leave();
    return lean<Base>::cleanup(std::move(why), host);
  }

private:
  roster_place place_{*this, Activity};
};

} // namespace troupe::detail
