#include "troupe/lock.hpp"

#include "troupe/core/lock_actor.hpp"
#include "troupe/detail/line_op.hpp"

#include <utility>

namespace troupe::detail {

namespace {

v1::LockAcquire acquire(bool shared) {
  v1::LockAcquire result;
  result.set_task(fiber::require().control());
  result.set_shared(shared);
  return result;
}

v1::LockRelease release_of(std::uint64_t token) {
  v1::LockRelease result;
  result.set_token(token);
  return result;
}

} // namespace

void lock_hold::give_back(const actor_ref& from, std::uint64_t token) {
  tell_unanswered(from, release_of(token));
}

task<void> lock_hold::release(held what) {
  if (!what)
    throw failure{{errc::stale_token, "the lock was released already"}};
  auto from = std::exchange(what.from_, {});
  co_await ask_for<v1::LockReleased>(from, release_of(what.token()));
}

task<held> acquire_lock(actor_ref lock, bool shared, duration limit) {
  if (limit <= duration::zero()) {
    auto got = co_await try_lock(lock, shared);
    if (!got)
      throw failure{{errc::timed_out, "somebody holds the lock"}};
    co_return std::move(*got);
  }
  line_op<v1::LockGranted, v1::LockAcquire> wait{lock, acquire(shared), limit};
  auto granted = co_await wait;
  co_return held{lock, granted.token()};
}

task<std::optional<held>> try_lock(actor_ref lock, bool shared) {
  auto what = acquire(shared);
  what.set_wait_ms(0);
  try {
    line_op<v1::LockGranted, v1::LockAcquire> wait{lock, std::move(what)};
    auto granted = co_await wait;
    co_return held{lock, granted.token()};
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

actor_ref make_lock(caf::actor_system* system, const lock_options& options) {
  return ref_of(spawn_lock(system_or_current(system), options));
}

} // namespace troupe::detail
