#pragma once

#include "troupe/core/time.hpp"
#include "troupe/detail/messaging.hpp"
#include "troupe/detail/suspension.hpp"
#include "troupe/msg/actor.hpp"
#include "troupe/msg/error.hpp"
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

/// Throws `failure` for an answer that is an error.
void throw_if_error(content& answer);
/// Throws `failure`: the answer is none to what was asked.
[[noreturn]] void throw_wrong_answer(content& answer);

/// The value of an answer.
///
/// Fails: throws `failure`.
template <class Reply>
Reply answer_as(content& answer) {
  throw_if_error(answer);
  if (answer.size() != 1 || !answer.matches(0, caf::make_rtti_pair<Reply>()))
    throw_wrong_answer(answer);
  return answer.get_as<Reply>(0);
}

/// What a task that waits for an answer says, where there is nothing better.
inline constexpr const char* waiting_for_an_answer = "request";

/// Waits for an answer, of any type, or the end of a time.
class answer_wait : public suspension {
protected:
  answer_wait(actor_ref to, duration limit)
    : target(std::move(to)), limit_(limit) {}
  answer_wait(const answer_wait&) = delete;
  answer_wait& operator=(const answer_wait&) = delete;
  answer_wait(answer_wait&& other) noexcept
    : target(std::move(other.target)), asks_for(other.asks_for),
      limit_(other.limit_) {}
  ~answer_wait();

  void begin(std::coroutine_handle<> coroutine);
  /// Throws what the answer tells, if that is an error.
  void check_answer();
  /// Whether the actor answered an error.
  [[nodiscard]] bool refused() const noexcept { return refused_; }

  void on_answer(content& what) override;
  /// Keeps what the answer tells.
  void read(content& what);

  /// The time limit passed, though the task may be paused.
  virtual void limit_passed();

  actor_ref target;
  /// What people are told: that it waits for this of the actor; static.
  const char* asks_for = waiting_for_an_answer;
  /// The same of something else than the actor.
  const void* asks_about = nullptr;

private:
  class limit_slot final : public slot_handler {
  public:
    explicit limit_slot(answer_wait& owner) : owner_(owner) {}
    void on_answer(content&) override { owner_.limit_passed(); }

  private:
    answer_wait& owner_;
  };

  virtual bool take(content& what) = 0;
  void stop_limit() noexcept;

  duration limit_;
  slot_id limit_id_ = 0;
  std::optional<limit_slot> limit_handler_;
  error failed_;
  bool refused_ = false;
};

/// @tparam Rest What goes with the message.
template <class Reply, class Message, class... Rest>
class request_op : public answer_wait {
public:
  request_op(actor_ref to, Message&& what, duration limit, Rest... rest)
    : answer_wait(std::move(to), limit), message(std::move(what)),
      rest_(std::move(rest)...) {}

  void await_suspend(std::coroutine_handle<> coroutine) {
    begin(coroutine);
    send();
  }

  Reply await_resume() {
    check_answer();
    if constexpr (!std::is_void_v<Reply>)
      return std::move(*reply);
  }

protected:
  void send() {
    std::apply(
      [this](auto&... rest) {
        ask_here(owner(), slot(), target, std::move(message),
                 std::move(rest)...);
      },
      rest_);
  }

  Message message;
  std::optional<std::conditional_t<std::is_void_v<Reply>, char, Reply>> reply;

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
      reply.emplace(move_out<Reply>(what, 0));
      return true;
    }
  }

  template <std::size_t... I>
  bool take_all(content& what, std::index_sequence<I...>) {
    if (what.size() != sizeof...(I)
        || !(matches<std::tuple_element_t<I, Reply>>(what, I) && ...))
      return false;
    reply.emplace(move_out<std::tuple_element_t<I, Reply>>(what, I)...);
    return true;
  }

  template <class T>
  static T move_out(content& what, std::size_t i) {
    if (what.shared())
      return what.get_as<T>(i);
    return std::move(what.get_mutable_as<T>(i));
  }

  std::tuple<Rest...> rest_;
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
    detail::actor_ref{caf::actor_cast<caf::actor_control_block*>(to)},
    std::move(message), limit};
}

} // namespace troupe
