#pragma once

#include "troupe/core/queue_options.hpp"
#include "troupe/detail/queue_ops.hpp"

#include <caf/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace troupe {

namespace detail {

actor_ref spawn_queue_here(const queue_options& options);
actor_ref spawn_queue_in(caf::actor_system& system,
                         const queue_options& options);

} // namespace detail

/// What the queues of every order have in common.
template <class T, queue_order Order>
class basic_queue {
  static_assert(detail::is_item<T>,
                "the items of a queue are protobuf messages, std::string, "
                "numbers of up to 64 bits, or bool");

public:
  using value_type = T;

  /// Inside a task.
  ///
  /// Fails: throws `failure` (`no_running_system`) outside of any task.
  explicit basic_queue(queue_options options = queue_options{})
    : actor_(detail::spawn_queue_here(options.order(Order))) {}
  explicit basic_queue(caf::actor_system& system,
                       queue_options options = queue_options{})
    : actor_(detail::spawn_queue_in(system, options.order(Order))) {}

  /// The queue of an actor that somebody else spawned, by `spawn_queue`.
  template <class... Signatures>
  explicit basic_queue(const caf::typed_actor<Signatures...>& actor)
    : actor_(actor->ctrl()) {}

  /// Takes the next item, waiting while the queue is empty.
  ///
  /// Fails:  throws `failure`: `closed` once the queue is shut down and empty;
  ///         `invalid_argument` for an item of another type than `T`, which
  ///         stays in the queue.
  /// Cancel: safe: takes nothing, loses its place in line. An item that was on
  ///         its way goes back to the head, before newer ones.
  /// Order:  those who wait are served first come, first served.
  [[nodiscard]] auto get() const {
    return detail::queue_get_op<T>{actor_, false};
  }

  /// The same, without waiting.
  ///
  /// Fails:  as `get`; `empty`.
  [[nodiscard]] auto get_nowait() const {
    return detail::queue_get_op<T>{actor_, true};
  }

  /// Takes as many items as there are, waiting for the first.
  ///
  /// @param max Most items, at least 1.
  /// @return A vector of 1 to `max` items.
  /// Fails:  as `get`; no item is taken then.
  /// Cancel: as `get`.
  [[nodiscard]] auto get_many(std::size_t max) const {
    return detail::queue_get_many_op<T>{actor_, max};
  }

  /// Says that so many of the items taken have been dealt with; see `join`.
  ///
  /// Fails:  throws `failure` (`invalid_argument`) when these are more than
  ///         were put.
  [[nodiscard]] auto task_done(std::size_t count = 1) const {
    return tell(count == 0 ? about::state : about::task_done, count);
  }

  /// Waits until `task_done` was said for every item that was put.
  [[nodiscard]] auto join() const { return detail::queue_join_op{actor_}; }

  /// Ends the queue: puts fail from now on, and gets once it is empty. Cannot
  /// be undone; does nothing the second time.
  ///
  /// @param immediate Drops the items; they count as dealt with.
  [[nodiscard]] auto shutdown(bool immediate = false) const {
    return tell(about::shutdown, immediate ? 1 : 0);
  }

  /// These tell how the queue stood when it was asked.
  [[nodiscard]] auto size() const {
    return detail::queue_size_op{actor_, about::state};
  }
  [[nodiscard]] auto empty() const {
    return detail::queue_empty_op{actor_, about::state};
  }
  [[nodiscard]] auto full() const {
    return detail::queue_full_op{actor_, about::state};
  }
  [[nodiscard]] auto state() const {
    return detail::queue_state_op{actor_, about::state};
  }

  /// Whether both mean the same queue.
  friend bool operator==(const basic_queue&, const basic_queue&) = default;

protected:
  [[nodiscard]] auto put_with(T item, std::int64_t priority,
                              bool no_wait) const {
    return detail::queue_put_op{actor_, detail::to_payload(std::move(item)),
                                priority, no_wait};
  }

  [[nodiscard]] auto put_many_with(std::vector<T> items,
                                   std::int64_t priority) const {
    payloads all;
    all.reserve(items.size());
    for (auto&& item : items)
      all.push_back(detail::to_payload(T{std::move(item)}));
    return detail::queue_put_many_op{actor_, std::move(all), priority};
  }

private:
  using about = detail::queue_ask::about;

  [[nodiscard]] auto tell(about what, std::uint64_t argument) const {
    return detail::queue_tell_op{actor_, what, argument};
  }

  detail::actor_ref actor_;
};

/// A queue between tasks, asyncio's `Queue`: items come out in the order in
/// which they went in. Cheap to copy: all copies mean the same queue, which
/// ends with the last of them.
///
///     queue<std::string> urls{queue_options{}.max_size(100)};
///     co_await urls.put(url);
///     auto next = co_await urls.get();
///
/// @tparam T A protobuf message, `std::string`, a number or bool.
/// Threads: any task of its system.
template <class T, queue_order Order = queue_order::fifo>
class queue : public basic_queue<T, Order> {
public:
  using basic_queue<T, Order>::basic_queue;

  /// Adds an item, waiting while the queue is full.
  ///
  /// Fails:  throws `failure` (`closed`) once the queue is shut down.
  /// Cancel: safe: `cancelled` is thrown only if the item is not in the queue.
  ///         Where somebody has taken it already, the put succeeds, and the
  ///         cancel comes to the next await.
  /// Order:  those who wait are let in first come, first served.
  [[nodiscard]] auto put(T item) const {
    return this->put_with(std::move(item), 0, false);
  }

  /// The same, without waiting.
  ///
  /// Fails:  as `put`; `full`.
  [[nodiscard]] auto put_nowait(T item) const {
    return this->put_with(std::move(item), 0, true);
  }

  /// Adds all items, waiting until the last one is in. They go in as there is
  /// room, one after the other, and no item of others in between.
  ///
  /// Fails:  as `put`; items that are in by then stay.
  /// Cancel: as `put`, for the items that nobody has taken yet.
  [[nodiscard]] auto put_many(std::vector<T> items) const {
    return this->put_many_with(std::move(items), 0);
  }
};

/// The same where the newest item comes out first.
template <class T>
using lifo_queue = queue<T, queue_order::lifo>;

/// The same where the item with the smallest priority comes out first, and of
/// equals the oldest.
template <class T>
class priority_queue : public basic_queue<T, queue_order::priority> {
public:
  using basic_queue<T, queue_order::priority>::basic_queue;

  /// As `queue::put`.
  [[nodiscard]] auto put(T item, std::int64_t priority) const {
    return this->put_with(std::move(item), priority, false);
  }

  /// As `queue::put_nowait`.
  [[nodiscard]] auto put_nowait(T item, std::int64_t priority) const {
    return this->put_with(std::move(item), priority, true);
  }

  /// As `queue::put_many`, with one priority for all.
  [[nodiscard]] auto put_many(std::vector<T> items,
                              std::int64_t priority) const {
    return this->put_many_with(std::move(items), priority);
  }
};

} // namespace troupe
