#pragma once

#include <utility>

namespace caf {
class actor_control_block;
class local_actor;
} // namespace caf

namespace troupe::detail {

/// Keeps an actor alive, without CAF's headers.
class actor_ref {
public:
  actor_ref() = default;
  explicit actor_ref(caf::actor_control_block* actor);
  actor_ref(const actor_ref& other) : actor_ref(other.actor_) {}
  actor_ref(actor_ref&& other) noexcept
    : actor_(std::exchange(other.actor_, nullptr)) {}
  actor_ref& operator=(const actor_ref& other) {
    return *this = actor_ref{other};
  }
  actor_ref& operator=(actor_ref&& other) noexcept {
    actor_ref taken{std::move(other)};
    std::swap(actor_, taken.actor_);
    return *this;
  }
  ~actor_ref();

  [[nodiscard]] caf::actor_control_block* get() const noexcept {
    return actor_;
  }
  explicit operator bool() const noexcept { return actor_ != nullptr; }
  friend bool operator==(const actor_ref& a, const actor_ref& b) noexcept {
    return a.actor_ == b.actor_;
  }

private:
  caf::actor_control_block* actor_ = nullptr;
};

/// Knows an actor, without keeping it alive.
class weak_actor_ref {
public:
  weak_actor_ref() = default;
  explicit weak_actor_ref(caf::actor_control_block* actor);
  weak_actor_ref(const weak_actor_ref&) = delete;
  weak_actor_ref& operator=(const weak_actor_ref&) = delete;
  weak_actor_ref& operator=(weak_actor_ref&& other) noexcept {
    std::swap(actor_, other.actor_);
    return *this;
  }
  ~weak_actor_ref();

  /// The actor, if it still lives.
  [[nodiscard]] actor_ref lock() const;

private:
  caf::actor_control_block* actor_ = nullptr;
};

} // namespace troupe::detail
