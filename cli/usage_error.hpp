#pragma once

#include <stdexcept>

namespace troupe::cli {

/// The command was called wrongly, or given a wrong list: exit code 2. The text
/// names the option or the line.
class usage_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

} // namespace troupe::cli
