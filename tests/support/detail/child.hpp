#pragma once

#include "support/fd.hpp"
#include "support/process_options.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <thread>

namespace troupe::test::detail {

/// Feeds and watches a running child: a thread moves its input and output and
/// sees its end.
class child {
public:
  /// This process's ends of the child's standard descriptors.
  struct pipes {
    unique_fd in;
    unique_fd out;
    unique_fd err; ///< None on a terminal.
    bool terminal; ///< `in` and `out` are the same.
  };

  /// @param text Written first; then the input is closed, but a terminal's.
  child(pid_t pid, pipes ends, std::string text);
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  child(child&&) = delete;
  child& operator=(child&&) = delete;
  ~child();

  exit_status wait(std::chrono::milliseconds limit);

  /// Waits until `condition` holds for the captured output.
  bool wait_for_output(const std::function<bool(std::string_view)>& condition,
                       std::chrono::milliseconds limit);

  void write(std::string_view text);
  void signal(int number) const;
  std::string out() const;
  std::string err() const;
  pid_t pid() const { return pid_; }

private:
  struct stream {
    unique_fd fd;
    std::string text;
  };

  void pump();
  void feed();
  static void drain(stream& from);
  void record_end();

  pid_t pid_;
  bool terminal_;
  unique_fd ended_; // readable once the child has ended
  unique_fd woken_; // readable when there is input or to stop
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string input_;
  stream out_;
  stream err_;
  unique_fd in_;
  exit_status status_ = exit_status::running;
  bool has_ended_ = false;
  bool stopping_ = false;
  std::thread pump_; // last: uses all of the above
};

} // namespace troupe::test::detail
