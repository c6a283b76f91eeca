#pragma once

#include "troupe/core/time.hpp"
#include "troupe/detail/selectable.hpp"
#include "troupe/detail/suspension.hpp"

#include <chrono>
#include <cmath>
#include <type_traits>
#include <utility>
#include <variant>

namespace troupe {

namespace detail {

[[noreturn]] void throw_no_duration();

/// Any duration as troupe's, saturating.
///
/// Fails: throws `failure` (`invalid_argument`) for not-a-number.
template <class Rep, class Period>
duration to_duration(std::chrono::duration<Rep, Period> x) {
  using seconds = std::chrono::duration<long double>;
  if constexpr (std::is_floating_point_v<Rep>)
    if (std::isnan(x.count()))
      throw_no_duration();
  if (seconds{x} >= seconds{forever})
    return forever;
  if (seconds{x} <= seconds{duration::min()})
    return duration::min();
  return std::chrono::ceil<duration>(x);
}

class sleep_choice;

class sleep_op : public suspension {
public:
  /// @param length Or until then, whichever comes first.
  sleep_op(duration length, time_point until)
    : length_(length), until_(until) {}
  sleep_op(const sleep_op&) = delete;
  sleep_op& operator=(const sleep_op&) = delete;
  sleep_op(sleep_op&&) = default;
  ~sleep_op();

  using choice = sleep_choice;

  void await_suspend(std::coroutine_handle<> coroutine);
  void await_resume() { check(); }

  /// When it is over, begun now.
  [[nodiscard]] time_point end(time_point now) const;

private:
  duration length_;
  time_point until_;
};

/// The same as one of several; see `select`.
class sleep_choice final : public selectable {
public:
  explicit sleep_choice(sleep_op op) : op_(std::move(op)) {}

  task<bool> poll() override;
  std::monostate value() { return {}; }

private:
  void ask(fiber& from, slot_id slot) override;
  void take(fiber&, slot_id, content&) override {}
  void decline(fiber& from, slot_id slot) noexcept override;

  sleep_op op_;
};

template <class T>
class valued_sleep_op final : public sleep_op {
public:
  valued_sleep_op(duration length, T value)
    : sleep_op(length, never), value_(std::move(value)) {}

  T await_resume() {
    check();
    return std::move(value_);
  }

private:
  using choice = void; // it has a value that a select does not give

  T value_;
};

} // namespace detail

/// Waits for some time; one that is not positive is as `yield`.
///
/// Fails:  throws `failure` (`invalid_argument`) for a length that is no
///         number.
/// Cancel: at once; the timer is taken back.
/// Order:  those whose times are equal wake in the order in which they slept.
template <class Rep, class Period>
[[nodiscard]] detail::sleep_op
sleep(std::chrono::duration<Rep, Period> length) {
  return {detail::to_duration(length), never};
}

/// The same, and then gives a value.
template <class Rep, class Period, class T>
[[nodiscard]] detail::valued_sleep_op<T>
sleep(std::chrono::duration<Rep, Period> length, T value) {
  return {detail::to_duration(length), std::move(value)};
}

/// Waits until a time of the system's clock.
[[nodiscard]] inline detail::sleep_op sleep_until(time_point when) {
  return {forever, when};
}

/// Lets every other task that can run do so first.
[[nodiscard]] inline detail::sleep_op yield() {
  return {duration::zero(), never};
}

} // namespace troupe
