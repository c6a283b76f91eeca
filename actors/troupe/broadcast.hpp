#pragma once

#include "troupe/core/broadcast_options.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/item.hpp"
#include "troupe/subscription.hpp"
#include "troupe/task.hpp"

#include <caf/fwd.hpp>

#include <cstddef>
#include <utility>

namespace troupe {

/// How a broadcast stands.
class broadcast_state {
public:
  /// Without those that were disconnected.
  std::size_t subscribers = 0;
  /// Items, since it was made.
  std::size_t published = 0;
  /// Publishes that wait.
  std::size_t publishers = 0;
  bool shut_down = false;
};

namespace detail {

actor_ref make_broadcast(caf::actor_system* system,
                         const broadcast_options& options);
task<std::size_t> publish_item(actor_ref to, payload item, bool no_wait);
task<hold<subscriber>> subscribe_to(actor_ref to, broadcast_options options);
task<void> shut_down_broadcast(actor_ref broadcast, bool immediate);
task<broadcast_state> state_of_broadcast(actor_ref broadcast);

} // namespace detail

/// Gives each item to everybody who is subscribed when it is published, in the
/// same order. Cheap to copy: all copies mean the same broadcast, which ends
/// with the last of them and of its subscriptions.
///
///     broadcast<std::string> news;
///     auto mine = co_await news.subscribe();
///     co_await news.publish("hello");
///     auto next = co_await mine.get();
///
/// Each subscriber has its own bound, and what happens beyond that: `on_full`.
///
/// @tparam T A protobuf message, `std::string`, a number or bool. Subscribers
///           share it until they take a copy each.
/// Threads: from any task of its system.
template <class T>
class broadcast {
  static_assert(detail::is_item<T>,
                "the items of a broadcast are protobuf messages, std::string, "
                "numbers of up to 64 bits, or bool");

public:
  using value_type = T;

  /// Inside a task.
  ///
  /// @param options What its subscribers are like, unless they say otherwise.
  /// Fails: throws `failure` (`no_running_system`) outside of any task.
  explicit broadcast(const broadcast_options& options = broadcast_options{})
    : actor_(detail::make_broadcast(nullptr, options)) {}
  explicit broadcast(caf::actor_system& system,
                     const broadcast_options& options = broadcast_options{})
    : actor_(detail::make_broadcast(&system, options)) {}

  /// The one of an actor that somebody else spawned, by `spawn_broadcast`.
  template <class... Signatures>
  explicit broadcast(const caf::typed_actor<Signatures...>& actor)
    : actor_(actor->ctrl()) {}

  /// Gives an item to all subscribers at once, waiting while one of those that
  /// `block` has no room.
  ///
  /// @return How many of them it reached; the others missed it.
  /// Fails:  throws `failure` (`closed`) once the broadcast is shut down.
  /// Cancel: safe: `cancelled` is thrown only if nobody gets the item. Where it
  ///         is too late for that, the publish succeeds, and the cancel comes
  ///         to the next await.
  /// Order:  those who wait are let in first come, first served.
  [[nodiscard]] task<std::size_t> publish(T item) const {
    return detail::publish_item(actor_, detail::to_payload(std::move(item)),
                                false);
  }

  /// The same, without waiting.
  ///
  /// Fails:  as `publish`; `full`, and then nobody gets the item.
  [[nodiscard]] task<std::size_t> publish_nowait(T item) const {
    return detail::publish_item(actor_, detail::to_payload(std::move(item)),
                                true);
  }

  /// Subscribes to what is published from now on.
  ///
  /// @param options What they do not set is as the broadcast was made.
  /// Fails:  throws `failure` (`closed`) once the broadcast is shut down.
  /// Cancel: safe: nobody is subscribed.
  [[nodiscard]] task<subscription<T>>
  subscribe(broadcast_options options = broadcast_options{}) const {
    return subscribe_as(actor_, options);
  }

  /// Ends the broadcast: publishes fail from now on, and gets once everything
  /// was taken. Cannot be undone; does nothing the second time.
  ///
  /// @param immediate Drops what was not taken.
  [[nodiscard]] task<void> shutdown(bool immediate = false) const {
    return detail::shut_down_broadcast(actor_, immediate);
  }

  /// How it stood when it was asked.
  [[nodiscard]] task<broadcast_state> state() const {
    return detail::state_of_broadcast(actor_);
  }

  /// Whether both mean the same broadcast.
  friend bool operator==(const broadcast&, const broadcast&) = default;

private:
  static task<subscription<T>> subscribe_as(detail::actor_ref to,
                                            broadcast_options options) {
    auto hold = co_await detail::subscribe_to(std::move(to), options);
    co_return subscription<T>{std::move(hold)};
  }

  detail::actor_ref actor_;
};

} // namespace troupe
