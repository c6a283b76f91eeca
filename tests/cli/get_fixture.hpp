#pragma once

#include "cli/command.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace troupe::test {

/// A path.
inline std::string numbered(int number) {
  std::string result{"/"};
  return result += std::to_string(number);
}

class GetTest : public testing::Test {
protected:
  /// Runs `troupe get`, by default into the folder.
  command_result get(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "get");
    return run_command(arguments, process_options{}.cwd(folder.path()));
  }

  /// Runs `troupe get --report -`.
  std::vector<nlohmann::json>
  report_of_get(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--report", "-"});
    return report_of(get(std::move(arguments)).out);
  }

  scripted_server server;
  temp_dir folder{temp_dir::place::memory};
};

MATCHER_P(ExitsWith, code, "") {
  *result_listener << arg.status << "\n" << arg.out << "\n" << arg.err;
  return arg.status.code == code;
}

} // namespace troupe::test
