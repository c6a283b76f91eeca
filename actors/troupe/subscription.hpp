#pragma once

#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/hold.hpp"
#include "troupe/detail/item.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/task.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace troupe {

namespace detail {

/// Ends a subscription when its hold goes.
struct subscriber {
  using reference = actor_ref;
  static constexpr bool of_one_task = false;

  static void give_back(const actor_ref& from, std::uint64_t id);
  static const actor_ref& owner(const hold<subscriber>& what) {
    return what.from_;
  }
};

/// Items that a subscriber took, and their places.
class received {
public:
  received() {} // NOLINT(modernize-use-equals-default): no aggregate

  payloads values;
  std::vector<std::uint64_t> seqs;
};

task<received> receive(actor_ref from, std::uint64_t subscriber,
                       std::size_t max, bool no_wait);
/// From the running task.
void give_back(const actor_ref& to, std::uint64_t subscriber, received what);
task<std::size_t> lag_of(actor_ref from, std::uint64_t subscriber);

template <class T>
task<std::vector<T>> receive_as(actor_ref from, std::uint64_t subscriber,
                                std::size_t max, bool no_wait) {
  auto got = co_await receive(from, subscriber, max, no_wait);
  auto result = from_payloads<T>(got.values);
  if (!result) {
    give_back(from, subscriber, std::move(got));
    throw failure{result.error()};
  }
  co_return std::move(*result);
}

template <class T>
task<T> receive_one_as(actor_ref from, std::uint64_t subscriber, bool no_wait) {
  auto got = co_await receive_as<T>(std::move(from), subscriber, 1, no_wait);
  co_return T{std::move(got.front())};
}

} // namespace detail

/// What a subscriber has not taken yet of a broadcast, until this goes: then it
/// is unsubscribed, without waiting for that.
///
/// It belongs to the task that subscribed, and may be moved to another one: to
/// that it belongs from its first get on. It ends with its task.
///
/// Threads: one task at a time.
template <class T>
class subscription {
public:
  using value_type = T;

  /// Whether this was not moved elsewhere.
  explicit operator bool() const noexcept { return static_cast<bool>(hold_); }

  /// Takes the next item, waiting for one to be published.
  ///
  /// Fails:  throws `failure`: `closed` once the broadcast is shut down and
  ///         everything was taken; `overloaded` once a subscriber of
  ///         `on_full::disconnect` that fell behind has taken what it had;
  ///         `invalid_argument` for an item of another type than `T`, which
  ///         stays.
  /// Cancel: safe: takes nothing. An item that was on its way goes back to the
  ///         head, before newer ones, even if there is no room.
  /// Order:  items come in the order in which they were published.
  [[nodiscard]] task<T> get() const {
    return detail::receive_one_as<T>(actor(), hold_.token(), false);
  }

  /// The same, without waiting.
  ///
  /// Fails:  as `get`; `empty`.
  [[nodiscard]] task<T> get_nowait() const {
    return detail::receive_one_as<T>(actor(), hold_.token(), true);
  }

  /// Takes as many items as there are, waiting for the first.
  ///
  /// @param max Most items; 0 is 1.
  /// @return 1 to `max` items.
  /// Fails:  as `get`; no item is taken then.
  /// Cancel: as `get`.
  [[nodiscard]] task<std::vector<T>> get_many(std::size_t max) const {
    return detail::receive_as<T>(actor(), hold_.token(), max, false);
  }

  /// How many items were published since it subscribed that it can never get:
  /// those that were dropped, and all that came after it was disconnected. The
  /// sum, as it was when the broadcast was asked; a get does not lower it.
  ///
  /// Fails: throws `failure` (`closed`) when its task has ended.
  [[nodiscard]] task<std::size_t> lagged() const {
    return detail::lag_of(actor(), hold_.token());
  }

private:
  template <class>
  friend class broadcast;

  explicit subscription(detail::hold<detail::subscriber> hold)
    : hold_(std::move(hold)) {}

  [[nodiscard]] const detail::actor_ref& actor() const {
    return detail::subscriber::owner(hold_);
  }

  detail::hold<detail::subscriber> hold_;
};

} // namespace troupe
