#pragma once

#include "troupe/core/queue_options.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/item.hpp"
#include "troupe/detail/operation.hpp"
#include "troupe/detail/selectable.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/task.hpp"

#include <caf/fwd.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
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

/// An item that was taken out of a queue, and its place in it.
class taken_item {
public:
  taken_item() {} // NOLINT(modernize-use-equals-default): no aggregate

  payload value;
  std::uint64_t seq = 0;
  std::int64_t priority = 0;
};

/// The same of several.
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
task<taken_item> take_item(actor_ref queue, bool no_wait);
task<taken> take_items(actor_ref queue, std::size_t max);
void give_back(const actor_ref& queue, taken what);
void give_back(const actor_ref& queue, taken_item what);
task<void> count_done(actor_ref queue, std::size_t count);
task<void> join_queue(actor_ref queue);
task<void> shut_down(actor_ref queue, bool immediate);
task<queue_state> state_of(actor_ref queue);
task<std::size_t> size_of(actor_ref queue);
task<bool> is_empty(actor_ref queue);
task<bool> is_full(actor_ref queue);

/// Fails: throws `failure`; the item goes back then.
template <class T>
T value_of(const actor_ref& queue, taken_item what) {
  auto result = from_payload<T>(what.value);
  if (!result) {
    give_back(queue, std::move(what));
    throw failure{result.error()};
  }
  return std::move(*result);
}

template <class T>
task<T> get_as(actor_ref queue, bool no_wait) {
  auto got = co_await take_item(queue, no_wait);
  co_return value_of<T>(queue, std::move(got));
}

/// The same without a coroutine of its own.
template <class T>
class get_await {
public:
  explicit get_await(actor_ref queue)
    : queue_(std::move(queue)), work_(take_item(queue_, false)),
      taking_(task_access::release(work_)) {}
  get_await(const get_await&) = delete;
  get_await& operator=(const get_await&) = delete;
  ~get_await() = default;

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiting) {
    taking_.await_suspend(awaiting);
  }
  T await_resume() { return value_of<T>(queue_, taking_.await_resume()); }

private:
  actor_ref queue_;
  task<taken_item> work_;
  inline_await<taken_item> taking_;
};

/// A get as one of several; see `select`. The queue only offers the item.
class get_choice : public selectable {
public:
  explicit get_choice(actor_ref queue) : queue_(std::move(queue)) {}
  get_choice(const get_choice&) = delete;
  get_choice& operator=(const get_choice&) = delete;
  ~get_choice() override;

  task<bool> poll() final;

protected:
  template <class T>
  T value_as() {
    return value_of<T>(queue_, *std::exchange(got_, std::nullopt));
  }

private:
  void ask(fiber& from, slot_id slot) final;
  void take(fiber& from, slot_id slot, content& answer) final;
  void decline(fiber& from, slot_id slot) noexcept final;

  actor_ref queue_;
  std::optional<taken_item> got_;
};

/// What `get` gives.
template <class T>
class [[nodiscard]] get_op : public operation<get_op<T>, T> {
public:
  class choice final : public get_choice {
  public:
    explicit choice(get_op op) : get_choice(std::move(op.queue_)) {}
    T value() { return this->template value_as<T>(); }
  };

  explicit get_op(actor_ref queue) noexcept : queue_(std::move(queue)) {}

  task<T> start() && { return get_as<T>(std::move(queue_), false); }
  get_await<T> operator co_await() && {
    return get_await<T>{std::move(queue_)};
  }

private:
  actor_ref queue_;
};

template <class T>
task<std::vector<T>> get_many_as(actor_ref queue, std::size_t max) {
  auto got = co_await take_items(queue, max);
  auto result = from_payloads<T>(got.values);
  if (!result) {
    give_back(queue, std::move(got));
    throw failure{result.error()};
  }
  co_return std::move(*result);
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
  /// Order:  those who wait are served first come, first served, paused or
  ///         not: a task that is paused while it waits has its turn, and keeps
  ///         the item until it is resumed, though others wait for one.
  ///         Cancelled, it gives the item back.
  [[nodiscard]] detail::get_op<T> get() const {
    return detail::get_op<T>{actor_};
  }

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
  /// Fails:  throws `failure` (`invalid_argument`) when these are more than
  ///         were put.
  /// Cancel: they count all the same.
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
  /// Cancel: it ends all the same.
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
