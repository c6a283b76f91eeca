#pragma once

#include "troupe/core/supervisor.hpp"
#include "troupe/msg/group.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>

#include <functional>
#include <vector>

namespace troupe {

/// Makes the actor of a child when it is its turn, inside the supervisor's
/// handler: so it must not wait. What it throws is how the child failed.
using child_factory = std::function<supervised_actor(caf::actor_system&)>;

/// Children for a group. Stays inside the process.
class add_children {
public:
  add_children() = default;
  explicit add_children(std::vector<child_factory> list)
    : factories(std::move(list)) {}

  std::vector<child_factory> factories;
};

/// A supervisor in the same process, which takes children as well.
using local_supervisor_actor =
  supervisor_actor::extend_with<actor<void(add_children)>>;

/// Spawns a group of children.
///
/// It lives as long as somebody holds it or a child runs, and answers
/// `GroupJoin` once it is done: closed by `GroupClose` and every child
/// terminal, or cancelled.
///
/// @param outcomes Takes the end of every child, in the order in which they
///                 end. Default: nobody.
/// @param children Takes their starts and progress. Default: nobody.
/// Cancel: `GroupCancel`, as often as one likes; answered when every child is
///         terminal.
/// Order:  results stand in the order in which children were added.
[[nodiscard]] local_supervisor_actor
spawn_supervisor(caf::actor_system& system,
                 const supervisor_options& options = supervisor_options{},
                 outcome_watcher outcomes = {}, child_watcher children = {});

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::add_children)
