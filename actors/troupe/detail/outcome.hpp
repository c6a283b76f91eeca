#pragma once

#include "troupe/msg/error.hpp"

#include <exception>

namespace troupe::v1 {
class Outcome;
} // namespace troupe::v1

namespace troupe::detail {

class task_block;

/// How a task ended, as its supervisor hears of it.
[[nodiscard]] v1::Outcome outcome_of(const task_block& task);

/// Whether an exception, or null, is `cancelled`; without throwing it.
[[nodiscard]] bool is_cancel(const std::exception_ptr& thrown) noexcept;

/// What an exception says, with itself as the cause. `cancelled` is the code
/// `cancelled`.
[[nodiscard]] error error_of(const std::exception_ptr& thrown);

} // namespace troupe::detail
