#pragma once

#include "troupe/detail/fiber.hpp"
#include "troupe/detail/holds.hpp"
#include "troupe/task.hpp"

#include <cstdint>
#include <utility>

namespace troupe::detail {

/// Throws `failure` (`stale_token`): it is not held, or not by this task.
///
/// @param elsewhere Whether another task acquired it.
[[noreturn]] void throw_not_held(bool elsewhere);

/// What an actor granted; given back when this goes, without waiting for it.
///
/// What a lock or a semaphore granted belongs to the task that acquired it, and
/// ends with that task, wherever this object is by then. So it cannot leave the
/// task: what the types show is refused when it is compiled (a task that gives
/// one to `spawn`, `gather`, `race` or `shield`; a promise of one), a coroutine
/// that takes one and is spawned is refused by `spawn`, and one that comes to
/// another task in some other way says false there, and protects nothing. It
/// may be moved within its task, into coroutines that are awaited inline as
/// well.
///
/// Keep it in a variable, `auto held = co_await …`, and not in a reference,
/// which would refer to nothing.
///
/// @tparam Kind Knows the messages, and by which `reference` the actor is
///         known, and whether it is `of_one_task`.
/// Threads: one at a time.
template <class Kind>
class [[nodiscard]] hold {
public:
  using reference = typename Kind::reference;

  /// Granted to the running task.
  hold(reference from, std::uint64_t token) noexcept
    : hold(std::move(from), token, fiber::current()) {}
  hold(reference from, std::uint64_t token, const fiber* owner) noexcept
    : from_(std::move(from)), token_(token),
      owner_(owner ? owner->id() : task_id{}) {}
  hold(const hold&) = delete;
  hold& operator=(const hold&) = delete;
  hold(hold&& other) noexcept
    : from_(std::move(other.from_)), token_(other.token_),
      owner_(other.owner_) {}
  /// What this had is given back.
  hold& operator=(hold&& other) noexcept {
    if (this == &other)
      return *this;
    give_back();
    from_ = std::exchange(other.from_, {});
    token_ = other.token_;
    owner_ = other.owner_;
    return *this;
  }
  ~hold() { give_back(); }

  /// Whether the running task holds it: it was neither released nor moved, and
  /// this is the task that acquired it.
  explicit operator bool() const noexcept { return from_ && is_here(); }

  /// A fencing token, larger than that of every grant before; see `fence`.
  ///
  /// Fails: throws `failure` (`stale_token`) if the running task does not hold
  ///        it.
  [[nodiscard]] std::uint64_t token() const {
    if constexpr (Kind::of_one_task)
      require();
    return token_;
  }

  /// Gives it back, and waits until it is. This is empty from now on.
  ///
  /// Fails:  throws `failure` (`stale_token`) if it is not held any more, or by
  ///         another task.
  /// Cancel: it is given back all the same.
  [[nodiscard]] task<void> release() { return Kind::release(std::move(*this)); }

private:
  friend Kind;

  [[nodiscard]] bool is_here() const noexcept {
    if constexpr (!Kind::of_one_task)
      return true;
    auto* me = fiber::current();
    return !me || me->id() == owner_; // destructors may run outside of tasks
  }
  void require() const {
    if (!*this)
      throw_not_held(static_cast<bool>(from_));
  }
  void give_back() noexcept {
    if (from_)
      Kind::give_back(from_, token_);
  }

  reference from_;
  std::uint64_t token_;
  task_id owner_;
};

} // namespace troupe::detail
