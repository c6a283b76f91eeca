#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace troupe::cli {

/// Reads a file, a pipe or a terminal line by line, and can be told to stop
/// while it waits for more.
///
/// Threads: `stop` from any; the rest from one.
class line_reader {
public:
  /// @param file "-" is standard input.
  /// Fails: throws `std::system_error` when the file cannot be opened.
  explicit line_reader(const std::string& file);
  ~line_reader();
  line_reader(const line_reader&) = delete;
  line_reader& operator=(const line_reader&) = delete;

  /// The next line without its end; nothing at the end or once stopped.
  ///
  /// Fails: throws `std::system_error` when reading fails.
  std::optional<std::string> next();

  void stop() const;

private:
  bool fill();

  int fd_;
  int stop_;
  std::string buffer_;
  std::size_t read_ = 0;
};

} // namespace troupe::cli
