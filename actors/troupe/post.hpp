#pragma once

#include "troupe/spawn.hpp"
#include "troupe/task.hpp"

#include <future>
#include <memory>
#include <utility>

namespace caf {
class actor_system;
} // namespace caf

namespace troupe {

/// What `post` gives.
template <class T>
struct posted {
  std::future<T> result;
  /// To cancel it by. Its value is the future's alone.
  any_handle task;
};

/// Runs a task in a system, from any thread, and gives its result to that: what
/// asyncio calls `run_coroutine_threadsafe`.
///
/// @return A future, which throws what the task threw, and a handle.
/// Fails:   throws `failure` (`invalid_argument`) for a task that borrows.
/// Cancel:  through the handle; the future throws `cancelled`.
/// Threads: any but those that run tasks, if it waits for the future.
template <class T>
posted<T> post(caf::actor_system& system, task<T> work,
               const spawn_options& options = spawn_options{}) {
  auto promise = std::make_shared<std::promise<T>>();
  auto handle = spawn(system, std::move(work), options);
  auto block = detail::handle_access::block(handle);
  block->collect();
  // The block calls this while it exists.
  block->on_done([promise, raw = block.get()] {
    if (raw->thrown())
      promise->set_exception(raw->thrown());
    else if constexpr (std::is_void_v<T>)
      promise->set_value();
    else if (raw->claim())
      promise->set_value(raw->steal());
  });
  return {promise->get_future(), std::move(handle)};
}

} // namespace troupe
