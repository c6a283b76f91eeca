#pragma once

#include "troupe/detail/actor_ref.hpp"
#include "troupe/detail/fiber.hpp"

#include <asio/cancellation_signal.hpp>

#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>

namespace troupe::io::detail {

class loop_state;

/// What the task that awaits an operation shares with its handlers, and with
/// the loop that it is on: its end, of which the task is told once.
///
/// An operation ends when its handler is called, when it could not begin, or
/// when nobody can call its handler any more: as the loop was destroyed, or as
/// the last copy of the handler was.
///
/// Threads: any.
class operation_core : public std::enable_shared_from_this<operation_core> {
public:
  operation_core() = default;
  operation_core(const operation_core&) = delete;
  operation_core& operator=(const operation_core&) = delete;

  /// @param loop Null if it is on another context.
  void begin(troupe::detail::fiber& owner, troupe::detail::slot_id slot,
             const std::shared_ptr<loop_state>& loop);

  [[nodiscard]] bool ended() const noexcept { return ended_.load(); }
  /// @pre `ended()`. Whether nobody could call its handler.
  [[nodiscard]] bool abandoned() const noexcept { return abandoned_; }
  /// @pre `ended()`. What is thrown instead of a result, or null.
  [[nodiscard]] const std::exception_ptr& thrown() const noexcept {
    return thrown_;
  }

  /// It did not begin, or it threw when it did.
  void fail(std::exception_ptr why);
  /// Nobody can call its handler any more.
  void abandon(const char* why);
  /// The task does not wait any more.
  void forget() noexcept;

  void add_handler() noexcept { handlers_.fetch_add(1); }
  void drop_handler() noexcept;

  asio::cancellation_signal cancel;

  /// Its neighbours in the list of the loop, which is the loop's.
  operation_core* previous = nullptr;
  operation_core* next = nullptr;

protected:
  ~operation_core() = default;

  /// @return Whether it has not ended before: then the caller ends it.
  [[nodiscard]] bool claim() noexcept { return !ended_.exchange(true); }
  /// @pre Claimed.
  void tell_end();

private:
  void leave_loop() noexcept;

  troupe::detail::actor_ref who_;
  troupe::detail::slot_id slot_ = 0;
  loop_state* loop_ = nullptr; // while it is in that one's list
  std::atomic<std::size_t> handlers_{0};
  std::atomic<bool> ended_{false};
  bool abandoned_ = false;
  std::exception_ptr thrown_;
};

} // namespace troupe::io::detail
