#pragma once

#include "troupe/detail/fiber.hpp"

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace troupe::detail {

/// Something to be done in another thread, once.
class any_work {
public:
  any_work() = default;
  any_work(const any_work&) = delete;
  any_work& operator=(const any_work&) = delete;
  virtual ~any_work() = default;
  virtual void run() noexcept = 0;
  /// Lets go of what it would work with.
  ///
  /// @pre It was claimed, to have it never run.
  virtual void drop() noexcept = 0;

  /// Takes the right to run it, or to have it never run.
  ///
  /// @return Whether nobody did before.
  bool claim() noexcept { return !claimed_.exchange(true); }

private:
  std::atomic<bool> claimed_{false};
};

template <class Result>
class thread_work final : public any_work {
public:
  template <class F>
  explicit thread_work(F f)
    : work_([f = std::make_shared<F>(std::move(f))] { return (*f)(); }) {}

  void run() noexcept override {
    try {
      if constexpr (std::is_void_v<Result>)
        work_();
      else
        value_.emplace(work_());
    } catch (...) {
      thrown_ = std::current_exception();
    }
    drop();
  }

  void drop() noexcept override {
    work_ = nullptr;
    kept_ = nullptr;
  }

  /// Keeps something until the work is done, or will never be.
  void keep(std::shared_ptr<const void> what) { kept_ = std::move(what); }

  Result take() {
    if (thrown_) // which only the taker has from now on
      std::rethrow_exception(std::exchange(thrown_, nullptr));
    if constexpr (!std::is_void_v<Result>)
      return std::move(*value_);
  }

private:
  std::function<Result()> work_;
  std::optional<std::conditional_t<std::is_void_v<Result>, char, Result>>
    value_;
  std::exception_ptr thrown_;
  std::shared_ptr<const void> kept_;
};

/// Does the work in a thread of the fiber's system, and answers the slot then.
void post_work(fiber& from, slot_id slot, std::shared_ptr<any_work> work);

} // namespace troupe::detail
