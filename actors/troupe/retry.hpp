#pragma once

#include "troupe/cancelled.hpp"
#include "troupe/core/time.hpp"
#include "troupe/detail/outcome.hpp"
#include "troupe/msg/error.hpp"
#include "troupe/sleep.hpp"
#include "troupe/task.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace troupe {

/// A limit on retries that several share, so that a service that is down is not
/// asked ever more often: each first try earns a part of a retry. Copies share
/// it.
///
/// Threads: any.
// NOLINTNEXTLINE(cppcoreguidelines-special-member-functions): see its copies
class retry_budget {
public:
  /// @param ratio Retries per first try, in the long run.
  /// @param most Retries that can be saved up; as many are there at first.
  explicit retry_budget(double ratio = 0.1, double most = 10);
  // One that is moved from is still the same budget.
  retry_budget(const retry_budget&) = default;
  retry_budget& operator=(const retry_budget&) = default;
  ~retry_budget() = default;

  void earn() const;
  /// @return Whether a retry may be made.
  [[nodiscard]] bool spend() const;

private:
  struct state;
  std::shared_ptr<state> state_;
};

/// When and how often to try again. Setters chain.
class retry_policy {
public:
  retry_policy() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// Tries altogether, at least 1. Default: 3.
  retry_policy& attempts(std::uint32_t x) {
    attempts_ = x;
    return *this;
  }
  /// Longest wait before the second try; doubles for each further one, and each
  /// wait is drawn between zero and it (full jitter). Default: 100 ms.
  retry_policy& initial(duration x) {
    initial_ = x;
    return *this;
  }
  /// Longest wait of all. Default: 30 s.
  retry_policy& max(duration x) {
    max_ = x;
    return *this;
  }
  /// Which errors are worth another try. Default: all.
  retry_policy& when(std::function<bool(const error&)> x) {
    when_ = std::move(x);
    return *this;
  }
  /// Default: none.
  retry_policy& budget(const retry_budget& x) {
    budget_ = x;
    return *this;
  }

  [[nodiscard]] std::uint32_t attempts() const { return attempts_; }
  [[nodiscard]] const std::optional<retry_budget>& budget() const {
    return budget_;
  }

  /// Whether to try again after a failure of the `attempt`-th try.
  [[nodiscard]] bool again(std::uint32_t attempt, const error& why) const;
  /// How long to wait before it.
  [[nodiscard]] duration wait(std::uint32_t attempt) const;

private:
  std::uint32_t attempts_ = 3;
  duration initial_ = std::chrono::milliseconds{100};
  duration max_ = std::chrono::seconds{30};
  std::function<bool(const error&)> when_;
  std::optional<retry_budget> budget_;
};

/// Awaits `make()`, a task, until one succeeds.
///
///     co_await retry(retry_policy{}.attempts(5), [&] { return fetch(url); });
///
/// Fails:  throws what the last try threw.
/// Cancel: of the try or of the wait; it is not tried again.
template <class Make>
std::invoke_result_t<Make&> retry(retry_policy policy, Make make) {
  using result = typename std::invoke_result_t<Make&>::value_type;
  if (policy.budget())
    policy.budget()->earn();
  for (std::uint32_t attempt = 1;; ++attempt) {
    try {
      if constexpr (std::is_void_v<result>) {
        co_await make();
        co_return;
      } else {
        co_return co_await make();
      }
    } catch (const cancelled&) {
      throw;
    } catch (...) {
      if (!policy.again(attempt, detail::error_of(std::current_exception())))
        throw;
    }
    co_await sleep(policy.wait(attempt));
  }
}

} // namespace troupe
