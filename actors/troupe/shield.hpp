#pragma once

#include "troupe/handle.hpp"
#include "troupe/spawn.hpp"
#include "troupe/task.hpp"

#include <utility>

namespace troupe {

/// Waits for a task as `co_await h` does, but a cancel of who waits does not
/// cancel the task, which runs on. If it fails then, that is logged once. Of a
/// handle it gives a reference to the value; of one that is moved, the value.
///
/// Fails:  throws what the task threw.
/// Cancel: at once; the task is left alone. A cancel of the task itself comes
///         out of here.
template <class T>
[[nodiscard]] auto shield(const handle<T>& work) {
  return detail::handle_await<T, false>{detail::handle_access::block(work),
                                        true};
}
template <class T>
[[nodiscard]] auto shield(handle<T>&& work) {
  return detail::handle_await<T, true>{detail::handle_access::block(work),
                                       true};
}

/// The same for a task that is spawned for it; gives its value.
template <class T>
[[nodiscard]] auto shield(task<T> work) {
  return detail::handle_await<T, true>{
    detail::handle_access::block(spawn(std::move(work))), true};
}

} // namespace troupe
