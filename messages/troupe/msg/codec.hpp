#pragma once

#include <caf/error.hpp>
#include <caf/fwd.hpp>

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <string>
#include <type_traits>

namespace caf::detail {
class stringification_inspector;
} // namespace caf::detail

namespace troupe::detail {

/// "bank.v1.Deposit{12 bytes}": enough for a log, and never a secret.
std::string describe(const google::protobuf::MessageLite& message);
std::string describe(const std::string& type_name, std::size_t size);

/// Fails: `invalid_argument` when a required field is missing (proto2).
caf::error encode(const google::protobuf::MessageLite& message,
                  std::string& bytes);

/// Fails: `decode_error`; `message` is then empty.
caf::error decode(const std::string& bytes,
                  google::protobuf::MessageLite& message);

} // namespace troupe::detail

namespace google::protobuf {

/// Teaches CAF to carry protobuf messages: as they are inside a process, as
/// protobuf bytes between processes.
///
/// It lives here so that argument-dependent lookup finds it through the
/// message's base class, for each of CAF's inspectors.
template <class Inspector, class Message>
std::enable_if_t<std::is_base_of_v<MessageLite, Message>,
                 typename Inspector::result_type>
inspect(Inspector& f, Message& message) {
  if constexpr (std::is_same_v<Inspector,
                               caf::detail::stringification_inspector>) {
    return f(troupe::detail::describe(message));
  } else if constexpr (Inspector::reads_state) {
    std::string bytes;
    if (auto failed = troupe::detail::encode(message, bytes))
      return failed;
    return f(bytes);
  } else {
    std::string bytes;
    if (auto failed = f(bytes))
      return failed;
    return troupe::detail::decode(bytes, message);
  }
}

} // namespace google::protobuf
