#pragma once

#include "troupe/detail/task_block.hpp"
#include "troupe/task.hpp"

#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace troupe::detail {

/// Fails: throws `failure` (`invalid_argument`) for a task that borrows, or
///        that was awaited or moved from.
void check_sendable(bool present, bool borrowing, const std::string& name);

/// A task that runs in an actor of its own.
template <class T>
class coroutine_block final : public result_block<T> {
public:
  coroutine_block(task<T> body, std::string name)
    : result_block<T>(std::move(name)), promise_(task_access::release(body)) {}
  coroutine_block(const coroutine_block&) = delete;
  coroutine_block& operator=(const coroutine_block&) = delete;
  ~coroutine_block() override { drop(); }

  std::coroutine_handle<> begin(fiber& runner) override {
    promise_->run_by(runner);
    return promise_->frame();
  }

  std::exception_ptr take_result() override {
    auto thrown = promise_->thrown();
    if constexpr (!std::is_void_v<T>) {
      if (!thrown) {
        try {
          this->stored.emplace(promise_->take());
        } catch (...) {
          thrown = std::current_exception();
        }
      }
    }
    drop();
    return thrown;
  }

  void drop() noexcept override {
    if (promise_)
      std::exchange(promise_, nullptr)->destroy();
  }

private:
  result_promise<T>* promise_;
};

/// The block of a task that is to run in an actor of its own.
///
/// Fails: as `check_sendable`.
template <class T>
std::shared_ptr<result_block<T>> make_block(task<T> body, std::string name) {
  check_sendable(static_cast<bool>(body), task_access::borrowing(body), name);
  return std::make_shared<coroutine_block<T>>(std::move(body), std::move(name));
}

} // namespace troupe::detail
