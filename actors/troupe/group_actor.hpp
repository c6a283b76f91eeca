#pragma once

#include "troupe/group.hpp"
#include "troupe/msg/group.hpp"

namespace troupe {

/// The supervisor of a group, to be given away: whoever has it may pause,
/// resume, cancel and watch the group, in plain CAF or by `request`, also from
/// another process.
///
///     v1::GroupPause pause;
///     pause.set_owner("operator");
///     co_await request(supervisor, pause, 5s);
///
/// A handle that outlives the group is answered that it is done.
///
/// Threads: as `group`.
[[nodiscard]] supervisor_actor actor_of(const group& tasks);

} // namespace troupe
