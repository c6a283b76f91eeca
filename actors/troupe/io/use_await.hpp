#pragma once

#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/suspension.hpp"
#include "troupe/io/detail/operation.hpp"

#include <asio/async_result.hpp>

#include <tuple>
#include <utility>

namespace troupe {

/// Makes any Asio operation one that a task can await:
///
///     auto n = co_await socket.async_read_some(asio::buffer(data), use_await);
///
/// It gives what the handler would get after the error code: nothing, a value,
/// or a tuple. The operation begins and ends in its object's executor, which
/// should be that of one thread or a strand, such as an `io::loop`'s.
///
/// Fails:  throws `std::system_error` with the operation's error code.
/// Cancel: cancels the operation, whose end is still waited for, so that its
///         buffers may be the task's own. One that succeeds all the same gives
///         its value, and the cancel comes at the next await.
/// Threads: the object is not to be used by others meanwhile.
struct use_await_t {
  constexpr use_await_t() {} // NOLINT(modernize-use-equals-default)
};

inline constexpr use_await_t use_await;

} // namespace troupe

template <class... Results>
class asio::async_result<troupe::use_await_t, void(Results...)> {
public:
  template <class Initiation, class... Args>
  static auto initiate(Initiation initiation, troupe::use_await_t,
                       Args... args) {
    return troupe::io::detail::operation<Initiation, std::tuple<Args...>,
                                         std::decay_t<Results>...>{
      std::move(initiation), std::tuple<Args...>{std::move(args)...}};
  }
};
