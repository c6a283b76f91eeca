#include "troupe/detail/line_op.hpp"

#include "troupe/detail/runtime.hpp"
#include "troupe/msg/type_ids.hpp"

namespace troupe::detail {

void withdraw(fiber& from, const actor_ref& to, std::uint64_t ticket) {
  if (from.closing()) // the other one sees that
    return;
  v1::Withdraw message;
  message.set_ticket(ticket);
  tell(from, to, std::move(message));
}

caf::actor_system& system_or_current(caf::actor_system* system) {
  return system ? *system : runtime::current()->system();
}

} // namespace troupe::detail
