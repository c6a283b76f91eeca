#pragma once

#include "troupe/cancelled.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/suspension.hpp"
#include "troupe/msg/error.hpp"

#include <coroutine>
#include <optional>
#include <utility>

namespace troupe::detail {

/// Waits for the answer to a request that a cancel takes back: the actor is
/// asked to forget it, and `cancelled` is thrown once it has said that it did.
/// So what it did meanwhile is known, and undone before the task goes on.
class revocable_wait : public suspension {
protected:
  explicit revocable_wait(actor_ref to) : target_(std::move(to)) {}
  revocable_wait(const revocable_wait&) = delete;
  revocable_wait& operator=(const revocable_wait&) = delete;
  revocable_wait(revocable_wait&& other) noexcept
    : target_(std::move(other.target_)) {}
  ~revocable_wait() = default;

  void begin(std::coroutine_handle<> coroutine, const char* what);

  [[nodiscard]] const actor_ref& target() const noexcept { return target_; }
  /// Names the request, unique in its actor.
  [[nodiscard]] slot_id ticket() const noexcept { return ticket_; }

  /// For `await_resume`: throws `cancelled` if somebody wanted that and the
  /// request has no effect. If it has one that cannot be undone, the cancel
  /// comes to the next await.
  ///
  /// @param undone Whether it has none, as far as the answer tells.
  void check_cancel(bool undone);

  /// Whether a cancel came before the coroutine went on.
  [[nodiscard]] bool was_cancelled() const noexcept {
    return why_ || interrupted();
  }

  /// Throws what the answer tells, if that is an error.
  void check_answer() const;
  [[nodiscard]] bool has_failed() const noexcept {
    return static_cast<bool>(failed_);
  }

private:
  /// @return Whether it is the answer to the request.
  virtual bool take(content& what) = 0;
  /// Asks the actor to forget the request, and to answer that at `slot()`.
  virtual void revoke() = 0;
  virtual void take_revoked(content&) {}
  /// Whether an answer that was not an error has to be undone by the actor.
  [[nodiscard]] virtual bool revokes_late() const noexcept { return false; }

  void on_answer(content& what) final;
  bool on_cancel(const cancelled& why) final;
  bool on_late_cancel(const cancelled& why) final;

  actor_ref target_;
  slot_id ticket_ = 0;
  bool answered_ = false;
  error failed_;
  std::optional<cancelled> why_; // it is taken back
};

} // namespace troupe::detail
