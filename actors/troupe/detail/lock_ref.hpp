#pragma once

#include "troupe/core/detail/turn.hpp"
#include "troupe/core/lease.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/fiber.hpp"

#include <cstdint>
#include <utility>

namespace troupe::detail {

/// Keeps a lock's actor alive, and knows its lease.
class lock_ref {
public:
  lock_ref() = default;
  /// @param shared Lives as long as the actor; null for a lock elsewhere.
  lock_ref(actor_ref actor, lease* shared) noexcept
    : actor_(std::move(actor)), lease_(shared) {}
  lock_ref(const lock_ref&) = default;
  lock_ref(lock_ref&& other) noexcept
    : actor_(std::move(other.actor_)),
      lease_(std::exchange(other.lease_, nullptr)) {}
  lock_ref& operator=(const lock_ref&) = default;
  lock_ref& operator=(lock_ref&& other) noexcept {
    std::swap(actor_, other.actor_);
    std::swap(lease_, other.lease_);
    return *this;
  }
  ~lock_ref() = default;

  [[nodiscard]] const actor_ref& actor() const noexcept { return actor_; }
  explicit operator bool() const noexcept { return static_cast<bool>(actor_); }

  /// Takes the lock, if the running task had it last and nobody else wants it.
  ///
  /// @return The token; 0 if the lock has to be asked.
  [[nodiscard]] std::uint64_t take() const noexcept {
    auto* me = fiber::current();
    if (!lease_ || !me || turn::here().step())
      return 0;
    return lease_->take({me->client(), me->control()});
  }

  /// @return False if the lock has to be told.
  [[nodiscard]] bool release(std::uint64_t token) const noexcept {
    return lease_ && lease_->release(token);
  }

private:
  actor_ref actor_;
  lease* lease_ = nullptr;
};

} // namespace troupe::detail
