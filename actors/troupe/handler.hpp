#pragma once

#include "troupe/detail/actor_fiber.hpp"
#include "troupe/detail/outcome.hpp"
#include "troupe/msg/answer.hpp"
#include "troupe/task.hpp"

#include <caf/result.hpp>
#include <caf/scheduled_actor.hpp>

#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace troupe {

namespace detail {

template <class Reply, class F, class... Request>
task<void> answer_by(std::shared_ptr<F> f, answer<Reply> promise,
                     Request... request) {
  try {
    promise.deliver(co_await (*f)(std::move(request)...));
  } catch (...) {
    promise.fail(error_of(std::current_exception()));
  }
}

template <class F, class... Request>
task<void> answer_nothing_by(std::shared_ptr<F> f, answer<> promise,
                             Request... request) {
  try {
    co_await (*f)(std::move(request)...);
    promise.deliver();
  } catch (...) {
    promise.fail(error_of(std::current_exception()));
  }
}

template <class F, class Task, class... Request>
auto make_handler(caf::scheduled_actor& self, F f,
                  Task (F::*)(Request...) const) {
  using reply = typename Task::value_type;
  using promised = std::conditional_t<
    std::is_void_v<reply>, answer<>,
    answer<std::conditional_t<std::is_void_v<reply>, int, reply>>>;
  return [&self, f = std::make_shared<F>(std::move(f))](
           const std::decay_t<Request>&... request) -> caf::result<reply> {
    promised promise{&self};
    auto later = promise.later();
    if constexpr (std::is_void_v<reply>)
      start_in(self,
               answer_nothing_by<F, std::decay_t<Request>...>(
                 f, std::move(promise), request...),
               self.name());
    else
      start_in(self,
               answer_by<reply, F, std::decay_t<Request>...>(
                 f, std::move(promise), request...),
               self.name());
    return later;
  };
}

} // namespace detail

/// A handler of an actor that awaits: `fn` is a coroutine that takes the
/// request, as a value, and gives the answer. The actor goes on handling other
/// messages meanwhile, so its state may change at every await.
///
///     return {troupe::handler(self, [](Deposit d) -> troupe::task<Balance> {
///       co_await troupe::sleep(1s);
///       co_return Balance{};
///     })};
///
/// Fails:  the asker gets what the coroutine threw, or `broken_promise` when
/// the
///         actor ends before.
/// Order:  requests begin in the order in which they came.
template <class Self, class F>
auto handler(Self self, F fn) {
  if constexpr (requires { self->internal_ptr(); })
    return detail::make_handler(*self->internal_ptr(), std::move(fn),
                                &F::operator());
  else if constexpr (requires { self.internal_ptr(); })
    return detail::make_handler(*self.internal_ptr(), std::move(fn),
                                &F::operator());
  else
    return detail::make_handler(*self, std::move(fn), &F::operator());
}

} // namespace troupe
