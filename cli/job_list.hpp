#pragma once

#include "cli/line_reader.hpp"

#include "troupe/v1/download.pb.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::cli {

/// One thing to download.
struct job {
  std::string url;
  std::string path; // relative to the output folder; empty: choose one
  v1::Checksum checksum;
};

/// Reads "URL [PATH] [ALGO:HEX]"; a word that begins with `#` begins a comment.
///
/// @param server Of the last URL, at first "": the next one is mostly of the
///               same, and libcurl need not look at that again.
/// Fails: throws `usage_error`, whose text says what is wrong with what.
job parse_job(std::string_view line, std::string& server);
job parse_job(std::string_view line);

/// What to download, read lazily: a list of millions of lines costs what one
/// line costs.
class job_list {
public:
  /// Some URLs.
  explicit job_list(std::vector<job> jobs);
  /// A file with a job on each line; `#` begins a comment. "-" is standard
  /// input.
  ///
  /// Fails: throws `usage_error` when the file cannot be read.
  explicit job_list(std::string file);

  /// The next job; nothing at the end.
  ///
  /// Fails: throws `usage_error`, which names the line.
  std::optional<job> next();

  /// Reads a file to its end and starts anew; so a wrong line is told before
  /// anything is downloaded.
  ///
  /// @return How many jobs there are; nothing for a stream, which can be read
  ///         but once.
  /// Fails:  as `next`.
  std::optional<std::uint64_t> count();

  /// Whether more may come at any time: from a pipe or a terminal.
  [[nodiscard]] bool is_stream() const noexcept { return stream_; }

  /// Whether a person types it, and so needs the terminal.
  [[nodiscard]] bool is_typed() const;

  /// Ends `next` now, even while it waits. Of a regular file nothing is left
  /// out.
  ///
  /// Threads: any.
  void stop_waiting() const;

private:
  void open();

  std::vector<job> jobs_;
  std::size_t next_job_ = 0;
  std::string file_;
  std::unique_ptr<line_reader> lines_;
  bool stream_ = false;
  std::uint64_t line_ = 0;
  std::string server_; // of the last URL
};

} // namespace troupe::cli
