#include "cli/command.hpp"

#include <sstream>

namespace troupe::test {

std::vector<std::string> command(const std::vector<std::string>& arguments) {
  std::vector<std::string> result{TROUPE_COMMAND};
  result.insert(result.end(), arguments.begin(), arguments.end());
  return result;
}

command_result run_command(const std::vector<std::string>& arguments,
                           const process_options& options,
                           std::chrono::milliseconds limit) {
  process child{command(arguments), options};
  auto status = child.wait(limit);
  return {status, child.out(), child.err()};
}

std::vector<std::string> lines_of(std::string_view text) {
  std::istringstream in{std::string{text}};
  std::vector<std::string> result;
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

std::vector<nlohmann::json> report_of(std::string_view text) {
  std::vector<nlohmann::json> result;
  for (const auto& line : lines_of(text))
    result.push_back(nlohmann::json::parse(line));
  return result;
}

} // namespace troupe::test
