#pragma once

#include "support/process.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::test {

/// The command line that runs the command `troupe`.
std::vector<std::string> command(const std::vector<std::string>& arguments);

/// What a run of the command came to.
struct command_result {
  exit_status status;
  std::string out;
  std::string err;
};

/// Runs the command to its end, without a terminal.
command_result run_command(const std::vector<std::string>& arguments,
                           const process_options& options = {},
                           std::chrono::milliseconds limit = patience);

/// The lines of a text.
std::vector<std::string> lines_of(std::string_view text);

/// A report: the last line is for all.
std::vector<nlohmann::json> report_of(std::string_view text);

} // namespace troupe::test
