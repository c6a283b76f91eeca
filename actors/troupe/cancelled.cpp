#include "troupe/cancelled.hpp"

namespace troupe {

std::string_view to_string(cancel_reason reason) noexcept {
  switch (reason) {
  case cancel_reason::requested:
    return "requested";
  case cancel_reason::sibling_failed:
    return "sibling_failed";
  case cancel_reason::deadline:
    return "deadline";
  case cancel_reason::parent:
    return "parent";
  case cancel_reason::shutdown:
    return "shutdown";
  case cancel_reason::superseded:
    return "superseded";
  }
  return "unknown";
}

const std::string& cancelled::task() const noexcept {
  static const std::string none;
  return task_ ? *task_ : none;
}

std::string to_string(const cancelled& what) {
  std::string result;
  if (!what.task().empty())
    result = "task `" + what.task() + "` was ";
  result += "cancelled (";
  result += to_string(what.reason());
  result += ')';
  if (!what.text().empty())
    result += ": " + what.text();
  return result;
}

} // namespace troupe
