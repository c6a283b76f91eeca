#pragma once

#include <optional>
#include <termios.h>

namespace troupe::cli {

/// The terminal that a person watches, and whose keys we read one by one.
///
/// Messages and progress go to standard error; keys come from the controlling
/// terminal, since standard input may be a list. The destructor gives the
/// terminal back as it was.
class terminal {
public:
  terminal();
  ~terminal();
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;

  /// Whether standard error is a terminal.
  static bool present();

  struct size {
    int columns = 80;
    int rows = 24;
  };
  [[nodiscard]] size measure() const;

  /// What to poll for keys; negative if there are none, as in the background.
  [[nodiscard]] int keys() const;

  /// The next key, if one was pressed.
  std::optional<char> key();

private:
  int keys_ = -1;
  termios before_{};
};

} // namespace troupe::cli
