#pragma once

#include "troupe/task.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace troupe::io {

class loop;

namespace detail {
class line_reader;
} // namespace detail

/// How lines are read. Setters chain.
class lines_options {
public:
  lines_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// Most bytes of a line, without its end. Default: one MiB.
  lines_options& longest(std::size_t x) {
    longest_ = x;
    return *this;
  }
  [[nodiscard]] std::size_t longest() const { return longest_; }

private:
  std::size_t longest_ = 1 << 20;
};

/// The lines of a descriptor: of a terminal, a pipe, a socket or a file.
///
///     io::lines input{loop};
///     while (auto line = co_await input.next())
///       handle(*line);
///
/// It reads ahead, so that a program makes one for its standard input and keeps
/// it. It changes nothing of the descriptor that others who have it would see:
/// a terminal stays as it was for the shell and for other programs.
///
/// Cheap to copy: all copies mean the same lines.
class lines {
public:
  /// @param descriptor Is kept open until the last copy goes; the caller may
  ///                   close it.
  /// Fails: throws `std::system_error` for one that is not open.
  explicit lines(loop& where, int descriptor = 0,
                 const lines_options& options = lines_options{});

  /// Waits for the next line.
  ///
  /// @return The line without its end, "\n" or "\r\n"; nothing at the end of
  ///         the input, and from then on. What stands behind the last "\n" is a
  ///         line too, unless it is empty.
  /// Fails:  throws `failure`: `too_large` for a line longer than
  ///         `lines_options::longest`, which is skipped: the next call gives
  ///         the one behind it; `busy` if another task waits for a line;
  ///         `closed` once the loop is destroyed. `std::system_error` where
  ///         reading fails.
  /// Cancel: safe: no byte is lost; what was read is there for the next call.
  /// Threads: from one task at a time.
  [[nodiscard]] task<std::optional<std::string>> next() const;

private:
  std::shared_ptr<detail::line_reader> reader_;
};

} // namespace troupe::io
