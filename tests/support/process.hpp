#pragma once

#include "support/fd.hpp"
#include "support/process_options.hpp"

#include <chrono>
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

/// A program run as a child, with its output captured.
///
/// The destructor kills it and the children it left in its process group. It
/// also gets a signal if the thread that started it ends.
/// Threads: from any.
class process {
public:
  /// Starts a program, which is looked up in PATH.
  ///
  /// Fails: throws std::system_error if it cannot be run.
  explicit process(const std::vector<std::string>& command,
                   const process_options& options = {});
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  process(process&&) = delete;
  process& operator=(process&&) = delete;
  ~process();

  /// Waits until the program ends; all it wrote has been captured then.
  ///
  /// @return How it ended; `exit_status::running` once `limit` has passed.
  exit_status wait(std::chrono::milliseconds limit = patience) const;

  /// Waits until what came on standard output satisfies the condition.
  ///
  /// @return False once `limit` has passed or no more can come.
  bool wait_for_output(const std::function<bool(std::string_view)>& condition,
                       std::chrono::milliseconds limit = patience) const;

  /// Waits until the text came on standard output.
  bool wait_for_output(std::string_view text,
                       std::chrono::milliseconds limit = patience) const;

  /// Sends a signal; does nothing once the program has ended.
  void signal(int number) const;

  /// What came on standard output so far.
  std::string out() const;

  /// What came on standard error so far.
  std::string err() const;

  pid_t pid() const;

private:
  std::unique_ptr<detail::child> child_;
};

} // namespace troupe::test
