#include "troupe/core/detail/lean.hpp"

#include "troupe/core/detail/turn.hpp"

namespace troupe::detail {

namespace {

// As CAF has it: messages of normal priority between two looks at urgent ones.
constexpr std::size_t round_size = 3;

} // namespace

caf::resumable::resume_result take_turn(caf::scheduled_actor& self,
                                        caf::execution_unit* unit,
                                        std::size_t most_messages) {
  using result = caf::resumable::resume_result;
  if (!self.activate(unit))
    return result::done;
  auto& here = turn::here();
  std::size_t handled = 0;
  caf::scheduled_actor::mailbox_visitor handle{&self, handled, most_messages};
  for (auto over = false; !over;) {
    auto before = handled;
    auto round = self.mailbox().new_round(round_size, handle);
    if (round.consumed_items == 0 && self.mailbox().try_block())
      return result::awaiting_message;
    if (self.finalize())
      return result::done;
    over = here.steps(handled - before) || handled >= most_messages;
  }
  return self.mailbox().try_block() ? result::awaiting_message
                                    : result::resume_later;
}

} // namespace troupe::detail
