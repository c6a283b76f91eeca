#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::cli {

/// What a person sees of the downloads.
struct view {
  struct row {
    std::string name;
    std::uint64_t bytes = 0;
    std::uint64_t total_bytes = 0; // 0 if unknown
  };
  std::vector<row> running; // at most 8
  std::uint64_t ended = 0;
  std::optional<std::uint64_t> total; // unknown while the list is being read
  std::uint64_t failed = 0;
  std::uint64_t bytes = 0;
  double seconds = 0; // without pauses
  double bytes_per_second = 0;
  double running_share = 0; // of all running: 1.5 is one and a half jobs
  const char* state = "";   // "paused", "cancelling", …
};

/// "1.5 MiB".
std::string human_bytes(double bytes);

/// "1:05", "2:00:00".
std::string human_seconds(double seconds);

/// "0.3 s"; from ten seconds on as `human_seconds`.
std::string human_elapsed(double seconds);

/// The line for all: count, bytes, rate, and when it may be over.
std::string total_line(const view& what);

/// The lines of a terminal: one for each running transfer and one for all, none
/// wider and not more than the terminal has room for.
std::vector<std::string> bar_lines(const view& what, int columns, int rows);

/// Makes a text of somebody else safe for a terminal: control characters and
/// what is no UTF-8 become "?".
std::string printable(std::string_view text);

/// Cuts a text to a number of columns, and makes it printable.
std::string fitted(std::string_view text, std::size_t columns);

/// Draws lines at the bottom of a terminal, each time over the last ones.
class bar {
public:
  /// @param above Whole lines that stay, and go above.
  void draw(std::vector<std::string> lines, int columns,
            std::string_view above = {});
  /// Removes them, so that something else can be printed.
  void clear(std::string_view above = {});

private:
  [[nodiscard]] std::size_t rows_of(int columns) const;

  std::vector<std::string> drawn_;
  int columns_ = 0;
};

} // namespace troupe::cli
