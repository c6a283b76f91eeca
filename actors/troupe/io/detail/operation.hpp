#pragma once

#include "troupe/cancelled.hpp"
#include "troupe/detail/operation.hpp"
#include "troupe/detail/suspension.hpp"
#include "troupe/io/detail/loop_state.hpp"
#include "troupe/io/detail/operation_core.hpp"
#include "troupe/task.hpp"

#include <asio/associated_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/execution/context.hpp>
#include <asio/execution/executor.hpp>
#include <asio/post.hpp>
#include <asio/query.hpp>
#include <asio/system_executor.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

namespace troupe::io::detail {

template <class... Results>
class operation_state final : public operation_core {
public:
  void complete(Results... values) {
    if (!claim())
      return;
    // A cancel may be on its way, and the operation's object soon gone.
    cancel.slot().clear();
    results.emplace(std::move(values)...);
    tell_end();
  }

  std::optional<std::tuple<Results...>> results;
};

/// What the operation calls at its end. When the last copy is destroyed and
/// none was called, the operation is abandoned.
template <class... Results>
// NOLINTNEXTLINE(cppcoreguidelines-special-member-functions): by value, both
class operation_handler {
public:
  using cancellation_slot_type = asio::cancellation_slot;
  using state = std::shared_ptr<operation_state<Results...>>;

  explicit operation_handler(state shared) : state_(std::move(shared)) {
    state_->add_handler();
  }
  operation_handler(const operation_handler& other) noexcept
    : state_(other.state_) {
    if (state_)
      state_->add_handler();
  }
  operation_handler(operation_handler&&) noexcept = default;
  operation_handler& operator=(operation_handler other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~operation_handler() {
    if (state_)
      state_->drop_handler();
  }

  [[nodiscard]] asio::cancellation_slot get_cancellation_slot() const noexcept {
    return state_->cancel.slot();
  }

  void operator()(Results... values) { state_->complete(std::move(values)...); }

  void fail(std::exception_ptr why) { state_->fail(std::move(why)); }

private:
  state state_;
};

/// Remembers a cancel that an operation was told of.
class cancellable : public troupe::detail::suspension {
protected:
  /// Throws the cancel if the operation ended by it, else has it delivered
  /// again.
  void check_cancel(bool by_it);

  std::optional<cancelled> told;
};

/// Where an operation begins.
template <class Initiation>
auto executor_of(const Initiation& initiation) {
  if constexpr (requires { initiation.get_executor(); })
    return initiation.get_executor();
  else
    return asio::system_executor{};
}

/// The loop that an executor is of, or null.
template <class Executor>
std::shared_ptr<loop_state> loop_of(const Executor& executor) {
  if constexpr (std::is_same_v<Executor, asio::system_executor>)
    return nullptr;
  else if constexpr (asio::execution::is_executor<Executor>::value)
    return loop_state::of(asio::query(executor, asio::execution::context));
  else
    return loop_state::of(executor.context());
}

/// What an operation gives: what stands after the error code.
template <class... Results>
struct operation_value {
  static constexpr bool has_code = false;
  using type = std::tuple<Results...>;
};
template <>
struct operation_value<> {
  static constexpr bool has_code = false;
  using type = void;
};
template <class Result>
struct operation_value<Result> {
  static constexpr bool has_code = false;
  using type = Result;
};
template <class... Results>
struct operation_value<std::error_code, Results...> {
  static constexpr bool has_code = true;
  using type = typename operation_value<Results...>::type;
};
template <>
struct operation_value<std::error_code> {
  static constexpr bool has_code = true;
  using type = void;
};

/// Awaits an operation.
template <class Initiation, class Args, class... Results>
class operation_await final : public cancellable {
  using state_type = operation_state<Results...>;
  using handler_type = operation_handler<Results...>;
  using value = operation_value<Results...>;

public:
  operation_await(Initiation initiation, Args args)
    : executor_(executor_of(initiation)), initiation_(std::move(initiation)),
      args_(std::move(args)) {}
  operation_await(const operation_await&) = delete;
  operation_await& operator=(const operation_await&) = delete;
  ~operation_await() {
    if (state_)
      state_->forget();
  }

  void await_suspend(std::coroutine_handle<> coroutine) {
    suspend(coroutine, "io");
    state_ = std::make_shared<state_type>();
    loop_ = loop_of(executor_);
    state_->begin(owner(), slot(), loop_);
    if (state_->ended())
      return;
    asio::dispatch(executor_, [initiation = std::move(initiation_),
                               args = std::move(args_),
                               handler = handler_type{state_}]() mutable {
      auto kept = handler; // it is to say what is thrown here
      try {
        std::apply(
          [&](auto&&... x) {
            std::move(initiation)(std::move(handler), std::move(x)...);
          },
          std::move(args));
      } catch (...) {
        kept.fail(std::current_exception());
      }
    });
  }

  typename value::type await_resume() {
    check_cancel(state_->abandoned()
                 || code() == asio::error::operation_aborted);
    check();
    if (state_->thrown())
      std::rethrow_exception(state_->thrown());
    if (auto failed = code())
      throw std::system_error{failed};
    return values();
  }

private:
  bool on_cancel(const cancelled& why) override {
    told = why;
    // Once it has ended, its context may be gone.
    if (!state_->ended())
      asio::post(executor_, [state = state_] {
        state->cancel.emit(asio::cancellation_type::terminal);
      });
    return true;
  }

  [[nodiscard]] std::error_code code() const {
    if constexpr (value::has_code)
      if (state_->results)
        return std::get<0>(*state_->results);
    return {};
  }

  /// What stands after the code.
  auto values() {
    auto give = [](auto&... one) {
      if constexpr (sizeof...(one) == 1)
        return (std::move(one), ...);
      else if constexpr (sizeof...(one) > 1)
        return std::tuple{std::move(one)...};
    };
    return std::apply(
      [&](auto&... all) {
        if constexpr (value::has_code)
          return [&](auto&, auto&... rest) { return give(rest...); }(all...);
        else
          return give(all...);
      },
      *state_->results);
  }

  decltype(executor_of(std::declval<Initiation>())) executor_;
  Initiation initiation_;
  Args args_;
  std::shared_ptr<loop_state> loop_; // whose context the executor needs
  std::shared_ptr<state_type> state_;
};

/// An operation to be awaited, or a task.
template <class Initiation, class Args, class... Results>
class [[nodiscard]] operation final
  : public troupe::detail::operation<
      operation<Initiation, Args, Results...>,
      typename operation_value<Results...>::type> {
  using value = typename operation_value<Results...>::type;

public:
  operation(Initiation initiation, Args args)
    : initiation_(std::move(initiation)), args_(std::move(args)) {}

  /// Without the frame of a task.
  auto operator co_await() && {
    return operation_await<Initiation, Args, Results...>{std::move(initiation_),
                                                         std::move(args_)};
  }

  task<value> start() && { return run(std::move(*this)); }

private:
  static task<value> run(operation self) { co_return co_await std::move(self); }

  Initiation initiation_;
  Args args_;
};

} // namespace troupe::io::detail
