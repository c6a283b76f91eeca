#pragma once

#include "support/fd.hpp"
#include "support/process_options.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace troupe::test {

namespace detail {
class child;
}

/// The size of a terminal, in characters.
struct terminal_size {
  unsigned short columns = 80;
  unsigned short rows = 24;
};

/// A program run on a terminal of its own, which the test reads and types on.
///
/// TERM is xterm-256color unless the options set it. Killed as `process` is.
/// Threads: from one at a time.
class pty_process {
public:
  /// Starts a program, which is looked up in PATH.
  ///
  /// Fails: throws std::system_error if it cannot be run.
  explicit pty_process(const std::vector<std::string>& command,
                       process_options options = {}, terminal_size size = {});
  pty_process(const pty_process&) = delete;
  pty_process& operator=(const pty_process&) = delete;
  pty_process(pty_process&&) = delete;
  pty_process& operator=(pty_process&&) = delete;
  ~pty_process();

  /// Types keys. Control characters act as on a keyboard: "\x03" is Ctrl-C.
  void write(std::string_view keys);

  /// Changes the terminal's size, which sends the program a SIGWINCH.
  void resize(terminal_size size);

  /// Waits until the text comes after what the last `read_until` found.
  ///
  /// @return False once `limit` has passed or no more can come.
  bool read_until(std::string_view text,
                  std::chrono::milliseconds limit = patience);

  /// Waits until the whole output so far satisfies the condition.
  bool read_until(const std::function<bool(std::string_view)>& condition,
                  std::chrono::milliseconds limit = patience);

  /// Waits until the program ends; all it wrote has been captured then.
  ///
  /// @return How it ended; `exit_status::running` once `limit` has passed.
  exit_status wait(std::chrono::milliseconds limit = patience) const;

  /// Sends a signal; does nothing once the program has ended.
  void signal(int number) const;

  /// All that came so far, with the echo of what was typed.
  std::string output() const;

  pid_t pid() const;

private:
  unique_fd terminal_;
  std::size_t found_ = 0; // the end of the last text that came
  std::unique_ptr<detail::child> child_;
};

} // namespace troupe::test
