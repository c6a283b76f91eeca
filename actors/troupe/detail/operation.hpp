#pragma once

#include "troupe/detail/promise.hpp"
#include "troupe/task.hpp"

#include <concepts>
#include <utility>

namespace troupe::detail {

/// Something to be awaited that is no coroutine, or not always: the base of
/// what locks, queues and others give. It becomes a task wherever one is
/// wanted.
///
/// @tparam Op Has `task<T> start() &&`.
template <class Op, class T>
class operation { // NOLINT(*-special-member-functions): it is moved only
public:
  using value_type = T;

  // NOLINTNEXTLINE(google-explicit-constructor): as said
  operator task<T>() && { return std::move(self()).start(); }

  auto operator co_await() && {
    return std::move(self()).start().operator co_await();
  }

protected:
  operation() = default;
  operation(operation&&) noexcept = default;
  operation& operator=(operation&&) noexcept = default;
  ~operation() = default;

private:
  Op& self() noexcept { return static_cast<Op&>(*this); }
};

template <class Op>
concept is_operation =
  std::derived_from<Op, operation<Op, typename Op::value_type>>;

/// An operation as a task.
template <is_operation Op>
task<typename Op::value_type> as_task(Op op) {
  return static_cast<Op&&>(op).operator task<typename Op::value_type>();
}

} // namespace troupe::detail
