#pragma once

#include "soak/task_program.hpp"
#include "troupe/task.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace troupe::testing {

/// Tasks on two threads that do at the same time what must not meet unnoticed:
/// a cancel and the end of a scope, for example. It writes down what is wrong;
/// something that is lost makes it hang.
struct race_program {
  std::string_view name;
  task<void> (*play)(std::shared_ptr<program> all);
};

std::vector<race_program> race_programs();

} // namespace troupe::testing
