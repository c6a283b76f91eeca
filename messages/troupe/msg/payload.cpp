#include "troupe/msg/payload.hpp"

#include "troupe/msg/codec.hpp"

#include <google/protobuf/message.h>
#include <google/protobuf/wrappers.pb.h>

namespace troupe {

namespace {

template <class Wrapper, class T>
std::shared_ptr<const google::protobuf::Message> wrap(T value) {
  auto wrapper = std::make_shared<Wrapper>();
  wrapper->set_value(std::move(value));
  return wrapper;
}

template <class Wrapper, class T>
expected<T> unwrap_as(const payload& from) {
  auto wrapper = from.get<Wrapper>();
  if (!wrapper)
    return wrapper.error();
  return T{(*wrapper)->value()};
}

} // namespace

payload::payload(std::string value)
  : message_(wrap<google::protobuf::StringValue>(std::move(value))) {}

payload::payload(std::int64_t value)
  : message_(wrap<google::protobuf::Int64Value>(value)) {}

payload::payload(std::uint64_t value)
  : message_(wrap<google::protobuf::UInt64Value>(value)) {}

payload::payload(double value)
  : message_(wrap<google::protobuf::DoubleValue>(value)) {}

payload::payload(bool value)
  : message_(wrap<google::protobuf::BoolValue>(value)) {}

std::string payload::type_name() const {
  if (message_)
    return message_->GetTypeName();
  return encoded_ ? encoded_->type_name : std::string{};
}

bool payload::holds(const google::protobuf::Descriptor* type) const noexcept {
  return message_ && message_->GetDescriptor() == type;
}

error payload::decode_into(google::protobuf::Message& into) const {
  if (!encoded_ || encoded_->type_name != into.GetTypeName())
    return {errc::invalid_argument, "the payload is "
                                      + (empty() ? "empty" : type_name())
                                      + ", not " + into.GetTypeName()};
  return from_caf(detail::decode(encoded_->bytes, into));
}

payload::encoded payload::encode() const {
  if (message_)
    return {message_->GetTypeName(), message_->SerializeAsString()};
  return encoded_ ? *encoded_ : encoded{};
}

std::string payload::describe() const {
  if (message_)
    return detail::describe(*message_);
  return encoded_
           ? detail::describe(encoded_->type_name, encoded_->bytes.size())
           : detail::describe({}, 0);
}

expected<std::string> payload::unwrap(std::string*) const {
  return unwrap_as<google::protobuf::StringValue, std::string>(*this);
}

expected<std::int64_t> payload::unwrap(std::int64_t*) const {
  return unwrap_as<google::protobuf::Int64Value, std::int64_t>(*this);
}

expected<std::uint64_t> payload::unwrap(std::uint64_t*) const {
  return unwrap_as<google::protobuf::UInt64Value, std::uint64_t>(*this);
}

expected<double> payload::unwrap(double*) const {
  return unwrap_as<google::protobuf::DoubleValue, double>(*this);
}

expected<bool> payload::unwrap(bool*) const {
  return unwrap_as<google::protobuf::BoolValue, bool>(*this);
}

} // namespace troupe
