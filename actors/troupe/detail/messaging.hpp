#pragma once

#include "troupe/core/detail/in_place.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/fiber.hpp"
#include "troupe/msg/answer.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/local_actor.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message_id.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace troupe::detail {

/// Answers a slot: what it waits for is there.
struct ready {};

/// What runs tasks of that system in this thread, or null if nothing does: it
/// may run another system's.
caf::execution_unit* unit_here(const caf::actor_system& system);

/// Sends a message, or has it handled here and now; see `in_place.hpp`.
template <class... Values>
void post(caf::strong_actor_ptr from, const actor_ref& to, caf::message_id id,
          caf::execution_unit* unit, Values&&... values) {
  if (auto* here = unit ? claim(*to.get()) : nullptr) {
    caf::mailbox_element_vals<std::decay_t<Values>...> message{
      std::move(from), id, caf::mailbox_element::forwarding_stack{},
      std::forward<Values>(values)...};
    run_in_place(*here, message, *unit);
  } else {
    to.get()->get()->eq_impl(id, std::move(from), unit,
                             std::forward<Values>(values)...);
  }
}

/// Sends a message that nobody answers.
template <class... Values>
void tell(fiber& from, const actor_ref& to, Values&&... values) {
  auto& self = from.host().self();
  post(self.ctrl(), to, caf::make_message_id(), self.context(),
       std::forward<Values>(values)...);
}

/// Sends a request whose answer nobody wants.
template <class... Values>
void tell_unanswered(const actor_ref& to, Values&&... values) {
  post(nullptr, to, caf::make_message_id(), unit_here(*to.get()->home_system),
       std::forward<Values>(values)...);
}

/// Sends a request whose answer goes to a slot.
template <class... Values>
void ask(fiber& from, slot_id slot, const actor_ref& to, Values&&... values) {
  auto& self = from.host().self();
  constexpr auto flag = caf::message_id::response_flag_mask;
  post(self.ctrl(), to, caf::message_id{slot & ~flag}, self.context(),
       std::forward<Values>(values)...);
}

/// The same where the answer may come before this returns, without passing the
/// mailbox.
template <class... Values>
void ask_here(fiber& from, slot_id slot, const actor_ref& to,
              Values&&... values) {
  class taker final : public asker_here {
  public:
    taker(fiber& owner, slot_id its_slot)
      : asker_here(owner.host().self().ctrl(), caf::message_id{its_slot}),
        owner_(owner), slot_(its_slot) {}
    void take(content& answer) override { owner_.answer(slot_, answer); }

  private:
    fiber& owner_;
    slot_id slot_;
  };
  taker here{from, slot};
  ask(from, slot, to, std::forward<Values>(values)...);
}

/// Answers a slot of an actor.
void answer_slot(const actor_ref& who, slot_id slot);

} // namespace troupe::detail

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::detail::ready)
