#pragma once

#include "troupe/core/queue_options.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/item.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/task.hpp"

#include <caf/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace troupe {

/// How a queue stands.
class queue_state {
public:
  std::size_t size = 0;
  /// 0: unbounded.
  std::size_t max_size = 0;
  /// Items that were put, and not yet `task_done`.
  std::size_t unfinished = 0;
  /// Gets and puts that wait.
  std::size_t getters = 0;
  std::size_t putters = 0;
  bool shut_down = false;

  [[nodiscard]] bool empty() const noexcept { return size == 0; }
  [[nodiscard]] bool full() const noexcept {
    return max_size != 0 && size >= max_size;
  }
};

namespace detail {

/// Items that were taken out of a queue, and their places in it.
class taken {
public:
  taken() {} // NOLINT(modernize-use-equals-default): no aggregate

  payloads values;
  std::vector<std::uint64_t> seqs;
  std::vector<std::int64_t> priorities; // none where all are the same
};

actor_ref make_queue(caf::actor_system* system, const queue_options& options);

task<void> put_item(actor_ref queue, payload item, std::int64_t priority,
                    bool no_wait);
task<void> put_items(actor_ref queue, payloads items, std::int64_t priority);
task<taken> take_item(actor_ref queue, bool no_wait);
task<taken> take_items(actor_ref queue, std::size_t max);
/// From the running task.
void give_back(const actor_ref& queue, taken what);
task<void> count_done(actor_ref queue, std::size_t count);
task<void> join_queue(actor_ref queue);
task<void> shut_down(actor_ref queue, bool immediate);
task<queue_state> state_of(actor_ref queue);
task<std::size_t> size_of(actor_ref queue);
task<bool> is_empty(actor_ref queue);
task<bool> is_full(actor_ref queue);

template <class T>
task<T> get_as(actor_ref queue, bool no_wait) {
  auto got = co_await take_item(queue, no_wait);
  auto result = from_payload<T>(got.values.front());
  if (!result) {
    give_back(queue, std::move(got));
    throw failure{result.error()};
  }
  co_return std::move(*result);
}

template <class T>
task<std::vector<T>> get_many_as(actor_ref queue, std::size_t max) {
  auto got = co_await take_items(queue, max);
  std::vector<T> result;
  result.reserve(got.values.size());
  for (auto& value : got.values) {
    auto one = from_payload<T>(value);
    if (!one) {
      for (std::size_t i = 0; i != result.size(); ++i)
        got.values[i] = to_payload(T{std::move(result[i])});
      give_back(queue, std::move(got));
      throw failure{one.error()};
    }
    result.push_back(std::move(*one));
  }
  co_return result;
}

template <class T>
payloads to_payloads(std::vector<T> items) {
  payloads result;
  result.reserve(items.size());
  for (auto&& item : items)
    result.push_back(to_payload(T{std::move(item)}));
  return result;
}

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
    : actor_(detail::make_queue(nullptr, options.order(Order))) {}
  explicit basic_queue(caf::actor_system& system,
                       queue_options options = queue_options{})
    : actor_(detail::make_queue(&system, options.order(Order))) {}

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
  [[nodiscard]] task<T> get() const { return detail::get_as<T>(actor_, false); }

  /// The same, without waiting.
  ///
  /// Fails:  as `get`; `empty`.
  [[nodiscard]] task<T> get_nowait() const {
    return detail::get_as<T>(actor_, true);
  }

  /// Takes as many items as there are, waiting for the first.
  ///
  /// @param max Most items, at least 1.
  /// @return 1 to `max` items.
  /// Fails:  as `get`; no item is taken then.
  /// Cancel: as `get`.
  [[nodiscard]] task<std::vector<T>> get_many(std::size_t max) const {
    return detail::get_many_as<T>(actor_, max);
  }

  /// Says that so many of the items taken have been dealt with; see `join`.
  ///
  /// Fails: throws `failure` (`invalid_argument`) when these are more than were
  ///        put.
  [[nodiscard]] task<void> task_done(std::size_t count = 1) const {
    return detail::count_done(actor_, count);
  }

  /// Waits until `task_done` was said for every item that was put.
  [[nodiscard]] task<void> join() const { return detail::join_queue(actor_); }

  /// Ends the queue: puts fail from now on, and gets once it is empty. Cannot
  /// be undone; does nothing the second time.
  ///
  /// An item that comes back later, as its get was cancelled, is in the queue
  /// again: for whoever asks then, as those that waited have been told already.
  /// `join` waits for it.
  ///
  /// @param immediate Drops the items, also those; they count as dealt with.
  [[nodiscard]] task<void> shutdown(bool immediate = false) const {
    return detail::shut_down(actor_, immediate);
  }

  /// How the queue stood when it was asked.
  [[nodiscard]] task<queue_state> state() const {
    return detail::state_of(actor_);
  }
  [[nodiscard]] task<std::size_t> size() const {
    return detail::size_of(actor_);
  }
  [[nodiscard]] task<bool> empty() const { return detail::is_empty(actor_); }
  [[nodiscard]] task<bool> full() const { return detail::is_full(actor_); }

  /// Whether both mean the same queue.
  friend bool operator==(const basic_queue&, const basic_queue&) = default;

protected:
  [[nodiscard]] task<void> put_with(T item, std::int64_t priority,
                                    bool no_wait) const {
    return detail::put_item(actor_, detail::to_payload(std::move(item)),
                            priority, no_wait);
  }
  [[nodiscard]] task<void> put_many_with(std::vector<T> items,
                                         std::int64_t priority) const {
    return detail::put_items(actor_, detail::to_payloads(std::move(items)),
                             priority);
  }

private:
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
/// Threads: from any task of its system.
template <class T, queue_order Order = queue_order::fifo>
class queue : public basic_queue<T, Order> {
public:
  using basic_queue<T, Order>::basic_queue;

  /// Adds an item, waiting while the queue is full.
  ///
  /// Fails:  throws `failure` (`closed`) once the queue is shut down.
  /// Cancel: safe: `cancelled` is thrown only if the item is not in the queue.
  ///         Where it is too late for that, the put succeeds, and the cancel
  ///         comes to the next await.
  /// Order:  those who wait are let in first come, first served.
  [[nodiscard]] task<void> put(T item) const {
    return this->put_with(std::move(item), 0, false);
  }

  /// The same, without waiting.
  ///
  /// Fails:  as `put`; `full`.
  [[nodiscard]] task<void> put_nowait(T item) const {
    return this->put_with(std::move(item), 0, true);
  }

  /// Adds all items, waiting until the last one is in. They go in as there is
  /// room, one after the other, and no item of others in between.
  ///
  /// Fails:  as `put`; items that are in by then stay.
  /// Cancel: as `put`, for the items that nobody has taken yet.
  [[nodiscard]] task<void> put_many(std::vector<T> items) const {
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
  [[nodiscard]] task<void> put(T item, std::int64_t priority) const {
    return this->put_with(std::move(item), priority, false);
  }

  /// As `queue::put_nowait`.
  [[nodiscard]] task<void> put_nowait(T item, std::int64_t priority) const {
    return this->put_with(std::move(item), priority, true);
  }

  /// As `queue::put_many`, with one priority for all.
  [[nodiscard]] task<void> put_many(std::vector<T> items,
                                    std::int64_t priority) const {
    return this->put_many_with(std::move(items), priority);
  }
};

} // namespace troupe
