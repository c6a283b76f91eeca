#pragma once

#include <optional>

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

  /// Gives back what is open now: for a program that is about to exit.
  ///
  /// Threads: any.
  static void give_back();

  /// Whether standard error is a terminal.
  static bool present();

  struct size {
    int columns = 80;
    int rows = 24;
  };
  [[nodiscard]] size measure() const;

  /// What to poll for keys; negative if there are none, as in the background.
  /// Takes the terminal once it is ours.
  [[nodiscard]] int keys();

  /// The next key, if one was pressed.
  std::optional<char> key();

private:
  int keys_ = -1;
  bool taken_ = false;
};

} // namespace troupe::cli
