#pragma once

#include "troupe/cancelled.hpp"
#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/suspension.hpp"

#include <asio/associated_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/system_executor.hpp>

#include <memory>
#include <optional>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

namespace troupe::io::detail {

/// Where an operation's end is told, and its cancel.
class operation_core {
public:
  void begin(troupe::detail::fiber& owner, troupe::detail::slot_id slot);
  void tell_end();

  asio::cancellation_signal cancel;

private:
  troupe::detail::actor_ref who_;
  troupe::detail::slot_id slot_ = 0;
};

template <class... Results>
class operation_state final : public operation_core {
public:
  std::optional<std::tuple<Results...>> results;
};

/// What the operation calls at its end.
template <class... Results>
class operation_handler {
public:
  using cancellation_slot_type = asio::cancellation_slot;

  explicit operation_handler(std::shared_ptr<operation_state<Results...>> state)
    : state_(std::move(state)) {}

  [[nodiscard]] asio::cancellation_slot get_cancellation_slot() const noexcept {
    return state_->cancel.slot();
  }

  void operator()(Results... results) {
    // A cancel may be on its way, and the operation's object soon gone.
    state_->cancel.slot().clear();
    state_->results.emplace(std::move(results)...);
    state_->tell_end();
  }

private:
  std::shared_ptr<operation_state<Results...>> state_;
};

/// Remembers a cancel that an operation was told of.
class cancellable : public troupe::detail::suspension {
protected:
  /// Throws the cancel if the operation ended by it, else has it delivered
  /// again.
  void check_cancel(bool aborted);

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

template <class Initiation, class Args, class... Results>
class operation final : public cancellable {
  using state_type = operation_state<Results...>;
  static constexpr bool has_code =
    sizeof...(Results) != 0
    && std::is_same_v<std::tuple_element_t<0, std::tuple<Results..., void>>,
                      std::error_code>;

public:
  operation(Initiation initiation, Args args)
    : executor_(executor_of(initiation)), initiation_(std::move(initiation)),
      args_(std::move(args)) {}

  void await_suspend(std::coroutine_handle<> coroutine) {
    suspend(coroutine, "io");
    state_ = std::make_shared<state_type>();
    state_->begin(owner(), slot());
    asio::dispatch(executor_, [initiation = std::move(initiation_),
                               args = std::move(args_),
                               state = state_]() mutable {
      std::apply(
        [&](auto&&... x) {
          std::move(initiation)(operation_handler<Results...>{state},
                                std::move(x)...);
        },
        std::move(args));
    });
  }

  auto await_resume() {
    check_cancel(code() == asio::error::operation_aborted);
    check();
    if (auto failed = code())
      throw std::system_error{failed};
    return values();
  }

private:
  bool on_cancel(const cancelled& why) override {
    told = why;
    asio::post(executor_, [state = state_] {
      state->cancel.emit(asio::cancellation_type::terminal);
    });
    return true;
  }

  [[nodiscard]] std::error_code code() const {
    if constexpr (has_code)
      return std::get<0>(*state_->results);
    else
      return {};
  }

  /// What stands after the code.
  auto values() {
    auto give = [](auto&... value) {
      if constexpr (sizeof...(value) == 1)
        return (std::move(value), ...);
      else if constexpr (sizeof...(value) > 1)
        return std::tuple{std::move(value)...};
    };
    return std::apply(
      [&](auto&... all) {
        if constexpr (has_code)
          return [&](auto&, auto&... rest) { return give(rest...); }(all...);
        else
          return give(all...);
      },
      *state_->results);
  }

  decltype(executor_of(std::declval<Initiation>())) executor_;
  Initiation initiation_;
  Args args_;
  std::shared_ptr<state_type> state_;
};

} // namespace troupe::io::detail
