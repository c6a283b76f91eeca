#pragma once

#include "troupe/core/permit_rules.hpp"
#include "troupe/core/time.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/hold.hpp"
#include "troupe/detail/operation.hpp"
#include "troupe/detail/selectable.hpp"
#include "troupe/sleep.hpp"
#include "troupe/task.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace troupe {

/// What a semaphore is like. Setters chain.
class semaphore_options {
public:
  semaphore_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// For people who look at what waits for it; see `tree`. Default: none.
  semaphore_options& name(std::string x) {
    name_ = std::move(x);
    return *this;
  }

  [[nodiscard]] const std::string& name() const { return name_; }

private:
  std::string name_;
};

namespace detail {

struct permit_hold {
  using reference = actor_ref;
  static constexpr bool of_one_task = true;

  static void give_back(const actor_ref& from, std::uint64_t token);
  static task<void> release(hold<permit_hold> what);
  static void keep(hold<permit_hold>& what);
  /// The permit stays taken, whatever becomes of its task, until what this
  /// gives goes, in any thread.
  ///
  /// @pre It is one permit.
  static std::shared_ptr<const void> keep_apart(hold<permit_hold>& what);
};

} // namespace detail

/// Permits of a semaphore that are held, until this goes; by the task that
/// acquired them, as a lock is: see `hold`.
class [[nodiscard]] permit : public detail::hold<detail::permit_hold> {
public:
  using hold::hold;

  /// They stay taken without this, until `semaphore::release`, by anybody, adds
  /// as many. This is empty from now on.
  ///
  /// Fails: throws `failure` (`stale_token`) in another task.
  void keep() { detail::permit_hold::keep(*this); }
};

namespace detail {

class permit_choice;

/// What `acquire` gives.
class [[nodiscard]] permit_op : public operation<permit_op, permit> {
public:
  using choice = permit_choice;

  permit_op(actor_ref semaphore, std::int64_t count, duration limit) noexcept
    : semaphore_(std::move(semaphore)), count_(count), limit_(limit) {}

  task<permit> start() &&;

private:
  friend class permit_choice;

  actor_ref semaphore_;
  std::int64_t count_;
  duration limit_;
};

/// The same as one of several; see `select`.
class permit_choice final : public selectable {
public:
  explicit permit_choice(permit_op op) : op_(std::move(op)) {}

  task<bool> poll() override;
  permit value() { return std::move(*got_); }

private:
  void ask(fiber& from, slot_id slot) override;
  void take(fiber& from, slot_id slot, content& answer) override;
  void decline(fiber& from, slot_id slot) noexcept override;

  permit_op op_;
  std::optional<permit> got_;
};

} // namespace detail

/// Permits that tasks take and give back. Cheap to copy: all copies mean the
/// same semaphore.
///
///     auto permit = co_await slots.acquire();   // given back when it goes
///
/// A task that ends, or an actor, gives back what it holds.
///
/// Order:   first come, first served: who waits for many permits is not
///          overtaken by those that want few.
/// Threads: from any task of its system.
class semaphore {
public:
  /// Inside a task.
  ///
  /// @param permits In the beginning.
  /// Fails: throws `failure`: `invalid_argument` for a negative number;
  ///        `no_running_system` outside of any task.
  explicit semaphore(std::int64_t permits = 1,
                     const semaphore_options& options = semaphore_options{});
  explicit semaphore(caf::actor_system& system, std::int64_t permits = 1,
                     const semaphore_options& options = semaphore_options{});

  /// The semaphore of an actor that somebody else spawned, by
  /// `spawn_semaphore`.
  template <class... Signatures>
  explicit semaphore(const caf::typed_actor<Signatures...>& actor)
    : actor_(actor->ctrl()) {}

  /// Waits until there are so many permits, and takes all of them at once.
  ///
  /// A `bounded_semaphore` or a `capacity_limiter` refuses whoever asks for
  /// more than it may ever have. A plain semaphore gets more by `release`, so
  /// one who asks for more than it has in all waits for that; a warning is
  /// logged then, unless the semaphore began with no permits.
  ///
  /// Fails:  throws `failure`: `invalid_argument` for less than one, or more
  ///         than there may be.
  /// Cancel: safe: loses its place in line, and a grant that is on its way is
  ///         given back. A task that is paused keeps what it was granted.
  [[nodiscard]] detail::permit_op acquire(std::int64_t count = 1) const {
    return {actor_, count, forever};
  }

  /// The same for some time.
  ///
  /// @param limit Longest wait; zero does not wait.
  /// Fails:  as `acquire`; `timed_out`.
  template <class Rep, class Period>
  [[nodiscard]] detail::permit_op
  acquire_for(std::chrono::duration<Rep, Period> limit,
              std::int64_t count = 1) const {
    return {actor_, count, detail::to_duration(limit)};
  }

  /// The same without waiting.
  ///
  /// @return Nothing where it would have to wait.
  [[nodiscard]] task<std::optional<permit>>
  try_acquire(std::int64_t count = 1) const;

  /// Adds permits that nobody holds. What `acquire` gave comes back by itself,
  /// so this is not its counterpart: asyncio's `await s.acquire()`,
  /// `s.release()` without keeping the permit, or `permit::keep`, adds one each
  /// time. (The compiler warns of a permit that nobody keeps.)
  ///
  /// Fails:  throws `failure` (`invalid_argument`) for less than one, if a
  ///         bounded semaphore has more than in the beginning then, and if
  ///         there were more than an `int64_t` can count. Nothing is added
  ///         then.
  /// Cancel: they are added all the same.
  [[nodiscard]] task<void> release(std::int64_t count = 1) const;

  /// Whether one would have to wait for a permit.
  [[nodiscard]] task<bool> locked() const;
  /// How many permits nobody has.
  [[nodiscard]] task<std::int64_t> available() const;

protected:
  semaphore(caf::actor_system* system, const permit_options& options);
  [[nodiscard]] const detail::actor_ref& actor() const noexcept {
    return actor_;
  }

private:
  detail::actor_ref actor_;
};

/// A semaphore that never has more permits than in the beginning. What
/// `semaphore` says of cancels, order and threads holds.
class bounded_semaphore : public semaphore {
public:
  /// See `semaphore`.
  explicit bounded_semaphore(
    std::int64_t permits = 1,
    const semaphore_options& options = semaphore_options{});
  explicit bounded_semaphore(
    caf::actor_system& system, std::int64_t permits = 1,
    const semaphore_options& options = semaphore_options{});
};

} // namespace troupe
