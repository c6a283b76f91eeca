#pragma once

#include "troupe/core/event_rules.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/operation.hpp"
#include "troupe/detail/selectable.hpp"
#include "troupe/task.hpp"

#include <caf/fwd.hpp>

#include <utility>
#include <variant>

namespace troupe {

namespace detail {

class event_choice;

/// What `wait` gives.
class [[nodiscard]] event_op : public operation<event_op, void> {
public:
  using choice = event_choice;

  // NOLINTNEXTLINE(google-explicit-constructor): that is all it is
  event_op(actor_ref event) noexcept : event_(std::move(event)) {}

  task<void> start() &&;

private:
  friend class event_choice;

  actor_ref event_;
};

/// The same as one of several; see `select`.
class event_choice final : public selectable {
public:
  explicit event_choice(event_op op) : event_(std::move(op.event_)) {}

  task<bool> poll() override;
  std::monostate value() { return {}; }

private:
  void ask(fiber& from, slot_id slot) override;
  void take(fiber& from, slot_id slot, content& answer) override;
  void decline(fiber& from, slot_id slot) noexcept override;

  actor_ref event_;
};

} // namespace detail

/// A flag that tasks wait for. Cheap to copy: all copies mean the same event.
///
/// Order:   those that wait are woken first come, first served.
/// Threads: from any task of its system.
class event {
public:
  /// Not set. Inside a task.
  ///
  /// Fails: throws `failure` (`no_running_system`) outside of any task.
  explicit event(const event_options& options = event_options{});
  explicit event(caf::actor_system& system,
                 const event_options& options = event_options{});

  /// The event of an actor that somebody else spawned, by `spawn_event`.
  template <class... Signatures>
  explicit event(const caf::typed_actor<Signatures...>& actor)
    : actor_(actor->ctrl()) {}

  /// Waits until it is set; at once if it is.
  ///
  /// Cancel: safe.
  [[nodiscard]] detail::event_op wait() const { return {actor_}; }

  /// Wakes all that wait, though it be cleared before they run.
  ///
  /// Cancel: it is set, or cleared, all the same.
  [[nodiscard]] task<void> set() const;
  [[nodiscard]] task<void> clear() const;
  [[nodiscard]] task<bool> is_set() const;

private:
  detail::actor_ref actor_;
};

} // namespace troupe
