#pragma once

#include "troupe/core/detail/end_watch.hpp"
#include "troupe/detail/fiber.hpp"

#include <caf/actor_cast.hpp>
#include <caf/local_actor.hpp>
#include <caf/monitorable_actor.hpp>

#include <cstddef>

namespace troupe::testing {

/// How many actors watch the running task, monitor it, or are linked to it:
/// those that have ended count too. All who watch have one attachable together.
inline std::size_t watchers_of_this_task() {
  struct opened : caf::monitorable_actor {
    static auto first() { return &opened::attachables_head_; }
  };
  auto& self = detail::fiber::require().host().self();
  auto result = detail::end_watch::count(caf::strong_actor_ptr{self.ctrl()});
  for (const auto* x = (self.*opened::first()).get(); x; x = x->next.get())
    ++result;
  return result;
}

/// How many hold on to the memory of an actor that has ended, beside `it`.
inline std::size_t holders_of(const caf::weak_actor_ptr& it) {
  return it->weak_refs - 1;
}

} // namespace troupe::testing
