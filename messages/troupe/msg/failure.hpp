#pragma once

#include "troupe/msg/error.hpp"

#include <stdexcept>
#include <utility>

namespace troupe {

/// What is thrown where a value was expected and there is an `error`.
///
/// Cancellation is not a failure and has a type of its own.
class failure : public std::runtime_error {
public:
  explicit failure(troupe::error what)
    : std::runtime_error(to_string(what)), error_(std::move(what)) {}

  [[nodiscard]] const troupe::error& error() const noexcept { return error_; }
  [[nodiscard]] errc code() const noexcept { return error_.code(); }

private:
  troupe::error error_;
};

} // namespace troupe
