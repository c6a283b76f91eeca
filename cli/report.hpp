#pragma once

#include "cli/job_list.hpp"

#include "troupe/v1/download.pb.h"
#include "troupe/v1/group.pb.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

namespace troupe::cli {

/// "done", "failed", "cancelled" or "skipped".
const char* status_of(const v1::Outcome& outcome,
                      const v1::DownloadResult& result);

/// How one job ended: what it came to, and, for jobs that never ran, why.
struct ended_job {
  job what;
  v1::Outcome outcome;
  v1::DownloadResult result;

  [[nodiscard]] const char* status() const {
    return status_of(outcome, result);
  }
  /// Unset if it did not fail.
  [[nodiscard]] const v1::Error& error() const;
};

/// What all jobs came to.
struct totals {
  std::uint64_t total = 0;
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t skipped = 0;
  std::uint64_t bytes = 0;
  std::uint64_t elapsed_ms = 0;
};

/// Writes JSON lines: an object for each job and one for all at the end.
///
/// Threads: one at a time.
class report {
public:
  /// @param file "-" is standard output; empty writes nothing.
  /// Fails: throws `usage_error` when the file cannot be written.
  explicit report(const std::string& file);

  void add(const ended_job& job);
  /// Lets those who read along see what was added.
  void flush();

  /// The last line.
  ///
  /// @return Whether everything reached the file.
  bool finish(const totals& all);

private:
  void write(const std::string& line);

  struct closer {
    void operator()(std::FILE* file) const noexcept;
  };
  std::unique_ptr<std::FILE, closer> file_;
  bool failed_ = false;
};

} // namespace troupe::cli
