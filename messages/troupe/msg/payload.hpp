#pragma once

#include "troupe/msg/expected.hpp"

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace caf::detail {
class stringification_inspector;
} // namespace caf::detail

// Its header is left to those who have messages.
namespace google::protobuf {
class Descriptor;
class Message;
} // namespace google::protobuf

namespace troupe {

/// A protobuf message of any type, in an envelope: shared and immutable inside
/// a process, full name and bytes (`troupe.v1.Payload`) between processes. So
/// nobody has to register the types that travel in it.
///
/// Copies share the message.
///
/// Threads: a payload may be read by several at once.
class payload {
public:
  /// Nothing.
  payload() = default;

  template <std::derived_from<google::protobuf::Message> Message>
  explicit payload(Message message)
    : message_(std::make_shared<Message>(std::move(message))) {}

  /// Strings and numbers travel as protobuf's well-known wrappers.
  explicit payload(std::string value);
  explicit payload(const char* value) : payload(std::string{value}) {}
  explicit payload(int value) : payload(std::int64_t{value}) {}
  explicit payload(std::int64_t value);
  explicit payload(std::uint64_t value);
  explicit payload(double value);
  explicit payload(bool value);

  [[nodiscard]] bool empty() const noexcept { return !message_ && !encoded_; }

  /// The full name of the message's type, "bank.v1.Deposit"; empty of nothing.
  [[nodiscard]] std::string type_name() const;

  /// The message, shared when it never left the process.
  ///
  /// Fails: `invalid_argument` when it is of another type; `decode_error` when
  ///        its bytes do not parse.
  template <std::derived_from<google::protobuf::Message> Message>
  [[nodiscard]] expected<std::shared_ptr<const Message>> get() const {
    if (holds(Message::descriptor()))
      return std::static_pointer_cast<const Message>(message_);
    auto decoded = std::make_shared<Message>();
    if (auto failed = decode_into(*decoded))
      return failed;
    return std::shared_ptr<const Message>{std::move(decoded)};
  }

  /// A copy of the message, or the value in a well-known wrapper.
  ///
  /// Fails: as `get`.
  template <class T>
  [[nodiscard]] expected<T> as() const {
    if constexpr (std::derived_from<T, google::protobuf::Message>) {
      auto message = get<T>();
      if (!message)
        return message.error();
      return T{**message};
    } else {
      return unwrap(static_cast<T*>(nullptr));
    }
  }

  /// The same, but a message that nobody else shares is moved out.
  template <class T>
  [[nodiscard]] expected<T> take() && {
    if constexpr (std::derived_from<T, google::protobuf::Message>) {
      if (holds(T::descriptor()) && message_.use_count() == 1) {
        // What those did who have let go of it happened before this: a relaxed
        // `use_count` does not say so, the end of a copy does.
        static_cast<void>(std::shared_ptr{message_});
        auto message = std::const_pointer_cast<google::protobuf::Message>(
          std::exchange(message_, nullptr));
        return std::move(static_cast<T&>(*message));
      }
    }
    return as<T>();
  }

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, payload& x) {
    if constexpr (std::is_same_v<Inspector,
                                 caf::detail::stringification_inspector>) {
      return f(x.describe());
    } else if constexpr (Inspector::reads_state) {
      auto what = x.encode();
      return f(what.type_name, what.bytes);
    } else {
      encoded what;
      if (auto failed = f(what.type_name, what.bytes))
        return failed;
      x.message_ = nullptr;
      x.encoded_ = what.type_name.empty()
                     ? nullptr
                     : std::make_shared<const encoded>(std::move(what));
      return {};
    }
  }

private:
  struct encoded {
    std::string type_name;
    std::string bytes;
  };

  [[nodiscard]] bool
  holds(const google::protobuf::Descriptor* type) const noexcept;
  [[nodiscard]] error decode_into(google::protobuf::Message& into) const;
  [[nodiscard]] encoded encode() const;
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] expected<std::string> unwrap(std::string*) const;
  [[nodiscard]] expected<std::int64_t> unwrap(std::int64_t*) const;
  [[nodiscard]] expected<std::uint64_t> unwrap(std::uint64_t*) const;
  [[nodiscard]] expected<double> unwrap(double*) const;
  [[nodiscard]] expected<bool> unwrap(bool*) const;

  std::shared_ptr<const google::protobuf::Message> message_;
  // As it came off the wire, until somebody asks for the message.
  std::shared_ptr<const encoded> encoded_;
};

/// One value for each child of a group, in order.
using payloads = std::vector<payload>;

} // namespace troupe
