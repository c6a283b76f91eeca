#pragma once

#include "troupe/core/time.hpp"
#include "troupe/detail/answer_wait.hpp"
#include "troupe/detail/messaging.hpp"
#include "troupe/msg/actor.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/sleep.hpp"

#include <caf/actor_cast.hpp>
#include <caf/error.hpp>
#include <caf/response_type.hpp>
#include <caf/unit.hpp>

#include <chrono>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace troupe {

namespace detail {

/// The answer to a request, as one value: a tuple of several.
template <class List>
struct reply_of;

template <>
struct reply_of<caf::detail::type_list<>> {
  using type = void;
};
template <>
struct reply_of<caf::detail::type_list<void>> {
  using type = void;
};
template <class T>
struct reply_of<caf::detail::type_list<T>> {
  using type = T;
};
template <class T, class U, class... Ts>
struct reply_of<caf::detail::type_list<T, U, Ts...>> {
  using type = std::tuple<T, U, Ts...>;
};

template <class Reply, class Message>
class request_op final : public answer_wait {
public:
  request_op(actor_ref to, Message message, duration limit)
    : answer_wait(std::move(to), limit), message_(std::move(message)) {}

  void await_suspend(std::coroutine_handle<> coroutine) {
    begin(coroutine);
    ask(owner(), slot(), target, std::move(message_));
  }

  Reply await_resume() {
    check_answer();
    if constexpr (!std::is_void_v<Reply>)
      return std::move(*reply_);
  }

private:
  template <class T>
  static bool matches(const content& what, std::size_t i) {
    return what.matches(i, caf::make_rtti_pair<T>());
  }

  bool take(content& what) override {
    if constexpr (std::is_void_v<Reply>) {
      return what.empty() || matches<caf::unit_t>(what, 0);
    } else if constexpr (requires { std::tuple_size<Reply>::value; }) {
      return take_all(what,
                      std::make_index_sequence<std::tuple_size_v<Reply>>{});
    } else {
      if (what.size() != 1 || !matches<Reply>(what, 0))
        return false;
      reply_.emplace(move_out<Reply>(what, 0));
      return true;
    }
  }

  template <std::size_t... I>
  bool take_all(content& what, std::index_sequence<I...>) {
    if (what.size() != sizeof...(I)
        || !(matches<std::tuple_element_t<I, Reply>>(what, I) && ...))
      return false;
    reply_.emplace(move_out<std::tuple_element_t<I, Reply>>(what, I)...);
    return true;
  }

  template <class T>
  static T move_out(content& what, std::size_t i) {
    if (what.shared())
      return what.get_as<T>(i);
    return std::move(what.get_mutable_as<T>(i));
  }

  Message message_;
  std::optional<std::conditional_t<std::is_void_v<Reply>, char, Reply>> reply_;
};

template <class Handle, class Message>
using reply_to = typename reply_of<typename caf::response_type<
  typename Handle::signatures, std::decay_t<Message>>::type>::type;

} // namespace detail

/// Sends a message to an actor and waits for its answer.
///
///     auto balance = co_await request(teller, deposit, 2s);
///
/// @param limit Longest wait; finite for an actor in another process.
/// @return To be awaited: gives the answer; a tuple of several.
/// Fails:  throws `failure`: what the actor answered; `timed_out`; `lost` when
///         the actor is gone; `broken_promise` when it dropped the request;
///         `decode_error` for an answer that could not be read.
/// Cancel: at once; the answer is dropped.
/// Order:  requests of one task to one actor arrive in order.
template <class... Signatures, class Message>
[[nodiscard]] auto request(const caf::typed_actor<Signatures...>& to,
                           Message message, duration limit = forever) {
  using handle = caf::typed_actor<Signatures...>;
  return detail::request_op<detail::reply_to<handle, Message>, Message>{
    detail::actor_ref{caf::actor_cast<caf::strong_actor_ptr>(to).get()},
    std::move(message), limit};
}

} // namespace troupe
