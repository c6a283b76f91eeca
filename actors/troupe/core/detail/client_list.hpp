#pragma once

#include "troupe/core/detail/end_watch.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/node_id.hpp>

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace troupe::detail {

/// Numbers the clients of an actor, and watches those that have waited for it,
/// each once, until it ends.
class client_list {
public:
  /// The number of whoever sent a message, the same for ever; 0 for nobody.
  template <class Self>
  [[nodiscard]] std::uint64_t number_of(Self& self,
                                        const caf::strong_actor_ptr& client) {
    return client ? number(self.node(), client->nid, client->aid) : 0;
  }

  template <class Self>
  void watch(Self& self, const caf::strong_actor_ptr& client) {
    if (!client)
      return;
    auto id = number_of(self, client);
    if (!watched_.contains(id))
      watched_.emplace(id, end_watch{client, self.ctrl()});
  }

  /// @return The number of the one that is gone.
  template <class Self>
  std::uint64_t remove(Self& self, const caf::actor_addr& gone) {
    auto result = number(self.node(), gone.node(), gone.id());
    watched_.erase(result);
    return result;
  }

private:
  // Actors of one process are numbered by CAF, in their order.
  static constexpr int bits_of_actor = 48;

  std::uint64_t number(const caf::node_id& own, const caf::node_id& node,
                       caf::actor_id id) {
    if (node == own)
      return id;
    auto at = std::find(others_.begin(), others_.end(), node);
    auto place = static_cast<std::uint64_t>(at - others_.begin());
    if (at == others_.end())
      others_.push_back(node);
    return id + ((place + 1) << bits_of_actor);
  }

  std::vector<caf::node_id> others_; // nodes that clients are on
  std::unordered_map<std::uint64_t, end_watch> watched_;
};

} // namespace troupe::detail
