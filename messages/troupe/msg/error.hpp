#pragma once

#include "troupe/msg/errc.hpp"

#include <caf/fwd.hpp>

#include <exception>
#include <string>
#include <utility>

namespace troupe::v1 {
class Error;
} // namespace troupe::v1

namespace troupe {

/// A failure: a code for programs, a message for people, and, inside the
/// process where it happened, the exception behind it.
class error {
public:
  error() = default;
  explicit error(errc code) noexcept : code_(code) {}
  error(errc code, std::string message, std::exception_ptr cause = nullptr)
    : code_(code), message_(std::move(message)), cause_(std::move(cause)) {}

  [[nodiscard]] errc code() const noexcept { return code_; }

  /// What was wrong with which input; may be empty.
  [[nodiscard]] const std::string& message() const noexcept { return message_; }

  /// The exception behind it; never leaves the process.
  [[nodiscard]] const std::exception_ptr& cause() const noexcept {
    return cause_;
  }

  /// Whether this is a failure at all.
  explicit operator bool() const noexcept { return code_ != errc::ok; }

  friend bool operator==(const error& a, const error& b) noexcept {
    return a.code_ == b.code_ && a.message_ == b.message_;
  }

private:
  errc code_ = errc::ok;
  std::string message_;
  std::exception_ptr cause_;
};

/// "timed_out: no answer within 2 s", or the code alone without a message.
[[nodiscard]] std::string to_string(const error& what);

/// The same failure as CAF carries it; the cause is left behind.
[[nodiscard]] caf::error to_caf(const error& what);

/// Reads an error of CAF's. Its own codes are translated: a request's timeout
/// is `timed_out`, an actor that is gone is `lost`, and so on.
[[nodiscard]] error from_caf(const caf::error& what);

/// The same failure as the wire carries it; the cause is left behind.
[[nodiscard]] v1::Error to_proto(const error& what);

/// Reads an error off the wire. A code that this version does not know is
/// `internal`.
[[nodiscard]] error from_proto(const v1::Error& what);

} // namespace troupe
