#pragma once

#include "troupe/core/line.hpp"

#include <caf/actor_addr.hpp>
#include <caf/fwd.hpp>

#include <cstddef>
#include <optional>
#include <unordered_map>

namespace troupe::detail {

/// The actors that wait for an actor, or have something of it: it monitors
/// them meanwhile.
///
/// Threads: from its actor only.
class clients {
public:
  /// The sender of the current message waits or has something, once more.
  line::client_id enter(caf::local_actor& self);

  /// The opposite.
  void leave(caf::local_actor& self, line::client_id who);

  /// Its number, if it waits or has something.
  [[nodiscard]] std::optional<line::client_id>
  find(const caf::actor_addr& who) const;

private:
  struct entry {
    line::client_id id;
    std::size_t count;
  };

  std::unordered_map<caf::actor_addr, entry> by_address_;
  std::unordered_map<line::client_id, caf::actor_addr> by_id_;
  line::client_id last_ = 0;
};

} // namespace troupe::detail
