#pragma once

#include <csignal>
#include <filesystem>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe::test {

/// How a program ended.
struct exit_status {
  int code = -1;  ///< Its exit code; -1 unless it ended by itself.
  int signal = 0; ///< The signal that killed it, or 0.

  /// Stands for a program that has not ended.
  static const exit_status running;

  bool ok() const { return code == 0; }
  friend bool operator==(const exit_status&, const exit_status&) = default;
};

inline const exit_status exit_status::running{};

std::ostream& operator<<(std::ostream& out, const exit_status& status);

/// How to run a program.
struct process_options {
  /// Environment variables to set, or to unset without a value.
  std::map<std::string, std::optional<std::string>> variables;

  /// The working directory; by default this process's.
  std::filesystem::path folder;

  /// The text on standard input, then its end; empty by default. What a
  /// program on a terminal reads first.
  std::string text;

  /// Descriptors the program gets under the same numbers.
  std::vector<int> descriptors;

  /// What the program gets when the thread that started it ends.
  int orphan_signal = SIGKILL;

  process_options& env(std::string name, std::string value) {
    variables.insert_or_assign(std::move(name), std::move(value));
    return *this;
  }
  process_options& unset_env(std::string name) {
    variables.insert_or_assign(std::move(name), std::nullopt);
    return *this;
  }
  process_options& cwd(std::filesystem::path value) {
    folder = std::move(value);
    return *this;
  }
  process_options& input(std::string value) {
    text = std::move(value);
    return *this;
  }
  process_options& inherit(int fd) {
    descriptors.push_back(fd);
    return *this;
  }
  process_options& on_orphaned(int signal) {
    orphan_signal = signal;
    return *this;
  }
};

} // namespace troupe::test
