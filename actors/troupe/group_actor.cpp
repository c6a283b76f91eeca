#include "troupe/group_actor.hpp"

#include <caf/actor_cast.hpp>

namespace troupe {

namespace detail {

struct group_access {
  static const group_state& state(const group& x) { return *x.state_; }
};

} // namespace detail

supervisor_actor actor_of(const group& tasks) {
  const auto& state = detail::group_access::state(tasks);
  caf::strong_actor_ptr actor{state.supervisor().get()};
  return caf::actor_cast<supervisor_actor>(actor);
}

} // namespace troupe
