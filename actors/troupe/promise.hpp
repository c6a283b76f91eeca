#pragma once

#include "troupe/detail/task_block.hpp"
#include "troupe/handle.hpp"
#include "troupe/msg/error.hpp"

#include <atomic>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace troupe {

namespace detail {

/// What a promise and its handles share: a task without a coroutine.
template <class T>
class future_block final : public result_block<T> {
public:
  future_block() : result_block<T>(std::string{"promise"}) {}

  [[nodiscard]] bool is_task() const noexcept override { return false; }

  bool cancel(const cancelled& why) override {
    return end(std::make_exception_ptr(why));
  }

  bool end(std::exception_ptr thrown) {
    if (claimed_.exchange(true))
      return false;
    this->complete(std::move(thrown));
    return true;
  }

  template <class... Value>
  bool succeed(Value&&... value) {
    if (claimed_.exchange(true))
      return false;
    if constexpr (!std::is_void_v<T>)
      this->stored.emplace(std::forward<Value>(value)...);
    this->complete(nullptr);
    return true;
  }

  std::coroutine_handle<> begin(fiber&) override { return nullptr; }
  std::exception_ptr take_result() override { return nullptr; }
  void drop() noexcept override {}

private:
  std::atomic<bool> claimed_{false};
};

std::exception_ptr as_exception(error why);
std::exception_ptr broken_promise();

/// Throws `failure` (`invalid_argument`).
[[noreturn]] void throw_no_exception();
[[noreturn]] void throw_no_promise();

} // namespace detail

/// A value that somebody will give: `get_handle` is where tasks wait for it.
///
/// Dropped without a value it is `broken_promise` for them, which is not
/// logged: who does not wait misses nothing. Cancelling the handle ends it, and
/// the value that comes later is dropped.
///
/// Fails:   whatever is asked of one that was moved from throws `failure`
///          (`already_taken`).
/// Threads: one at a time, any thread, no task needed.
template <class T = void>
class promise {
public:
  promise() : block_(std::make_shared<detail::future_block<T>>()) {}
  promise(const promise&) = delete;
  promise& operator=(const promise&) = delete;
  promise(promise&&) noexcept = default;
  /// What this was is dropped.
  promise& operator=(promise&& other) noexcept {
    promise{std::move(other)}.block_.swap(block_);
    return *this;
  }
  ~promise() {
    if (block_ && !block_->done() && block_->end(detail::broken_promise()))
      block_->collect();
  }

  [[nodiscard]] handle<T> get_handle() const {
    return detail::handle_access::make<T>(
      std::shared_ptr<detail::result_block<T>>{block()});
  }

  /// @return False if it had ended before: it was cancelled, or set.
  template <class... Value>
  requires(sizeof...(Value)
           == (std::is_void_v<T> ? 0 : 1)) bool set_value(Value&&... value) {
    return block()->succeed(std::forward<Value>(value)...);
  }
  bool set_exception(std::exception_ptr thrown) {
    if (!thrown)
      detail::throw_no_exception();
    return block()->end(std::move(thrown));
  }
  bool set_error(error why) {
    return set_exception(detail::as_exception(std::move(why)));
  }

private:
  [[nodiscard]] const std::shared_ptr<detail::future_block<T>>& block() const {
    if (!block_)
      detail::throw_no_promise();
    return block_;
  }

  std::shared_ptr<detail::future_block<T>> block_;
};

} // namespace troupe
