#pragma once

#include "troupe/core/detail/end_watch.hpp"
#include "troupe/detail/fiber.hpp"

#include <caf/actor_cast.hpp>
#include <caf/local_actor.hpp>

#include <cstddef>

namespace troupe::testing {

/// How many watch the running task: those that have ended count too.
inline std::size_t watchers_of_this_task() {
  auto& self = detail::fiber::require().host().self();
  return detail::end_watch::count(caf::strong_actor_ptr{self.ctrl()});
}

/// How many hold on to the memory of an actor that has ended, beside `it`.
inline std::size_t holders_of(const caf::weak_actor_ptr& it) {
  return it->weak_refs - 1;
}

} // namespace troupe::testing
