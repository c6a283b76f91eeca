#include "troupe/msg/codec.hpp"

#include "troupe/msg/error.hpp"

namespace troupe::detail {

std::string describe(const google::protobuf::MessageLite& message) {
  return describe(message.GetTypeName(), message.ByteSizeLong());
}

std::string describe(const std::string& type_name, std::size_t size) {
  return type_name + "{" + std::to_string(size) + " bytes}";
}

caf::error encode(const google::protobuf::MessageLite& message,
                  std::string& bytes) {
  if (message.SerializeToString(&bytes))
    return {};
  return to_caf({errc::invalid_argument,
                 message.GetTypeName() + " lacks a required field"});
}

caf::error decode(const std::string& bytes,
                  google::protobuf::MessageLite& message) {
  if (message.ParseFromString(bytes))
    return {};
  message.Clear();
  return to_caf({errc::decode_error, std::to_string(bytes.size())
                                       + " bytes are not a "
                                       + message.GetTypeName()});
}

} // namespace troupe::detail
