#pragma once

#include "troupe/core/time.hpp"
#include "troupe/handle.hpp"

#include <cstdint>
#include <string>

namespace caf {
class actor_system;
} // namespace caf

/// About the running task.
///
/// Fails: each throws `failure` (`no_running_system`) outside of any task.
namespace troupe::this_task {

[[nodiscard]] const std::string& name();

/// How many cancels were asked for and not undone.
[[nodiscard]] std::uint32_t cancelling();

/// Undoes a cancel; see `any_handle::uncancel`.
std::uint32_t uncancel();

/// When it will be cancelled: the nearest of its own deadline and those of the
/// `with_timeout`s that it is in; `never` without one.
[[nodiscard]] time_point deadline();

/// The time of its system's clock.
[[nodiscard]] time_point now();

/// The CAF system that it runs in: to spawn actors of one's own.
[[nodiscard]] caf::actor_system& system();

/// Refers to the running task: to cancel it, for instance.
[[nodiscard]] any_handle handle();

} // namespace troupe::this_task
