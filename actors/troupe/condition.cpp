#include "troupe/condition.hpp"

#include "troupe/core/detail/nameplate.hpp"
#include "troupe/detail/line_op.hpp"
#include "troupe/msg/type_ids.hpp"

#include <atomic>
#include <optional>
#include <random>
#include <utility>

namespace troupe::detail {

namespace {

v1::ConditionWait wait_with(std::uint64_t token, std::uint64_t condition) {
  v1::ConditionWait result;
  result.set_token(token);
  result.set_condition(condition);
  return result;
}

std::uint64_t new_condition() {
  // Random, as those of another process may be conditions of the same lock.
  static std::atomic<std::uint64_t> next{std::uint64_t{std::random_device{}()}
                                         << 32};
  return next++;
}

/// A nameplate that is known by its own address.
class own_nameplate final : public nameplate {
public:
  explicit own_nameplate(std::string name)
    : nameplate(this, "condition", std::move(name)) {}
};

/// Waits for a notification, and then for the lock, whatever happens.
class condition_op final
  : public ticket_op<v1::ConditionWoken, v1::ConditionWait> {
public:
  condition_op(held& lock, const condition_ref& condition)
    : ticket_op(lock_hold::owner(lock), wait_with(lock.token(), condition.id()),
                forever),
      lock_(lock) {
    asks_about = condition.plate();
  }

  void await_resume() {
    if (reply) {
      lock_hold::renew(lock_, reply->token());
      if (interrupted() && !cancelled_)
        pass_on();
    }
    check_answer();
    if (cancelled_)
      throw cancelled{*cancelled_};
  }

private:
  bool on_cancel(const cancelled& why) override {
    if (!cancelled_) {
      cancelled_ = why;
      pass_on();
    }
    return true;
  }

  /// Another one is notified instead.
  void pass_on() { withdraw(owner(), target, ticket); }

  held& lock_;
  std::optional<cancelled> cancelled_;
};

/// The answer comes at once: a cancel waits for it, and comes to the next
/// await.
class notify_op final
  : public request_op<v1::ConditionNotified, v1::ConditionNotify> {
public:
  notify_op(actor_ref lock, v1::ConditionNotify what)
    : request_op(std::move(lock), std::move(what), forever) {}

  std::size_t await_resume() {
    if (interrupted() || why_)
      put_off();
    if (why_)
      owner().interrupt(*why_);
    return request_op::await_resume().count();
  }

private:
  bool on_cancel(const cancelled& why) override {
    if (!why_)
      why_ = why;
    return true;
  }

  std::optional<cancelled> why_;
};

} // namespace

condition_ref::condition_ref(std::string name)
  : id_(new_condition()),
    plate_(std::make_shared<const own_nameplate>(std::move(name))) {}

task<void> wait_for_condition(held* lock, actor_ref of,
                              condition_ref condition) {
  if (token_of(of, *lock) == 0)
    throw failure{{errc::stale_token, "the condition's lock is not held"}};
  condition_op wait{*lock, condition};
  co_await wait;
}

task<std::size_t> notify_condition(actor_ref lock, std::uint64_t token,
                                   std::uint64_t condition, std::size_t count) {
  v1::ConditionNotify what;
  what.set_token(token);
  what.set_condition(condition);
  what.set_count(count);
  notify_op tell{std::move(lock), std::move(what)};
  co_return co_await tell;
}

} // namespace troupe::detail
