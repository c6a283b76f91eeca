#pragma once

#include <caf/resumable.hpp>
#include <caf/scheduled_actor.hpp>

#include <cstddef>

namespace troupe::detail {

/// A turn of an actor that has neither streams nor a receive timeout: what
/// CAF's own `resume` does, without reading the clock for those each time.
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

} // namespace troupe::detail
