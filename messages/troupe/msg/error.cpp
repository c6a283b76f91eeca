#include "troupe/msg/error.hpp"

#include "troupe/v1/common.pb.h"

#include <caf/atom.hpp>
#include <caf/error.hpp>
#include <caf/exit_reason.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>

namespace troupe {

namespace {

constexpr caf::atom_value category = caf::atom("troupe");

/// The text that CAF attached to an error, whatever else it attached.
std::string text_of(const caf::error& what) {
  const auto& context = what.context();
  if (context.match_elements<std::string>())
    return context.get_as<std::string>(0);
  return {};
}

errc translate(caf::sec code) {
  switch (code) {
  case caf::sec::request_timeout:
    return errc::timed_out;
  case caf::sec::request_receiver_down:
  case caf::sec::remote_linking_failed:
    return errc::lost;
  case caf::sec::unexpected_message:
  case caf::sec::invalid_argument:
    return errc::invalid_argument;
  case caf::sec::end_of_stream:
  case caf::sec::unknown_type:
    return errc::decode_error;
  case caf::sec::cannot_connect_to_node:
  case caf::sec::no_route_to_receiving_node:
  case caf::sec::no_actor_published_at_port:
  case caf::sec::disconnect_during_handshake:
  case caf::sec::connection_timeout:
    return errc::unavailable;
  default:
    return errc::internal;
  }
}

} // namespace

std::string to_string(const error& what) {
  std::string result{to_string(what.code())};
  if (!what.message().empty())
    result += ": " + what.message();
  return result;
}

caf::error to_caf(const error& what) {
  if (!what)
    return {};
  auto code = static_cast<std::uint8_t>(what.code());
  if (what.message().empty())
    return {code, category};
  return {code, category, caf::make_message(what.message())};
}

error from_caf(const caf::error& what) {
  if (!what)
    return error{};
  if (what.category() == category) {
    auto code = v1::Errc_IsValid(what.code()) ? static_cast<errc>(what.code())
                                              : errc::internal;
    return {code, text_of(what)};
  }
  auto text = text_of(what);
  if (what.category() == caf::atom("system")) {
    auto code = static_cast<caf::sec>(what.code());
    return {translate(code), text.empty() ? to_string(code) : text};
  }
  if (what.category() == caf::atom("exit")) {
    auto code = static_cast<caf::exit_reason>(what.code());
    return {errc::lost, "the actor ended: " + to_string(code)};
  }
  return {errc::internal, text.empty() ? caf::to_string(what) : text};
}

v1::Error to_proto(const error& what) {
  v1::Error result;
  result.set_code(static_cast<v1::Errc>(what.code()));
  result.set_message(what.message());
  return result;
}

error from_proto(const v1::Error& what) {
  auto code = v1::Errc_IsValid(what.code()) ? static_cast<errc>(what.code())
                                            : errc::internal;
  return {code, what.message()};
}

} // namespace troupe
