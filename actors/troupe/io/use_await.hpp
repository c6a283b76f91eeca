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
/// or a tuple. It goes wherever what a lock or a queue gives goes:
///
///     co_await wait_for(socket.async_connect(where, use_await), 5s);
///     auto n = co_await attempt(socket.async_read_some(buffer, use_await));
///     task<std::size_t> read = socket.async_read_some(buffer, use_await);
///
/// The operation begins and ends in its object's executor, which should be that
/// of one thread or a strand, such as an `io::loop`'s.
///
/// Fails:  throws `std::system_error` with the operation's error code, which
///         `attempt`, handles and `run` translate by `errc_of`: end of file is
///         `end_of_stream`, a connection that was refused or broke is
///         `unavailable`, an object that somebody closed is `aborted`.
///         `failure` (`closed`) when its `io::loop` is destroyed, or was, and
///         when Asio destroys the handler without a call.
/// Cancel: cancels the operation, whose end is still waited for, so that its
///         buffers may be the task's own. One that succeeds all the same gives
///         its value, and the cancel comes at the next await. What a composed
///         operation, like `async_read`, had done before it is lost.
/// Threads: of one socket, one task may read while another one writes. Two
///         tasks that read would get parts of the stream in any order, and two
///         that write mix what they write. What does not wait, like `close`,
///         is not to be called while another task has an operation: cancel
///         that task instead, or call it in the object's executor, by
///         `asio::post`.
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
