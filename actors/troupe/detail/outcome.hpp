#pragma once

#include "troupe/msg/error.hpp"

#include <exception>
#include <string>

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

/// A text that says which task it is about; one that does is left as it is.
[[nodiscard]] std::string about_task(const std::string& name,
                                     const std::string& text);

/// Throws what a task threw for one that waited for it: a cancel says whose it
/// was.
[[noreturn]] void rethrow_to_others(const std::exception_ptr& thrown,
                                    const std::string& name);

} // namespace troupe::detail
