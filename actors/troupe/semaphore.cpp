#include "troupe/semaphore.hpp"

#include "troupe/capacity_limiter.hpp"
#include "troupe/core/semaphore_actor.hpp"
#include "troupe/detail/line_op.hpp"
#include "troupe/detail/task_block.hpp"
#include "troupe/log.hpp"

#include <string>
#include <utility>

namespace troupe {

namespace {

using namespace detail;

using acquire_wait = line_op<v1::SemaphoreGranted, v1::SemaphoreAcquire>;

std::uint64_t checked(std::int64_t count, std::int64_t least) {
  if (count < least)
    throw failure{{errc::invalid_argument,
                   "a semaphore has no " + std::to_string(count) + " permits"}};
  return static_cast<std::uint64_t>(count);
}

permit_options initially(std::int64_t permits, const std::string& name) {
  return permit_options{}.permits(checked(permits, 0)).name(name);
}

permit_options at_most(std::int64_t permits, const std::string& name) {
  return initially(permits, name).bound(checked(permits, 0));
}

permit_options one_each(std::int64_t capacity, const std::string& name) {
  return at_most(capacity, name).on_again(permit_options::again::fails);
}

v1::SemaphoreAcquire request_of(const fiber& who, std::int64_t count) {
  v1::SemaphoreAcquire result;
  result.set_task(who.control());
  result.set_count(checked(count, 1));
  return result;
}

v1::SemaphoreRelease release_of(std::uint64_t token) {
  v1::SemaphoreRelease result;
  result.set_token(token);
  return result;
}

task<std::optional<permit>> try_take(actor_ref from, std::int64_t count) {
  auto what = request_of(fiber::require(), count);
  what.set_wait_ms(0);
  try {
    acquire_wait wait{from, std::move(what)};
    auto granted = co_await wait;
    co_return permit{from, granted.token()};
  } catch (const failure& why) {
    if (why.code() != errc::busy)
      throw;
  }
  co_return std::nullopt;
}

/// It waits for more than there are: that is probably a mistake.
void warn_of_too_many(const actor_ref& of, std::int64_t count) {
  if (count <= 1 || !of)
    return;
  auto told = too_few_permits(*of.get(), static_cast<std::uint64_t>(count));
  if (!told.empty())
    log(log_level::warning, fiber::require().block()->name(),
        "waits for " + std::to_string(count)
          + " permits, until somebody adds "
            "some: "
          + told);
}

task<permit> take(actor_ref from, std::int64_t count, duration limit) {
  if (limit <= duration::zero()) {
    auto got = co_await try_take(from, count);
    if (!got)
      throw failure{{errc::timed_out, "there are not so many permits"}};
    co_return std::move(*got);
  }
  warn_of_too_many(from, count);
  acquire_wait wait{from, request_of(fiber::require(), count), limit};
  auto granted = co_await wait;
  co_return permit{from, granted.token()};
}

task<void> add(actor_ref to, std::int64_t count) {
  v1::SemaphoreRelease what;
  what.set_count(checked(count, 1));
  co_await ask_for<v1::SemaphoreState>(std::move(to), std::move(what));
}

task<void> change_size(actor_ref of, std::int64_t capacity) {
  v1::SemaphoreResize what;
  what.set_permits(checked(capacity, 0));
  co_await ask_for<v1::SemaphoreState>(std::move(of), std::move(what));
}

task<v1::SemaphoreState> state_of(actor_ref semaphore) {
  return ask_for<v1::SemaphoreState>(std::move(semaphore),
                                     v1::SemaphoreQuery{});
}

task<bool> is_locked(actor_ref semaphore) {
  auto state = co_await state_of(std::move(semaphore));
  co_return state.available() == 0 || state.waiting() != 0;
}

task<std::int64_t> count_available(actor_ref semaphore) {
  auto state = co_await state_of(std::move(semaphore));
  co_return static_cast<std::int64_t>(state.available());
}

} // namespace

namespace detail {

void permit_hold::give_back(const actor_ref& from, std::uint64_t token) {
  tell_unanswered(from, release_of(token));
}

task<void> permit_hold::release(hold<permit_hold> what) {
  what.require();
  auto from = std::exchange(what.from_, {});
  co_await ask_for<v1::SemaphoreState>(from, release_of(what.token_));
}

void permit_hold::keep(hold<permit_hold>& what) {
  if (!what.from_)
    return;
  what.require();
  v1::SemaphoreKeep message;
  message.set_token(what.token());
  tell_unanswered(std::exchange(what.from_, {}), std::move(message));
}

std::shared_ptr<const void> permit_hold::keep_apart(hold<permit_hold>& what) {
  auto from = what.from_;
  keep(what);
  return {nullptr, [from](const void*) {
            v1::SemaphoreRelease one;
            one.set_count(1);
            tell_unanswered(from, std::move(one));
          }};
}

task<permit> permit_op::start() && {
  return troupe::take(std::move(semaphore_), count_, limit_);
}

task<bool> permit_choice::poll() {
  got_ = co_await try_take(op_.semaphore_, op_.count_);
  co_return got_.has_value();
}

void permit_choice::ask(fiber& from, slot_id slot) {
  ask_in_line(from, slot, op_.semaphore_, request_of(from, op_.count_),
              op_.limit_);
}

void permit_choice::take(fiber& by, slot_id, content& answer) {
  auto granted = answer_as<v1::SemaphoreGranted>(answer);
  got_.emplace(op_.semaphore_, granted.token(), &by);
}

void permit_choice::decline(fiber& from, slot_id slot) noexcept {
  withdraw(from, op_.semaphore_, slot);
}

} // namespace detail

semaphore::semaphore(std::int64_t permits, const semaphore_options& options)
  : semaphore(nullptr, initially(permits, options.name())) {}

semaphore::semaphore(caf::actor_system& system, std::int64_t permits,
                     const semaphore_options& options)
  : semaphore(&system, initially(permits, options.name())) {}

semaphore::semaphore(caf::actor_system* system, const permit_options& options)
  : actor_(ref_of(spawn_semaphore(system_or_current(system), options))) {}

task<std::optional<permit>> semaphore::try_acquire(std::int64_t count) const {
  return try_take(actor_, count);
}

task<void> semaphore::release(std::int64_t count) const {
  return add(actor_, count);
}

task<bool> semaphore::locked() const {
  return is_locked(actor_);
}

task<std::int64_t> semaphore::available() const {
  return count_available(actor_);
}

bounded_semaphore::bounded_semaphore(std::int64_t permits,
                                     const semaphore_options& options)
  : semaphore(nullptr, at_most(permits, options.name())) {}

bounded_semaphore::bounded_semaphore(caf::actor_system& system,
                                     std::int64_t permits,
                                     const semaphore_options& options)
  : semaphore(&system, at_most(permits, options.name())) {}

capacity_limiter::capacity_limiter(std::int64_t capacity,
                                   const semaphore_options& options)
  : semaphore(nullptr, one_each(capacity, options.name())) {}

capacity_limiter::capacity_limiter(caf::actor_system& system,
                                   std::int64_t capacity,
                                   const semaphore_options& options)
  : semaphore(&system, one_each(capacity, options.name())) {}

task<void> capacity_limiter::resize(std::int64_t capacity) const {
  return change_size(actor(), capacity);
}

} // namespace troupe
