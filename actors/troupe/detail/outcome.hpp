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

/// What an exception says, with itself as the cause. `cancelled` is the code
/// `cancelled`.
[[nodiscard]] error error_of(const std::exception_ptr& thrown);

} // namespace troupe::detail
