#include "troupe/lock.hpp"

#include "troupe/core/lock_actor.hpp"
#include "troupe/detail/line_op.hpp"

#include <utility>

namespace troupe::detail {

namespace {

v1::LockAcquire acquire_by(const fiber& who, bool shared) {
  v1::LockAcquire result;
  result.set_task(who.control());
  result.set_shared(shared);
  result.set_keeps(!shared);
  return result;
}

v1::LockRelease release_of(std::uint64_t token) {
  v1::LockRelease result;
  result.set_token(token);
  return result;
}

} // namespace

void lock_hold::tell_released(const lock_ref& from, std::uint64_t token) {
  tell_unanswered(from.actor(), release_of(token));
}

void throw_not_held(bool elsewhere) {
  throw failure{
    {errc::stale_token,
     elsewhere ? "a lock or a permit belongs to the task that acquired it, and "
                 "cannot be used in another one: acquire it there"
               : "the lock or the permits were released already, or moved"}};
}

task<void> lock_hold::release(held what) {
  what.require();
  auto from = std::exchange(what.from_, {});
  if (!from.release(what.token_))
    co_await ask_for<v1::LockReleased>(from.actor(), release_of(what.token_));
}

task<held> acquire_lock(lock_ref lock, bool shared, duration limit) {
  if (limit <= duration::zero()) {
    auto got = co_await try_lock(lock, shared);
    if (!got)
      throw failure{{errc::timed_out, "somebody holds the lock"}};
    co_return std::move(*got);
  }
  // The lock may be there still, only the turn was over.
  if (turn::here().over())
    co_await turn_op{};
  if (auto token = shared ? 0 : lock.take(); token != 0)
    co_return held{std::move(lock), token};
  line_op<v1::LockGranted, v1::LockAcquire> wait{
    lock.actor(), acquire_by(fiber::require(), shared), limit};
  auto granted = co_await wait;
  co_return held{std::move(lock), granted.token()};
}

task<bool> acquire_choice::poll() {
  got_ = co_await try_lock(op_.lock_, op_.shared_);
  co_return got_.has_value();
}

void acquire_choice::ask(fiber& from, slot_id slot) {
  auto what = acquire_by(from, op_.shared_);
  ask_in_line(from, slot, op_.lock_.actor(), std::move(what), op_.limit_);
}

void acquire_choice::take(fiber& by, slot_id, content& answer) {
  got_.emplace(op_.lock_, answer_as<v1::LockGranted>(answer).token(), &by);
}

void acquire_choice::decline(fiber& from, slot_id slot) noexcept {
  withdraw(from, op_.lock_.actor(), slot);
}

task<std::optional<held>> try_lock(lock_ref lock, bool shared) {
  if (auto token = shared ? 0 : lock.take(); token != 0)
    co_return held{std::move(lock), token};
  auto what = acquire_by(fiber::require(), shared);
  what.set_wait_ms(0);
  try {
    line_op<v1::LockGranted, v1::LockAcquire> wait{lock.actor(),
                                                   std::move(what)};
    auto granted = co_await wait;
    co_return held{std::move(lock), granted.token()};
  } catch (const failure& why) {
    if (why.code() != errc::busy)
      throw;
  }
  co_return std::nullopt;
}

task<bool> is_locked(actor_ref lock) {
  auto state =
    co_await ask_for<v1::LockState>(std::move(lock), v1::LockQuery{});
  co_return state.locked();
}

lock_ref make_lock(caf::actor_system* system, const lock_options& options) {
  return lock_of(ref_of(spawn_lock(system_or_current(system), options)));
}

lock_ref lock_of(actor_ref actor) {
  auto* shared = lease_of(*actor.get());
  return {std::move(actor), shared};
}

} // namespace troupe::detail
