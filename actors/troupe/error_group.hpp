#pragma once

#include "troupe/msg/failure.hpp"

#include <exception>
#include <string>
#include <vector>

namespace troupe {

/// What a group throws: what its tasks threw, in that order, and its body. Also
/// what `first_success` throws. The code is that of the first.
class error_group : public failure {
public:
  /// @param first_task Whose the first is, for its text.
  /// @pre Not empty.
  explicit error_group(std::vector<std::exception_ptr> errors,
                       const std::string& first_task = {});

  [[nodiscard]] const std::vector<std::exception_ptr>& errors() const noexcept {
    return errors_;
  }

private:
  std::vector<std::exception_ptr> errors_;
};

} // namespace troupe
