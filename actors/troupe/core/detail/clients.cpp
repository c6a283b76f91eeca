#include "troupe/core/detail/clients.hpp"

#include <caf/actor_cast.hpp>
#include <caf/local_actor.hpp>

namespace troupe::detail {

line::client_id clients::enter(caf::local_actor& self) {
  const auto& sender = self.current_sender();
  auto [at, is_new] = by_address_.try_emplace(
    caf::actor_cast<caf::actor_addr>(sender), entry{last_ + 1, 0});
  auto& [address, client] = *at;
  ++client.count;
  if (is_new) {
    by_id_.emplace(++last_, address);
    self.monitor(sender->get(), caf::message_priority::normal);
  }
  return client.id;
}

void clients::leave(caf::local_actor& self, line::client_id who) {
  auto known = by_id_.find(who);
  auto at = by_address_.find(known->second);
  if (--at->second.count != 0)
    return;
  self.demonitor(known->second);
  by_address_.erase(at);
  by_id_.erase(known);
}

std::optional<line::client_id> clients::find(const caf::actor_addr& who) const {
  auto at = by_address_.find(who);
  if (at == by_address_.end())
    return std::nullopt;
  return at->second.id;
}

} // namespace troupe::detail
